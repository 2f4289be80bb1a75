"""Signatures that a partner has verified itself, on paper or by its own e-mail."""

from math import ceil

from imd_campaign.api_keys.service import Caller
from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection
from imd_campaign.errors import (
    FieldError,
    Forbidden,
    InvalidBody,
    PetitionClosed,
    RateLimited,
)
from imd_campaign.partners import store as partners
from imd_campaign.petitions import store
from imd_campaign.petitions.ledger import ATTESTED
from imd_campaign.petitions.schemas import AttestedSignatureForm
from imd_campaign.petitions.service import get_state, require_petition
from imd_campaign.petitions.signatures import fingerprint_signer
from imd_campaign.rate_limiter import Rate
from imd_campaign.submissions.locks import lock_mailbox
from imd_campaign.submissions.service import fingerprint_mailbox
from imd_campaign.submissions.store import find_blocked

HOUR = 3600
QUOTA_USED = (
    "The quota of this key is used up: {quota:,} signatures within an hour. Try again after the "
    "time in Retry-After, or ask the campaign staff for a higher quota."
)


def attest(context: Context, caller: Caller, slug: str, form: AttestedSignatureForm) -> None:
    """Add a signature on the partner's own line, unless the mailbox has signed before.

    Nothing tells the partner which of the two has happened.
    """
    _check_form(form)
    _count_for_quota(context, caller)
    with context.database.write() as connection:
        petition = require_petition(connection, slug)
        if get_state(petition, context.now()) != "open":
            raise PetitionClosed
        source = caller.partner or ""
        partner = partners.find(connection, source)
        if partner is None or partner["revoked_at"] is not None:
            raise Forbidden("signatures:attest")
        store.add_signature(
            connection,
            id=new_id("sig"),
            petition_id=petition["id"],
            fingerprint=_fingerprint(context, petition["id"], source, form),
            country=form.country,
            lang=form.lang,
            public=form.public,
            updates=form.updates and not _is_blocked(context, connection, form),
            source=source,
            display_name=form.name if form.public else None,
            sealed=context.vault.seal({"name": form.name, "email": form.email}),
            confirmed_at=context.now(),
            line=ATTESTED,
        )


def _is_blocked(context: Context, connection: Connection, form: AttestedSignatureForm) -> bool:
    """Return whether the owner of the mailbox wants no e-mail, also if they say so right now."""
    if form.email is None:
        return False
    mailbox = fingerprint_mailbox(context, form.email)
    lock_mailbox(connection, mailbox)
    return bool(find_blocked(connection, [mailbox]))


def _check_form(form: AttestedSignatureForm) -> None:
    if form.email is None and form.reference is None:
        message = "is required for a signature without an e-mail address."
        raise InvalidBody(FieldError("body", "reference", message))
    if form.email is None and form.updates:
        raise InvalidBody(FieldError("body", "updates", "needs an e-mail address."))


def _count_for_quota(context: Context, caller: Caller) -> None:
    quota = caller.hourly_quota
    if wait := context.rate_limiter.count(("attested", caller.id), (Rate(HOUR, quota),)):
        raise RateLimited(ceil(wait), QUOTA_USED.format(quota=quota))


def _fingerprint(
    context: Context, petition_id: int, source: str, form: AttestedSignatureForm
) -> bytes:
    """Return what is equal for one mailbox, or for one line of one partner's sheets."""
    if form.email is not None:
        return fingerprint_signer(context, petition_id, form.email)
    return context.vault.fingerprint("attested", f"{petition_id} {source} {form.reference}")

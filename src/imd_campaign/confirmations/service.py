"""Confirm or reject submissions, with the link or the code that was mailed to their mailbox."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from imd_campaign.confirmations.kinds import KINDS
from imd_campaign.confirmations.schemas import CodeForm
from imd_campaign.context import Context
from imd_campaign.crypto import compute_digest
from imd_campaign.db import Connection, Row
from imd_campaign.errors import (
    AlreadyDecided,
    ConfirmationExpired,
    FieldError,
    InvalidBody,
    NotFound,
    RateLimited,
)
from imd_campaign.mail import blocks
from imd_campaign.petitions.personal_data import stop_all_updates, stop_updates_of
from imd_campaign.petitions.signatures import KIND as SIGNATURE
from imd_campaign.submissions import store
from imd_campaign.submissions.kinds import Consent, Effect, Kind, Submitted
from imd_campaign.submissions.locks import lock_mailbox
from imd_campaign.submissions.schemas import Confirmation, State
from imd_campaign.submissions.service import fingerprint_code, fingerprint_mailbox
from imd_campaign.submissions.windows import CODES, LONGEST, find_next_time

CODE = "code"
TOO_MANY_CODES = (
    "Up to 100 codes may be tried for one mailbox within an hour. Try again after the time in "
    "Retry-After, or open the link in the e-mail."
)


def get(context: Context, token: str) -> Confirmation:
    with context.database.read() as connection:
        opened = _open_unexpired(context, connection, token, is_for_update=False)
        return opened.to_confirmation()


def confirm(context: Context, token: str, consent: Consent) -> Confirmation:
    with context.database.write() as connection:
        opened = _open_unexpired(context, connection, token)
        if opened.state == "rejected":
            raise AlreadyDecided
        if opened.state == "pending":
            opened.confirm(consent)
        return opened.to_confirmation()


def reject(context: Context, token: str) -> Confirmation:
    """Delete what was submitted, and send no more e-mail to its mailbox."""
    with context.database.write() as connection:
        opened = _open_unexpired(context, connection, token)
        if opened.state == "confirmed":
            raise AlreadyDecided
        opened.reject()
        return opened.to_confirmation()


def unsubscribe(context: Context, token: str) -> None:
    """Reject what is not confirmed; of a confirmed signature, which stays, stop the news.

    Mail programs offer this as long as they show the e-mail, so expired links work too.
    """
    with context.database.write() as connection:
        opened = _Open(context, connection, token)
        if opened.state != "confirmed":
            opened.reject()
        elif opened.row["kind"] == SIGNATURE:
            opened.stop_news()


def undo_rejection(context: Context, token: str) -> None:
    """Allow e-mail to the mailbox again; what was submitted stays deleted."""
    with context.database.write() as connection:
        opened = _open_unexpired(context, connection, token)
        if opened.state != "rejected":
            raise NotFound
        store.unblock(connection, opened.row["mailbox"])


def find_token(context: Context, form: CodeForm) -> str:
    mailbox = fingerprint_mailbox(context, form.email)
    _count_attempt(context, mailbox)
    with context.database.read() as connection:
        row = store.find_by_code(connection, fingerprint_code(context, mailbox, form.code))
    if row is None or row["state"] != "asked" or context.now() >= row["expires_at"]:
        raise NotFound
    token: str = context.vault.decrypt(row["details"])["token"]
    return token


def _count_attempt(context: Context, mailbox: bytes) -> None:
    now = context.now()
    with context.database.write() as connection:
        lock_mailbox(connection, mailbox)
        attempts = store.list_uses(connection, [mailbox], CODE, now - LONGEST).get(mailbox, ())
        next_time = find_next_time(CODES, attempts)
        if next_time and next_time > now:
            raise RateLimited(_count_seconds(next_time - now), TOO_MANY_CODES)
        store.record_uses(connection, [mailbox], CODE, now)


def _count_seconds(span: timedelta) -> int:
    return ceil(span.total_seconds())


class _Open:
    """A submission that was found by its token, while a transaction lasts."""

    def __init__(
        self, context: Context, connection: Connection, token: str, *, is_for_update: bool = True
    ) -> None:
        self._context, self._connection = context, connection
        self.row = _require(connection, token, is_for_update=is_for_update)
        self.kind = KINDS[self.row["kind"]]
        details = self.row["details"]
        self.submitted = Submitted(self.row, context.vault.decrypt(details) if details else {})
        self._effect = self._find_effect()
        self.state: State = self._find_state()

    @property
    def is_expired(self) -> bool:
        expires_at: datetime = self.row["expires_at"]
        return self.row["state"] == "asked" and self._context.now() >= expires_at

    def confirm(self, consent: Consent) -> None:
        _reject_fields_of_other_kinds(self.kind, consent)
        self._effect = self.kind.take_effect(
            self._context, self._connection, self.submitted, consent
        )
        self.end("confirmed", outcome=self._effect.outcome)
        store.end_others(self._connection, self.row, "confirmed", self._effect.outcome)

    def reject(self) -> None:
        blocks.block(self._context, self._connection, self.row["mailbox"])
        self.end("rejected")
        self.stop_news()

    def stop_news(self) -> None:
        """Find signatures by the address or, once it is deleted, by the forms of the mailbox."""
        if email := self.submitted.details.get("email"):
            stop_all_updates(self._context, self._connection, email)
        confirmed = store.list_outcomes(self._connection, self.row["mailbox"], SIGNATURE)
        stop_updates_of(self._connection, confirmed)

    def end(self, state: State, *, outcome: str | None = None) -> None:
        ended = {"state": state, "details": None, "code": None, "outcome": outcome}
        store.change(self._connection, [{"id": self.row["id"], **ended}])
        self.state = state

    def to_confirmation(self) -> Confirmation:
        is_pending = self.state == "pending"
        common = Confirmation(
            state=self.state,
            name=self.submitted.details["name"] if is_pending else None,
            expires_at=self.row["expires_at"] if is_pending else None,
        )
        return self.kind.describe(self._connection, self.submitted, self._effect, common)

    def _find_effect(self) -> Effect | None:
        if self.row["state"] == "confirmed":
            return Effect(self.row["outcome"])
        if self.row["state"] == "rejected":
            return None
        return self.kind.find_effect(self._context, self._connection, self.submitted)

    def _find_state(self) -> State:
        if self._effect:
            return "confirmed"
        return "rejected" if self.row["state"] == "rejected" else "pending"


def _open_unexpired(
    context: Context, connection: Connection, token: str, *, is_for_update: bool = True
) -> _Open:
    opened = _Open(context, connection, token, is_for_update=is_for_update)
    if opened.is_expired:
        raise ConfirmationExpired
    return opened


def _reject_fields_of_other_kinds(kind: Kind, consent: Consent) -> None:
    errors = []
    if not kind.asks_consent:
        errors += _list_given(consent, ("public", "updates"), "is asked for signatures only.")
    if not kind.offers_choice:
        errors += _list_given(consent, ("edition", "quantity"), "is for orders only.")
    if errors:
        raise InvalidBody(*errors)


def _list_given(consent: Consent, names: Sequence[str], message: str) -> list[FieldError]:
    return [FieldError("body", name, message) for name in names if getattr(consent, name)]


def _require(connection: Connection, token: str, *, is_for_update: bool) -> Row:
    digest = compute_digest(token)
    row = store.find_by_token(connection, digest)
    if row is not None and is_for_update:
        # Two links of a mailbox take turns: each ends the submission of the other.
        lock_mailbox(connection, row["mailbox"])
        row = store.find_by_token(connection, digest, is_for_update=True)
    if row is None or row["state"] == "known" or row["kind"] not in KINDS:
        raise NotFound
    return row

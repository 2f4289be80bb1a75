"""The signatures of a mailbox, and what its owner can do about them."""

from collections.abc import Sequence

from imd_campaign.context import Context
from imd_campaign.db import Connection, Row
from imd_campaign.errors import NotFound
from imd_campaign.petitions import store
from imd_campaign.petitions.schemas import PersonalSignature
from imd_campaign.petitions.signatures import choose_title, fingerprint_signer


def list_signatures(
    context: Context, connection: Connection, email: str, lang: str | None
) -> Sequence[PersonalSignature]:
    rows = _find_signatures(context, connection, email)
    texts = store.list_texts(connection, {row["petition_id"] for row in rows})
    return [
        PersonalSignature(
            id=row["id"],
            petition=store.get_slug(connection, row["petition_id"]),
            title=choose_title(texts[row["petition_id"]], lang),
            country=row["country"],
            public_name=row["display_name"],
            updates=row["updates"],
            source=row["source"],
            confirmed_at=row["confirmed_at"],
        )
        for row in rows
    ]


def withdraw(context: Context, connection: Connection, email: str, signature_id: str) -> int:
    """Delete a signature, which no longer counts; return the petition's ID."""
    row = _require_own(context, connection, email, signature_id)
    petition_id: int = row["petition_id"]
    day = context.now().date()
    if not store.withdraw(connection, petition_id, row["fingerprint"], day):
        raise NotFound  # by another press at the same time
    return petition_id


def hide_name(context: Context, connection: Connection, email: str, signature_id: str) -> None:
    _require_own(context, connection, email, signature_id)
    store.change_signature(connection, signature_id, public=False, display_name=None)


def stop_updates(context: Context, connection: Connection, email: str, signature_id: str) -> None:
    _require_own(context, connection, email, signature_id)
    store.change_signature(connection, signature_id, updates=False)


def stop_all_updates(context: Context, connection: Connection, email: str) -> None:
    """Take back the consent to news: a mailbox that wants no e-mail wants no news either."""
    rows = _find_signatures(context, connection, email)
    stop_updates_of(connection, [row["id"] for row in rows if row["updates"]])


def stop_updates_of(connection: Connection, signature_ids: Sequence[str]) -> None:
    for signature_id in signature_ids:
        store.change_signature(connection, signature_id, updates=False)


def erase(context: Context, connection: Connection, email: str) -> None:
    for row in _find_signatures(context, connection, email):
        store.withdraw(connection, row["petition_id"], row["fingerprint"], context.now().date())


def _find_signatures(context: Context, connection: Connection, email: str) -> Sequence[Row]:
    petition_ids = [row["id"] for row in store.list_all(connection)]
    prints = {one: fingerprint_signer(context, one, email) for one in petition_ids}
    return store.list_signed(connection, prints)


def _require_own(context: Context, connection: Connection, email: str, signature_id: str) -> Row:
    row = store.get_signature(connection, signature_id)
    if row is None or row["fingerprint"] != fingerprint_signer(context, row["petition_id"], email):
        raise NotFound
    return row

"""Show the owner of a mailbox what is kept of it, and let them withdraw, cancel and erase.

Every change is one transaction, which first takes the lock of the mailbox: two presses at the same
time run one after the other, also with the confirmation of a submission.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from imd_campaign.context import Context
from imd_campaign.crypto import compute_digest
from imd_campaign.db import Connection, Row
from imd_campaign.errors import NotFound, PersonalLinkExpired
from imd_campaign.events import attendance
from imd_campaign.events import personal_data as events
from imd_campaign.mail import blocks
from imd_campaign.mail import store as mail
from imd_campaign.personal_data import links
from imd_campaign.personal_data.schemas import PendingSubmission, PersonalData
from imd_campaign.petitions import personal_data as petitions
from imd_campaign.petitions import signatures
from imd_campaign.posters import personal_data as posters
from imd_campaign.submissions import store
from imd_campaign.submissions.locks import lock_mailbox, lock_processing
from imd_campaign.suppressions import service as suppressions

SignatureChange = Callable[[Context, Connection, str, str], None]


@dataclass(frozen=True, slots=True, repr=False)
class _Owner:
    """The owner of a mailbox, who has opened a link, while a transaction lasts."""

    connection: Connection
    row: Row
    email: str

    @property
    def mailbox(self) -> bytes:
        mailbox: bytes = self.row["mailbox"]
        return mailbox


# ------------------------------------------------------------------ seeing


def get(context: Context, token: str) -> PersonalData:
    with context.database.read() as connection:
        row = _require_link(connection, token)
        blocked = bool(store.find_blocked(connection, [row["mailbox"]]))
        if row["state"] == "rejected":
            return PersonalData(state="closed", blocked=blocked)
        return _collect(context, _make_owner(context, connection, row), blocked=blocked)


def _collect(context: Context, owner: _Owner, *, blocked: bool) -> PersonalData:
    connection, email = owner.connection, owner.email
    return PersonalData(
        state="open",
        email=email,
        blocked=blocked,
        expires_at=owner.row["expires_at"],
        signatures=petitions.list_signatures(context, connection, email, owner.row["lang"]),
        attendances=events.list_attendances(context, connection, email),
        events=events.list_hosted(context, connection, owner.mailbox),
        orders=posters.list_orders(connection, owner.mailbox, owner.row["lang"]),
        pending=[
            PendingSubmission(kind=row["kind"], submitted_at=row["created_at"])
            for row in store.list_open(connection, owner.mailbox)
            if row["kind"] != links.KIND
        ],
    )


# ------------------------------------------------------------------ single changes


def withdraw_signature(context: Context, token: str, signature_id: str) -> None:
    with _open(context, token) as owner:
        petition = petitions.withdraw(context, owner.connection, owner.email, signature_id)
        _end_confirmed(owner, signatures.KIND, str(petition))


def hide_name(context: Context, token: str, signature_id: str) -> None:
    _change_signature(context, token, signature_id, petitions.hide_name)


def stop_updates(context: Context, token: str, signature_id: str) -> None:
    _change_signature(context, token, signature_id, petitions.stop_updates)


def _change_signature(
    context: Context, token: str, signature_id: str, change: SignatureChange
) -> None:
    with _open(context, token) as owner:
        change(context, owner.connection, owner.email, signature_id)


def cancel_attendance(context: Context, token: str, attendance_id: str) -> None:
    with _open(context, token) as owner:
        event = events.cancel_attendance(context, owner.connection, owner.email, attendance_id)
        _end_confirmed(owner, attendance.KIND, event)
    context.wake_worker()


def cancel_event(context: Context, token: str, event_id: str) -> None:
    with _open(context, token) as owner:
        events.cancel_event(context, owner.connection, owner.mailbox, event_id)
    context.wake_worker()


def delete_host_address(context: Context, token: str, event_id: str) -> None:
    with _open(context, token) as owner:
        events.delete_host_address(owner.connection, owner.mailbox, event_id)


def cancel_order(context: Context, token: str, order_id: str) -> None:
    with _open(context, token) as owner:
        posters.cancel_order(context, owner.connection, owner.mailbox, order_id)


def _end_confirmed(owner: _Owner, kind: str, target: str) -> None:
    """End the links that say that something is confirmed."""
    store.delete_confirmed(owner.connection, owner.mailbox, kind, target)


# ------------------------------------------------------------------ blocking and erasing


def block(context: Context, token: str) -> None:
    """Delete what is pending, and send no more e-mail; what was confirmed stays."""
    with _open(context, token) as owner:
        _block(context, owner)


def unblock(context: Context, token: str) -> None:
    """Allow e-mail again; the link of a blocked mailbox does this at any time."""
    with context.database.write() as connection:
        row = _require_link(connection, token, is_for_update=True)
        store.unblock(connection, row["mailbox"])


def erase(context: Context, token: str, *, is_blocked: bool) -> None:
    """Delete everything that may be deleted, and the link itself."""
    with context.database.write() as connection:
        lock_processing(connection)
        owner = _require_owner(context, connection, token)
        petitions.erase(context, connection, owner.email)
        events.erase(context, connection, owner.email, owner.mailbox)
        posters.erase(context, connection, owner.mailbox)
        if is_blocked:
            _block(context, owner)
        _delete_emails(context, owner)
        _delete_submissions(owner)
    context.wake_worker()


def _block(context: Context, owner: _Owner) -> None:
    blocks.block(context, owner.connection, owner.mailbox)
    petitions.stop_all_updates(context, owner.connection, owner.email)


def _delete_emails(context: Context, owner: _Owner) -> None:
    """Delete what waits, and of what was sent, to whom; also which addresses bounced."""
    sent_to = mail.list_addresses(owner.connection, owner.mailbox)
    own = suppressions.fingerprint_address(context, owner.email)
    suppressions.erase(owner.connection, {own, *sent_to})
    mail.erase_mailbox(owner.connection, owner.mailbox)


def _delete_submissions(owner: _Owner) -> None:
    """Keep the links that can allow e-mail again, which have no data, as long as it is blocked."""
    is_blocked = bool(store.find_blocked(owner.connection, [owner.mailbox]))
    kept_states = ["rejected"] if is_blocked else []
    store.delete_of_mailbox(owner.connection, owner.mailbox, kept_states)


# ------------------------------------------------------------------ links


@contextmanager
def _open(context: Context, token: str) -> Iterator[_Owner]:
    with context.database.write() as connection:
        yield _require_owner(context, connection, token)


def _require_owner(context: Context, connection: Connection, token: str) -> _Owner:
    row = _require_link(connection, token, is_for_update=True)
    if row["state"] == "rejected":
        raise NotFound
    return _make_owner(context, connection, row)


def _make_owner(context: Context, connection: Connection, row: Row) -> _Owner:
    if context.now() >= row["expires_at"]:
        raise PersonalLinkExpired
    return _Owner(connection, row, context.vault.decrypt(row["details"])["email"])


def _require_link(connection: Connection, token: str, *, is_for_update: bool = False) -> Row:
    digest = compute_digest(token)
    row = store.find_by_token(connection, digest)
    if row is not None and is_for_update:
        lock_mailbox(connection, row["mailbox"])
        row = store.find_by_token(connection, digest)
    if row is None or row["kind"] != links.KIND or row["state"] not in ("asked", "rejected"):
        raise NotFound
    return row

"""Sessions of staff: a random token in a cookie, of which the database has the digest only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from imd_campaign.context import Context
from imd_campaign.crypto import compute_digest, new_id
from imd_campaign.db import Connection
from imd_campaign.staff import session_tokens, store
from imd_campaign.staff.accounts import Account, make_account
from imd_campaign.staff.audit_entries import record
from imd_campaign.staff.session_tokens import OwnSession, keep_only, new_token

Row = Mapping[Any, Any]

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
USE_INTERVAL = timedelta(minutes=1)
MAX_TOKEN_LENGTH = 64
MAX_CLIENT_LENGTH = 60
END = "end-session"


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    account_id: str
    client: str
    created_at: datetime
    last_used_at: datetime

    @property
    def ends_at(self) -> datetime:
        return min(self.last_used_at + IDLE, self.created_at + LONGEST)


@dataclass(frozen=True, slots=True)
class CurrentSession:
    """The session of a request, and whose it is."""

    session: Session
    account: Account
    form_token: str = field(repr=False)
    notice: Mapping[str, Any] | None = field(repr=False)


def begin(context: Context, connection: Connection, account_id: str, client: str) -> str:
    """Add a session; return its token, which nobody can read again."""
    token, now = new_token(), context.now()
    store.add_session(
        connection,
        id=new_id("ses"),
        account=account_id,
        digest=compute_digest(token),
        client=client[:MAX_CLIENT_LENGTH],
        created_at=now,
        last_used_at=now,
    )
    return token


def find(context: Context, token: str | None) -> CurrentSession | None:
    """Return the session of a token, and keep it from expiring."""
    if not token or len(token) > MAX_TOKEN_LENGTH:
        return None
    with context.database.read() as connection:
        row = store.find_session(connection, compute_digest(token))
    if row is None or row["account_disabled_at"] is not None:
        return None
    session, now = _make_session(row), context.now()
    if now >= session.ends_at:
        return None
    if now - session.last_used_at >= USE_INTERVAL:
        with context.database.write() as connection:
            store.mark_session_used(connection, session.id, now)
    columns = {name.removeprefix("account_"): row[name] for name in row if _is_of_account(name)}
    return CurrentSession(
        session,
        make_account(context, columns),
        make_form_token(context, token),
        context.vault.decrypt(row["notice"]) if row["notice"] else None,
    )


def _is_of_account(name: str) -> bool:
    return name.startswith("account_")


def make_form_token(context: Context, token: str) -> str:
    """Return what forms repeat: other sites can neither read nor compute it."""
    return context.vault.fingerprint("staff form", token).hex()


def list_sessions(context: Context, account_id: str | None = None) -> Sequence[Session]:
    """Return the sessions that have not expired, the last used first."""
    with context.database.read() as connection:
        rows = store.list_sessions(connection, account_id)
    now = context.now()
    return [session for session in map(_make_session, rows) if now < session.ends_at]


def end(context: Context, token: str) -> None:
    with context.database.write() as connection:
        row = store.find_session(connection, compute_digest(token))
        if row and store.delete_session(connection, row["id"]):
            record(
                context,
                connection,
                END,
                actor=row["account"],
                subject=row["id"],
                reason="signed out",
            )


def end_one(
    context: Context, session_id: str, *, account_id: str | None, actor: str, reason: str
) -> bool:
    """End a session; with `account_id`, only if it is of this account."""
    with context.database.write() as connection:
        is_ended = store.delete_session(connection, session_id, account_id)
        if is_ended:
            record(context, connection, END, actor=actor, subject=session_id, reason=reason)
    return is_ended


def end_all(context: Context, account_id: str, *, actor: str, reason: str) -> int:
    with context.database.write() as connection:
        ended = store.delete_sessions(connection, account_id)
        if ended:
            record(context, connection, END, actor=actor, subject=account_id, reason=reason)
    return ended


def end_others(context: Context, session: OwnSession, *, reason: str) -> str:
    """End all other sessions of the account, and copies of this one; return its new token."""
    with context.database.write() as connection:
        token, ended = keep_only(connection, session)
        if ended:
            signed = {"actor": session.account_id, "subject": session.account_id}
            record(context, connection, END, **signed, reason=reason)
    return token


def leave_notice(context: Context, session_id: str, notice: Mapping[str, Any]) -> None:
    """Keep what the next page shows once; encrypted, because it may be a key or codes."""
    with context.database.write() as connection:
        store.set_notice(connection, session_id, context.vault.encrypt(notice))


def leave_secrets(context: Context, session: OwnSession, notice: Mapping[str, Any]) -> str:
    """Keep secrets for the next page of this session alone; return its new token.

    A copy of its cookie could fetch that page first.
    """
    with context.database.write() as connection:
        token = session_tokens.replace(connection, session)
        store.set_notice(connection, session.id, context.vault.encrypt(notice))
    return token


def drop_notice(context: Context, session_id: str) -> None:
    with context.database.write() as connection:
        store.set_notice(connection, session_id, None)


def _make_session(row: Row) -> Session:
    return Session(row["id"], row["account"], row["client"], row["created_at"], row["last_used_at"])

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, delete, func, insert, or_, select, update

from imd_campaign.db import Connection, delete_some, upsert
from imd_campaign.staff.tables import (
    staff_accounts,
    staff_invitations,
    staff_login_failures,
    staff_recovery_codes,
    staff_sessions,
)

ERASED = b""
"""In place of the data of an account."""

FINGERPRINT_BYTES = 32

# ------------------------------------------------------------------ accounts


def add_account(connection: Connection, **values: Any) -> bool:
    """Return False if the mailbox has an account."""
    statement = upsert(connection, staff_accounts).values(**values)
    added = statement.on_conflict_do_nothing(index_elements=["mailbox"])
    return connection.execute(added.returning(staff_accounts.c.id)).first() is not None


def get_account(connection: Connection, account_id: str) -> RowMapping | None:
    query = select(staff_accounts).where(staff_accounts.c.id == account_id)
    return connection.execute(query).mappings().one_or_none()


def lock_account(connection: Connection, account_id: str) -> RowMapping | None:
    """Return the account, locked until the transaction ends; SQLite locks the whole database."""
    query = select(staff_accounts).where(staff_accounts.c.id == account_id).with_for_update()
    return connection.execute(query).mappings().one_or_none()


def find_account(connection: Connection, mailbox: bytes) -> RowMapping | None:
    query = select(staff_accounts).where(staff_accounts.c.mailbox == mailbox)
    return connection.execute(query).mappings().one_or_none()


def list_accounts(connection: Connection) -> Sequence[RowMapping]:
    query = select(staff_accounts).where(staff_accounts.c.locked != ERASED)
    query = query.order_by(staff_accounts.c.created_at, staff_accounts.c.id)
    return connection.execute(query).mappings().all()


def change_account(connection: Connection, account_id: str, **values: Any) -> None:
    change = update(staff_accounts).where(staff_accounts.c.id == account_id)
    connection.execute(change.values(values))


def use_totp_step(connection: Connection, account_id: str, step: int) -> bool:
    """Record that a code was used; return False if it, or a later one, was used before."""
    is_new = (staff_accounts.c.id == account_id) & (staff_accounts.c.totp_step < step)
    used = update(staff_accounts).where(is_new).values(totp_step=step)
    return connection.execute(used).rowcount == 1


def erase_disabled(connection: Connection, before: datetime, limit: int) -> int:
    """Erase who had accounts that were disabled long ago; their IDs stay in the audit trail."""
    is_over = (staff_accounts.c.disabled_at < before) & (staff_accounts.c.locked != ERASED)
    found = connection.execute(select(staff_accounts.c.id).where(is_over).limit(limit)).scalars()
    erased = found.all()
    for account_id in erased:
        values = {"locked": ERASED, "mailbox": secrets.token_bytes(FINGERPRINT_BYTES)}
        change_account(connection, account_id, **values)
        replace_recovery_codes(connection, account_id, ())
    return len(erased)


def list_active_admins(connection: Connection) -> Sequence[str]:
    """Return the active administrators, locked, so that two cannot remove each other at once."""
    is_active = (staff_accounts.c.role == "admin") & staff_accounts.c.disabled_at.is_(None)
    query = select(staff_accounts.c.id).where(is_active).order_by(staff_accounts.c.id)
    return connection.execute(query.with_for_update()).scalars().all()


# ------------------------------------------------------------------ recovery codes


def replace_recovery_codes(
    connection: Connection, account_id: str, digests: Sequence[bytes]
) -> None:
    own = delete(staff_recovery_codes).where(staff_recovery_codes.c.account == account_id)
    connection.execute(own)
    if digests:
        rows = [{"account": account_id, "digest": digest} for digest in digests]
        connection.execute(insert(staff_recovery_codes), rows)


def use_recovery_code(connection: Connection, account_id: str, digest: bytes) -> bool:
    is_own = (staff_recovery_codes.c.account == account_id) & (
        staff_recovery_codes.c.digest == digest
    )
    return connection.execute(delete(staff_recovery_codes).where(is_own)).rowcount == 1


def count_recovery_codes(connection: Connection, account_id: str) -> int:
    query = select(func.count()).where(staff_recovery_codes.c.account == account_id)
    return connection.execute(query).scalar_one()


# ------------------------------------------------------------------ sessions


def add_session(connection: Connection, **values: Any) -> None:
    connection.execute(insert(staff_sessions).values(values))


def find_session(connection: Connection, digest: bytes) -> RowMapping | None:
    """Return a session with its account; the columns of the account begin with `account_`."""
    account = [column.label(f"account_{column.name}") for column in staff_accounts.c]
    query = (
        select(staff_sessions, *account)
        .join(staff_accounts, staff_accounts.c.id == staff_sessions.c.account)
        .where(staff_sessions.c.digest == digest)
    )
    return connection.execute(query).mappings().one_or_none()


def list_sessions(connection: Connection, account_id: str | None) -> Sequence[RowMapping]:
    query = select(staff_sessions).order_by(staff_sessions.c.last_used_at.desc())
    if account_id is not None:
        query = query.where(staff_sessions.c.account == account_id)
    return connection.execute(query).mappings().all()


def mark_session_used(connection: Connection, session_id: str, now: datetime) -> None:
    _change_session(connection, session_id, last_used_at=now)


def set_notice(connection: Connection, session_id: str, notice: bytes | None) -> None:
    _change_session(connection, session_id, notice=notice)


def _change_session(connection: Connection, session_id: str, **values: Any) -> None:
    change = update(staff_sessions).where(staff_sessions.c.id == session_id)
    connection.execute(change.values(values))


def replace_digest(connection: Connection, session_id: str, known: bytes, new: bytes) -> bool:
    """Return False if the session has ended, or has another token by now."""
    is_known = (staff_sessions.c.id == session_id) & (staff_sessions.c.digest == known)
    change = update(staff_sessions).where(is_known).values(digest=new)
    return connection.execute(change).rowcount == 1


def delete_session(connection: Connection, session_id: str, account_id: str | None = None) -> bool:
    condition = staff_sessions.c.id == session_id
    if account_id is not None:
        condition &= staff_sessions.c.account == account_id
    return connection.execute(delete(staff_sessions).where(condition)).rowcount == 1


def delete_sessions(connection: Connection, account_id: str, *, except_id: str = "") -> int:
    others = (staff_sessions.c.account == account_id) & (staff_sessions.c.id != except_id)
    return connection.execute(delete(staff_sessions).where(others)).rowcount


def delete_expired_sessions(
    connection: Connection, used_before: datetime, created_before: datetime, limit: int
) -> int:
    is_over = or_(
        staff_sessions.c.last_used_at <= used_before,
        staff_sessions.c.created_at <= created_before,
    )
    return delete_some(connection, staff_sessions.c.id, is_over, limit)


# ------------------------------------------------------------------ invitations


def add_invitation(connection: Connection, **values: Any) -> None:
    connection.execute(insert(staff_invitations).values(values))


def find_invitation(connection: Connection, digest: bytes) -> RowMapping | None:
    query = select(staff_invitations).where(staff_invitations.c.digest == digest)
    return connection.execute(query).mappings().one_or_none()


def list_invitations(connection: Connection, now: datetime) -> Sequence[RowMapping]:
    query = select(staff_invitations).where(staff_invitations.c.expires_at > now)
    return connection.execute(query.order_by(staff_invitations.c.created_at)).mappings().all()


def delete_invitation(connection: Connection, invitation_id: str) -> bool:
    chosen = delete(staff_invitations).where(staff_invitations.c.id == invitation_id)
    return connection.execute(chosen).rowcount == 1


def delete_invitations_of(connection: Connection, account_id: str) -> None:
    """Delete the invitations for an account and those that it has made."""
    invitations = staff_invitations.c
    is_own = (invitations.account == account_id) | (invitations.created_by == account_id)
    connection.execute(delete(staff_invitations).where(is_own))


def delete_expired_invitations(connection: Connection, before: datetime, limit: int) -> int:
    is_over = staff_invitations.c.expires_at <= before
    return delete_some(connection, staff_invitations.c.id, is_over, limit)


# ------------------------------------------------------------------ failed logins


def record_failures(connection: Connection, origins: Sequence[bytes], now: datetime) -> None:
    rows: list[Mapping[str, Any]] = [{"origin": origin, "failed_at": now} for origin in origins]
    connection.execute(insert(staff_login_failures), rows)


def delete_failures(connection: Connection, origins: Sequence[bytes], at: datetime) -> None:
    """Delete what was recorded for an attempt that has succeeded after all."""
    is_own = staff_login_failures.c.origin.in_(origins) & (staff_login_failures.c.failed_at == at)
    connection.execute(delete(staff_login_failures).where(is_own))


def list_failures(connection: Connection, origin: bytes, since: datetime) -> Sequence[datetime]:
    query = select(staff_login_failures.c.failed_at).where(_has_failed(origin, since))
    return connection.execute(query.order_by(staff_login_failures.c.failed_at)).scalars().all()


def _has_failed(origin: bytes, since: datetime) -> ColumnElement[bool]:
    failures = staff_login_failures.c
    return (failures.origin == origin) & (failures.failed_at > since)


def delete_old_failures(connection: Connection, before: datetime, limit: int) -> int:
    is_old = staff_login_failures.c.failed_at <= before
    return delete_some(connection, staff_login_failures.c.id, is_old, limit)

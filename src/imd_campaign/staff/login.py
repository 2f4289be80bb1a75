"""Sign in with address, password and code, in one step: it is not said which was wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.staff import accounts, login_limits, one_time_codes, passwords, sessions, store
from imd_campaign.staff.audit_entries import record
from imd_campaign.staff.errors import LoginFailed
from imd_campaign.staff.login_limits import Attempt, LoginOrigin

Row = Mapping[Any, Any]

NOBODY = bytes(32)
MAX_LENGTH = 1000


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    email: str
    password: str
    code: str
    """Of the authenticator app, or a recovery code."""


@dataclass(frozen=True, slots=True)
class Login:
    account_id: str
    token: str = field(repr=False)
    device: str = field(repr=False)


def log_in(context: Context, credentials: Credentials, origin: LoginOrigin, client: str) -> Login:
    mailbox = _fingerprint(context, credentials)
    attempt = login_limits.admit(context, mailbox, origin)
    row = _check_password(context, mailbox, credentials)
    token = _finish(context, row, credentials, attempt, client) if row["is_correct"] else None
    if token is None:
        _record_failure(context, row["account"])
        raise LoginFailed
    return Login(row["account"]["id"], token, login_limits.mark_device(context, mailbox))


def _fingerprint(context: Context, credentials: Credentials) -> bytes:
    """Recognise an address without a check of its form: whatever else is typed is unknown."""
    return accounts.fingerprint_address(context, credentials.email[:MAX_LENGTH])


def _check_password(
    context: Context, mailbox: bytes, credentials: Credentials
) -> Mapping[str, Any]:
    """Take the same time for unknown accounts as for others."""
    with context.database.read() as connection:
        account = store.find_account(connection, mailbox)
    if account is not None and account["disabled_at"] is not None:
        account = None
    person = context.vault.decrypt(account["locked"]) if account else {}
    password = credentials.password[:MAX_LENGTH]
    is_correct = passwords.is_correct(context, person.get("password"), password)
    return {"account": account, "is_correct": is_correct}


def _finish(
    context: Context,
    row: Mapping[str, Any],
    credentials: Credentials,
    attempt: Attempt,
    client: str,
) -> str | None:
    """Use the code and begin a session, unless the account has changed meanwhile."""
    account_id = row["account"]["id"]
    with context.database.write() as connection:
        account = store.lock_account(connection, account_id)
        if account is None or _has_changed(account, row["account"]):
            return None
        secret = context.vault.decrypt(account["locked"])["totp"]
        code = credentials.code[:MAX_LENGTH]
        if not one_time_codes.use_code(context, connection, account_id, secret, code):
            return None
        store.delete_failures(connection, attempt.origins, attempt.at)
        store.change_account(connection, account_id, last_login_at=context.now())
        _record(context, connection, "login", account_id)
        return sessions.begin(context, connection, account_id, client)


def _has_changed(account: Row, known: Row) -> bool:
    return any(account[name] != known[name] for name in ("locked", "disabled_at"))


def _record_failure(context: Context, account: Row | None) -> None:
    """Write in both cases: otherwise the time would show which accounts exist."""
    with context.database.write() as connection:
        if account is None:
            store.record_failures(connection, [NOBODY], context.now())
        else:
            _record(context, connection, "login-failed", account["id"])


def _record(context: Context, connection: Connection, action: str, account_id: str) -> None:
    signed = {"actor": account_id, "subject": account_id, "reason": "login"}
    record(context, connection, action, **signed)

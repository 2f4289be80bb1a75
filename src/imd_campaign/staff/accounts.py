"""Accounts of staff: names and addresses are encrypted, and found by the mailbox's fingerprint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection
from imd_campaign.mailboxes import canonicalise
from imd_campaign.staff import login_limits, one_time_codes, passwords, store
from imd_campaign.staff.audit_entries import record
from imd_campaign.staff.errors import InvalidField, LastAdmin, LoginFailed, UnknownAccount
from imd_campaign.staff.roles import ROLES, Role
from imd_campaign.staff.session_tokens import OwnSession, keep_only

Row = Mapping[Any, Any]

ADDRESS_TAKEN, WRONG_PASSWORD, WRONG_CODE = "taken", "wrong-password", "wrong-code"
UNKNOWN_ROLE = "unknown-role"


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    role: str
    lang: str | None
    created_at: datetime
    last_login_at: datetime | None
    disabled_at: datetime | None

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None


@dataclass(frozen=True, slots=True, repr=False)
class NewAccount:
    """What somebody enters to accept an invitation."""

    name: str
    email: str
    password: str
    code: str
    nonce: str
    """What the secret of the authenticator app was derived from."""

    lang: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class PreparedAccount:
    person: Mapping[str, str]
    """What is encrypted."""

    totp_step: int
    """The period of the code, which cannot be used again."""

    lang: str | None


def make_account(context: Context, row: Row) -> Account:
    person = context.vault.decrypt(row["locked"])
    same = ("id", "role", "lang", "created_at", "last_login_at", "disabled_at")
    return Account(name=person["name"], email=person["email"], **{name: row[name] for name in same})


def fingerprint_address(context: Context, email: str) -> bytes:
    return context.vault.fingerprint("staff account", canonicalise(email))


def list_accounts(context: Context) -> Sequence[Account]:
    with context.database.read() as connection:
        rows = store.list_accounts(connection)
    return [make_account(context, row) for row in rows]


def get_account(context: Context, account_id: str) -> Account:
    with context.database.read() as connection:
        row = store.get_account(connection, account_id)
    if row is None or row["locked"] == store.ERASED:
        raise UnknownAccount
    return make_account(context, row)


def find_by_email(context: Context, email: str) -> Account:
    with context.database.read() as connection:
        row = store.find_account(connection, fingerprint_address(context, email))
    if row is None:
        raise UnknownAccount
    return make_account(context, row)


# ------------------------------------------------------------------ making


def prepare(context: Context, owner: str, new: NewAccount) -> PreparedAccount:
    """Check what was entered and hash the password, before a transaction begins."""
    passwords.check(new.password, new.email, new.name)
    secret = one_time_codes.derive_secret(context, owner, new.nonce)
    step = one_time_codes.find_step(context, secret, new.code)
    if step is None:
        raise InvalidField("code", WRONG_CODE)
    hashed = passwords.hash_password(context, new.password)
    person = {"name": new.name, "email": new.email, "password": hashed, "totp": secret}
    return PreparedAccount(person, step, new.lang)


def create(context: Context, connection: Connection, role: str, prepared: PreparedAccount) -> str:
    """Add an account with its password and authenticator app; return its ID."""
    account_id = new_id("stf")
    is_added = store.add_account(
        connection,
        id=account_id,
        mailbox=fingerprint_address(context, prepared.person["email"]),
        locked=context.vault.encrypt(prepared.person),
        role=role,
        lang=prepared.lang,
        totp_step=prepared.totp_step,
        created_at=context.now(),
    )
    if not is_added:
        raise InvalidField("email", ADDRESS_TAKEN)
    return account_id


def replace_credentials(
    context: Context, connection: Connection, account: Row, prepared: PreparedAccount
) -> None:
    """Replace password and app of a locked account; its sessions end."""
    known = context.vault.decrypt(account["locked"])
    person = {**prepared.person, "name": known["name"], "email": known["email"]}
    locked = context.vault.encrypt(person)
    store.change_account(connection, account["id"], locked=locked, totp_step=prepared.totp_step)
    end_access(connection, account["id"])


def end_access(connection: Connection, account_id: str) -> None:
    """End the sessions of an account, and the invitations for it and by it."""
    store.delete_sessions(connection, account_id)
    store.delete_invitations_of(connection, account_id)


# ------------------------------------------------------------------ one's own account


def set_language(context: Context, account_id: str, lang: str | None) -> None:
    with context.database.write() as connection:
        store.change_account(connection, account_id, lang=lang)


def check_password(context: Context, account_id: str, password: str) -> Row:
    """Return an active account if this is its password."""
    with context.database.read() as connection:
        row = store.get_account(connection, account_id)
    person = context.vault.decrypt(row["locked"]) if row else {}
    is_correct = passwords.is_correct(context, person.get("password"), password)
    if row is None or row["disabled_at"] is not None or not is_correct:
        raise LoginFailed
    return row


def change_password(context: Context, session: OwnSession, current: str, new: str) -> str:
    """Change one's own password; return the new token of the session. All other sessions end."""
    confirmed = confirm_password(context, session.account_id, session.id, current)
    account = make_account(context, confirmed)
    passwords.check(new, account.email, account.name)
    hashed = passwords.hash_password(context, new)
    with context.database.write() as connection:
        _change_person(context, connection, confirmed, password=hashed)
        token, _ = keep_only(connection, session)
        _record_own(context, connection, account.id, "change-password")
    return token


@dataclass(frozen=True, slots=True, repr=False)
class ChangedApp:
    recovery_codes: Sequence[str]
    token: str
    """The new token of the session in which the app was changed."""


def change_authenticator(
    context: Context, session: OwnSession, confirmed: Row, nonce: str, code: str
) -> ChangedApp:
    """Use another app from now on, with new recovery codes; all other sessions end.

    `confirmed` is what `confirm_password` has returned.
    """
    account_id = session.account_id
    secret = one_time_codes.derive_secret(context, account_id, nonce)
    step = one_time_codes.find_step(context, secret, code)
    if step is None:
        raise InvalidField("code", WRONG_CODE)
    with context.database.write() as connection:
        _change_person(context, connection, confirmed, totp=secret)
        store.change_account(connection, account_id, totp_step=step)
        token, _ = keep_only(connection, session)
        codes = one_time_codes.replace_recovery_codes(context, connection, account_id)
        _record_own(context, connection, account_id, "change-app")
    return ChangedApp(codes, token)


def replace_recovery_codes(
    context: Context, account_id: str, session_id: str, password: str
) -> Sequence[str]:
    confirmed = confirm_password(context, account_id, session_id, password)
    with context.database.write() as connection:
        _lock_confirmed(connection, confirmed)
        codes = one_time_codes.replace_recovery_codes(context, connection, account_id)
        _record_own(context, connection, account_id, "new-codes")
    return codes


def count_recovery_codes(context: Context, account_id: str) -> int:
    with context.database.read() as connection:
        return store.count_recovery_codes(connection, account_id)


def _record_own(context: Context, connection: Connection, account_id: str, action: str) -> None:
    signed = {"actor": account_id, "subject": account_id, "reason": "own account"}
    record(context, connection, action, **signed)


def confirm_password(context: Context, account_id: str, session_id: str, password: str) -> Row:
    """Return the account; raise an error at the field `current` if this is not its password."""
    attempt = login_limits.admit_confirmation(context, session_id)
    try:
        row = check_password(context, account_id, password)
    except LoginFailed:
        raise InvalidField("current", WRONG_PASSWORD) from None
    login_limits.forgive(context, attempt)
    return row


def _change_person(
    context: Context, connection: Connection, confirmed: Row, **changed: str
) -> None:
    row = _lock_confirmed(connection, confirmed)
    person = context.vault.decrypt(row["locked"]) | changed
    store.change_account(connection, row["id"], locked=context.vault.encrypt(person))


def _lock_confirmed(connection: Connection, confirmed: Row) -> Row:
    """Lock an account, unless it was changed or disabled after its password was confirmed."""
    row = lock(connection, confirmed["id"])
    if row["locked"] != confirmed["locked"] or row["disabled_at"] is not None:
        raise InvalidField("current", WRONG_PASSWORD)
    return row


# ------------------------------------------------------------------ what administrators do


def change_role(
    context: Context, account_id: str, role: str, *, actor: str, reason: str
) -> Account:
    """Give an account another role; its sessions end, so that the new role counts at once."""
    check_role(role)
    with context.database.write() as connection:
        admins = store.list_active_admins(connection)
        row = lock(connection, account_id)
        _require_other_admin(admins, account_id, is_admin=role == "admin")
        store.change_account(connection, account_id, role=role)
        end_access(connection, account_id)
        signed = {"actor": actor, "subject": account_id, "reason": reason}
        roles = {"from": row["role"], "to": role}
        record(context, connection, "change-role", **signed, **roles)
    return get_account(context, account_id)


def disable(context: Context, account_id: str, *, actor: str, reason: str) -> Account:
    """Lock an account out at once; what it has done stays in the audit trail."""
    with context.database.write() as connection:
        admins = store.list_active_admins(connection)
        lock(connection, account_id)
        _require_other_admin(admins, account_id, is_admin=False)
        store.change_account(connection, account_id, disabled_at=context.now())
        end_access(connection, account_id)
        signed = {"actor": actor, "subject": account_id, "reason": reason}
        record(context, connection, "disable", **signed)
    return get_account(context, account_id)


def enable(context: Context, account_id: str, *, actor: str, reason: str) -> Account:
    with context.database.write() as connection:
        lock(connection, account_id)
        store.change_account(connection, account_id, disabled_at=None)
        signed = {"actor": actor, "subject": account_id, "reason": reason}
        record(context, connection, "enable", **signed)
    return get_account(context, account_id)


def check_role(role: str) -> Role:
    for known in ROLES:
        if known == role:
            return known
    raise InvalidField("role", UNKNOWN_ROLE)


def lock(connection: Connection, account_id: str) -> Row:
    row = store.lock_account(connection, account_id)
    if row is None or row["locked"] == store.ERASED:
        raise UnknownAccount
    return row


def _require_other_admin(admins: Sequence[str], account_id: str, *, is_admin: bool) -> None:
    if not is_admin and list(admins) == [account_id]:
        raise LastAdmin

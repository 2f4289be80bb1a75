"""Invitations by link: single use, for three days, for a new account or to sign in again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from imd_campaign.context import Context
from imd_campaign.crypto import compute_digest, new_id, new_token
from imd_campaign.db import Connection
from imd_campaign.staff import accounts, login_limits, one_time_codes, sessions, store
from imd_campaign.staff.accounts import NewAccount, PreparedAccount
from imd_campaign.staff.audit_entries import record
from imd_campaign.staff.errors import InvitationInvalid

Row = Mapping[Any, Any]

LIFETIME = timedelta(days=3)
MAX_TOKEN_LENGTH = 64
PATH = "/staff/invitations/"


@dataclass(frozen=True, slots=True)
class Invitation:
    id: str
    role: str
    account_id: str | None
    """The account that gets a new password and app; None for a new account."""

    created_by: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Acceptance:
    account_id: str
    token: str = field(repr=False)
    device: str = field(repr=False)
    recovery_codes: Sequence[str] = field(repr=False)


def invite(context: Context, role: str, *, actor: str, reason: str) -> str:
    """Return a link for a new account, which is shown once."""
    accounts.check_role(role)
    with context.database.write() as connection:
        token = _add(context, connection, role, None, actor)
        signed = {"actor": actor, "subject": role, "reason": reason}
        record(context, connection, "invite", **signed)
    return make_link(context, token)


def reset(context: Context, account_id: str, *, actor: str, reason: str) -> str:
    """Return a link with which an account gets a new password and app.

    Until it is used, nobody can sign in to the account: its sessions end, and its password and
    recovery codes no longer work.
    """
    with context.database.write() as connection:
        row = accounts.lock(connection, account_id)
        person = context.vault.decrypt(row["locked"])
        person |= {"password": "", "totp": ""}
        store.change_account(connection, account_id, locked=context.vault.encrypt(person))
        store.replace_recovery_codes(connection, account_id, ())
        accounts.end_access(connection, account_id)
        token = _add(context, connection, row["role"], account_id, actor)
        signed = {"actor": actor, "subject": account_id, "reason": reason}
        record(context, connection, "reset", **signed)
    return make_link(context, token)


def make_link(context: Context, token: str) -> str:
    return f"{context.settings.site_url.rstrip('/')}{PATH}{token}"


def _add(
    context: Context, connection: Connection, role: str, account_id: str | None, actor: str
) -> str:
    token, now = new_token(), context.now()
    store.add_invitation(
        connection,
        id=new_id("inv"),
        digest=compute_digest(token),
        role=role,
        account=account_id,
        created_by=actor,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    return token


def list_invitations(context: Context) -> Sequence[Invitation]:
    with context.database.read() as connection:
        rows = store.list_invitations(connection, context.now())
    return [_make_invitation(row) for row in rows]


def withdraw(context: Context, invitation_id: str, *, actor: str, reason: str) -> None:
    with context.database.write() as connection:
        if not store.delete_invitation(connection, invitation_id):
            raise InvitationInvalid
        signed = {"actor": actor, "subject": invitation_id, "reason": reason}
        record(context, connection, "withdraw-invitation", **signed)


def get(context: Context, token: str) -> Invitation:
    with context.database.read() as connection:
        return _make_invitation(_find(context, connection, token))


def accept(context: Context, token: str, new: NewAccount, client: str) -> Acceptance:
    """Make the account, or replace its password and app, and sign in."""
    invitation = get(context, token)
    new = _complete(context, invitation, new)
    prepared = accounts.prepare(context, invitation.id, new)
    with context.database.write() as connection:
        row = _find(context, connection, token)
        if not store.delete_invitation(connection, row["id"]):
            raise InvitationInvalid
        account_id = _set_up(context, connection, row, prepared)
        codes = one_time_codes.replace_recovery_codes(context, connection, account_id)
        record(
            context,
            connection,
            "accept-reset" if row["account"] else "accept-invitation",
            actor=account_id,
            subject=account_id,
            reason="invitation",
            role=row["role"],
        )
        store.change_account(connection, account_id, last_login_at=context.now())
        session = sessions.begin(context, connection, account_id, client)
    device = login_limits.mark_device(context, accounts.fingerprint_address(context, new.email))
    return Acceptance(account_id, session, device, codes)


def _complete(context: Context, invitation: Invitation, new: NewAccount) -> NewAccount:
    """An account that exists keeps its name and address."""
    if invitation.account_id is None:
        return new
    known = accounts.get_account(context, invitation.account_id)
    return replace(new, name=known.name, email=known.email)


def _set_up(context: Context, connection: Connection, row: Row, prepared: PreparedAccount) -> str:
    if row["account"] is None:
        return accounts.create(context, connection, row["role"], prepared)
    account = accounts.lock(connection, row["account"])
    accounts.replace_credentials(context, connection, account, prepared)
    return str(account["id"])


def _find(context: Context, connection: Connection, token: str) -> Row:
    if len(token) > MAX_TOKEN_LENGTH:
        raise InvitationInvalid
    row = store.find_invitation(connection, compute_digest(token))
    if row is None or row["expires_at"] <= context.now():
        raise InvitationInvalid
    return row


def _make_invitation(row: Row) -> Invitation:
    return Invitation(
        row["id"],
        row["role"],
        row["account"],
        row["created_by"],
        row["created_at"],
        row["expires_at"],
    )

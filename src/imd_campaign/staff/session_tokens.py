"""Tokens of sessions, of which the database has the digests only."""

import secrets
from dataclasses import dataclass, field

from imd_campaign.crypto import compute_digest
from imd_campaign.db import Connection
from imd_campaign.staff import store
from imd_campaign.staff.errors import SessionEnded

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class OwnSession:
    """The session of a request, with the token that it was sent with."""

    id: str
    account_id: str
    token: str = field(repr=False)


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def keep_only(connection: Connection, session: OwnSession) -> tuple[str, int]:
    """End all other sessions of the account, and copies of this one.

    Returns the new token of the session, and how many other sessions have ended.
    """
    token = replace(connection, session)
    return token, store.delete_sessions(connection, session.account_id, except_id=session.id)


def replace(connection: Connection, session: OwnSession) -> str:
    """End copies of the session; return its new token."""
    token = new_token()
    known, new = compute_digest(session.token), compute_digest(token)
    if not store.replace_digest(connection, session.id, known, new):
        raise SessionEnded
    return token

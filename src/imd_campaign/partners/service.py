"""Partners: organisations that collect signatures under a source of their own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from imd_campaign.api_keys import service as api_keys
from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.crypto import compute_digest, new_token
from imd_campaign.db import Connection, Row
from imd_campaign.errors import NotFound
from imd_campaign.partners import store

SOURCE = re.compile("[a-z0-9-]{1,64}")
MAX_NAME_LENGTH = 100
KEY_SCOPES = ("partners:read",)


class PartnerError(ValueError):
    """What staff have to change in a command."""


@dataclass(frozen=True, slots=True)
class Partner:
    source: str
    name: str
    links: int
    created_at: datetime
    revoked_at: datetime | None
    published_on: date | None


def add(context: Context, source: str, name: str, *, actor: str) -> None:
    """Add a partner. Its source cannot change: it is in signatures and in embed codes."""
    name = " ".join(name.split())
    if not SOURCE.fullmatch(source):
        raise PartnerError("a source has 1 to 64 of the characters a-z, 0-9 and -")
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise PartnerError(f"a name has 1 to {MAX_NAME_LENGTH} characters")
    with context.database.write() as connection:
        if not store.add(connection, source=source, name=name, created_at=context.now()):
            raise PartnerError(f"there is a partner with the source {source} already")
        _record(
            context,
            connection,
            "partner.added",
            source=source,
            actor=actor,
            reason=f"Added as {name}.",
        )


def list_partners(context: Context) -> Sequence[Partner]:
    with context.database.read() as connection:
        return [
            Partner(
                row["source"],
                row["name"],
                row["links"],
                row["created_at"],
                row["revoked_at"],
                row["published_on"],
            )
            for row in store.list_all(connection)
        ]


def make_link(context: Context, source: str, *, actor: str, reason: str) -> str:
    """Return the URL of the partner's own page, which only its digest is kept of."""
    token = new_token()
    with context.database.write() as connection:
        _require_active(connection, source)
        digest, now = compute_digest(token), context.now()
        store.add_link(connection, digest=digest, source=source, created_at=now)
        _record(context, connection, "partner.link_made", source=source, actor=actor, reason=reason)
    return f"{context.settings.site_url.rstrip('/')}/partners/{token}"


def make_key(context: Context, source: str, scopes: Sequence[str], *, actor: str) -> str:
    """Return a new API key of the partner."""
    with context.database.read() as connection:
        partner = _require_active(connection, source)
    text, key = api_keys.create(
        context.database,
        name=partner["name"],
        scopes=scopes or KEY_SCOPES,
        now=context.now(),
        partner=source,
    )
    with context.database.write() as connection:
        reason = f"{key.id} with {', '.join(key.scopes)}"
        _record(context, connection, "partner.key_made", source=source, actor=actor, reason=reason)
    return text


def delete_links(context: Context, source: str, *, actor: str, reason: str) -> int:
    with context.database.write() as connection:
        if store.find(connection, source) is None:
            raise NotFound
        deleted = store.delete_links(connection, source)
        _record(
            context, connection, "partner.links_deleted", source=source, actor=actor, reason=reason
        )
    return deleted


def revoke(context: Context, source: str, *, actor: str, reason: str) -> None:
    """End the partner's keys and links; its signatures stay."""
    with context.database.write() as connection:
        if not store.revoke(connection, source, context.now()):
            raise NotFound
        store.delete_links(connection, source)
        api_keys.revoke_of_partner(connection, source, now=context.now())
        _record(context, connection, "partner.revoked", source=source, actor=actor, reason=reason)


def _require_active(connection: Connection, source: str) -> Row:
    partner = store.find(connection, source)
    if partner is None or partner["revoked_at"] is not None:
        raise NotFound
    return partner


def _record(
    context: Context, connection: Connection, action: str, *, source: str, actor: str, reason: str
) -> None:
    audit.record(
        connection,
        now=context.now(),
        actor=actor,
        action=action,
        subject=f"partner {source}"[:60],
        reason=reason,
    )

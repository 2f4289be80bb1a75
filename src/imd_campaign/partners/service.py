"""Partners: organisations that collect signatures under a source of their own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from imd_campaign.api_keys import service as api_keys
from imd_campaign.audit import service as audit
from imd_campaign.audit.service import Author
from imd_campaign.context import Context
from imd_campaign.crypto import compute_digest, new_token
from imd_campaign.db import Connection, Row
from imd_campaign.errors import NotFound
from imd_campaign.field_types import Line
from imd_campaign.partners import store

SOURCE = re.compile("[a-z0-9-]{1,64}")
MAX_NAME_LENGTH = 100
KEY_SCOPES = ("partners:read",)

_name: TypeAdapter[str] = TypeAdapter(
    Annotated[Line, Field(min_length=1, max_length=MAX_NAME_LENGTH)]
)


class PartnerError(ValueError):
    """What staff have to change in a command or a form."""


class SourceTakenError(PartnerError):
    """Another partner has the source already."""


@dataclass(frozen=True, slots=True)
class Partner:
    source: str
    name: str
    links: int
    """The links to its own page that work."""

    keys: int
    """The API keys that work."""

    created_at: datetime
    revoked_at: datetime | None
    published_on: date | None


def read_source(text: str) -> str:
    if not SOURCE.fullmatch(text):
        raise PartnerError("a source has 1 to 64 of the characters a-z, 0-9 and -")
    return text


def read_name(text: str) -> str:
    try:
        return _name.validate_python(text)
    except ValidationError:
        raise PartnerError(
            f"a name has 1 to {MAX_NAME_LENGTH} characters that can be displayed"
        ) from None


def add(context: Context, source: str, name: str, *, actor: str, reason: str | None = None) -> None:
    """Add a partner. Its source cannot change: it is in signatures and in embed codes."""
    source, name = read_source(source), read_name(name)
    author = Author(actor, reason or f"Added as {name}.", context.now())
    with context.database.write() as connection:
        if not store.add(connection, source=source, name=name, created_at=author.now):
            raise SourceTakenError(f"there is a partner with the source {source} already")
        _record(connection, author, "partner.added", source, name=name)


def list_partners(context: Context) -> Sequence[Partner]:
    with context.database.read() as connection:
        keys = api_keys.count_active_by_partner(connection)
        rows = store.list_all(connection)
    return [_make_partner(row, keys.get(row["source"], 0)) for row in rows]


def get(context: Context, source: str) -> Partner:
    with context.database.read() as connection:
        keys = api_keys.count_active_by_partner(connection)
        row = store.find_with_links(connection, source)
    if row is None:
        raise NotFound
    return _make_partner(row, keys.get(source, 0))


def _make_partner(row: Row, keys: int) -> Partner:
    return Partner(
        row["source"],
        row["name"],
        row["links"],
        keys,
        row["created_at"],
        row["revoked_at"],
        row["published_on"],
    )


def make_link(
    context: Context, source: str, *, actor: str, reason: str, replaces_earlier: bool = False
) -> str:
    """Return the URL of the partner's own page, which only its digest is kept of."""
    token, author = new_token(), Author(actor, reason, context.now())
    with context.database.write() as connection:
        _lock_active(connection, source)
        if replaces_earlier:
            store.delete_links(connection, source)
            _record(connection, author, "partner.links_deleted", source)
        digest = compute_digest(token)
        store.add_link(connection, digest=digest, source=source, created_at=author.now)
        _record(connection, author, "partner.link_made", source)
    return f"{context.settings.site_url.rstrip('/')}/partners/{token}"


def make_key(
    context: Context, source: str, scopes: Sequence[str], *, actor: str, reason: str | None = None
) -> str:
    """Return a new API key of the partner."""
    now = context.now()
    with context.database.write() as connection:
        name = _lock_active(connection, source)["name"]
        text, key = api_keys.add(
            connection, name=name, scopes=scopes or KEY_SCOPES, now=now, partner=source
        )
        author = Author(actor, reason or f"{key.id} with {', '.join(key.scopes)}", now)
        details = {"key": key.id, "scopes": list(key.scopes)}
        _record(connection, author, "partner.key_made", source, **details)
    return text


def revoke(context: Context, source: str, *, actor: str, reason: str) -> None:
    """End the partner's keys and links; its signatures stay."""
    author = Author(actor, reason, context.now())
    with context.database.write() as connection:
        if not store.revoke(connection, source, author.now):
            raise NotFound
        store.delete_links(connection, source)
        api_keys.revoke_of_partner(connection, source, now=author.now)
        _record(connection, author, "partner.revoked", source)


def _lock_active(connection: Connection, source: str) -> Row:
    """Read a partner that cannot be revoked before the end of the transaction."""
    partner = store.lock(connection, source)
    if partner is None or partner["revoked_at"] is not None:
        raise NotFound
    return partner


def _record(
    connection: Connection, author: Author, action: str, source: str, **details: Any
) -> None:
    audit.record(
        connection,
        now=author.now,
        actor=author.actor,
        action=action,
        subject=f"partner {source}"[:60],
        reason=author.reason,
        source=source,
        **details,
    )

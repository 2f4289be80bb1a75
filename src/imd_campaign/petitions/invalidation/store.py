from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update

from imd_campaign.db import Connection, Row, matches_any
from imd_campaign.petitions.invalidation.selection import Selection
from imd_campaign.petitions.store import IS_COUNTED
from imd_campaign.petitions.tables import invalidations, petitions, signatures

ROWS_AT_ONCE = 1000


def stream_selected(
    connection: Connection, selection: Selection, fingerprints: Sequence[bytes] | None
) -> Iterator[Row]:
    """Yield the counted signatures by petition and time, without what was sealed."""
    names = ("id", "petition_id", "country", "source", "confirmed_at")
    query = (
        select(*(signatures.c[name] for name in names), petitions.c.slug)
        .join(petitions, petitions.c.id == signatures.c.petition_id)
        .where(IS_COUNTED, *_list_conditions(selection))
        .order_by(signatures.c.petition_id, signatures.c.confirmed_at, signatures.c.id)
    )
    if fingerprints is not None:
        query = query.where(signatures.c.fingerprint.in_(fingerprints))
    streamed = connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
    yield from streamed.mappings()


def _list_conditions(selection: Selection) -> Iterator[ColumnElement[bool]]:
    yield signatures.c.confirmed_at < selection.until
    if selection.since:
        yield signatures.c.confirmed_at >= selection.since
    if selection.petition:
        yield petitions.c.slug == selection.petition
    if selection.country:
        yield signatures.c.country == selection.country
    if selection.source is not None:
        source = signatures.c.source
        yield source == selection.source if selection.source else source.is_(None)


def add(connection: Connection, **values: Any) -> None:
    connection.execute(insert(invalidations).values(values))


def get(connection: Connection, invalidation_id: str) -> Row | None:
    query = select(invalidations).where(invalidations.c.id == invalidation_id)
    return connection.execute(query).mappings().one_or_none()


def change(connection: Connection, invalidation_id: str, **values: Any) -> None:
    changed = update(invalidations).where(invalidations.c.id == invalidation_id)
    connection.execute(changed.values(values))


def list_all(connection: Connection) -> Sequence[Row]:
    newest_first = invalidations.c.created_at.desc(), invalidations.c.id
    return connection.execute(select(invalidations).order_by(*newest_first)).mappings().all()


def count_invalid(connection: Connection) -> Mapping[str, int]:
    """Return how many signatures are invalid, by the invalidation."""
    query = (
        select(signatures.c.invalidation, func.count().label("signatures"))
        .where(signatures.c.invalidation.is_not(None))
        .group_by(signatures.c.invalidation)
    )
    return {row.invalidation: row.signatures for row in connection.execute(query)}


def mark(
    connection: Connection, invalidation_id: str, signature_ids: Sequence[str]
) -> Sequence[Row]:
    """Declare signatures invalid that still are counted; return them."""
    chosen = matches_any(connection, signatures.c.id, signature_ids)
    marked = update(signatures).where(chosen, IS_COUNTED).values(invalidation=invalidation_id)
    return connection.execute(marked.returning(signatures)).mappings().all()


def unmark(connection: Connection, invalidation_id: str, limit: int) -> Sequence[Row]:
    """Declare some signatures valid that an invalidation has marked; return them."""
    is_marked = signatures.c.invalidation == invalidation_id
    some = select(signatures.c.id).where(is_marked).limit(limit)
    restored = update(signatures).where(signatures.c.id.in_(some), is_marked)
    returned = restored.values(invalidation=None).returning(signatures)
    return connection.execute(returned).mappings().all()


def count_invalid_by_petition(connection: Connection) -> Mapping[int, int]:
    query = (
        select(signatures.c.petition_id, func.count().label("signatures"))
        .where(signatures.c.invalidation.is_not(None))
        .group_by(signatures.c.petition_id)
    )
    return {row.petition_id: row.signatures for row in connection.execute(query)}

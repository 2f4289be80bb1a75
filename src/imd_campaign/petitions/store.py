from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update

from imd_campaign.db import Connection, Row, upsert
from imd_campaign.pagination import PageRequest, Slice, read_page
from imd_campaign.petitions.tables import (
    petition_texts,
    petitions,
    signatures,
    tallies,
)

Texts = dict[str, Row]


def put(
    connection: Connection, values: Mapping[str, Any], texts: Sequence[Mapping[str, Any]]
) -> int:
    """Add or replace a petition and its texts, default language first; signatures stay."""
    statement = upsert(connection, petitions).values(**values)
    changed = {name: statement.excluded[name] for name in values}
    petition_id: int = connection.execute(
        statement.on_conflict_do_update(index_elements=["slug"], set_=changed).returning(
            petitions.c.id
        )
    ).scalar_one()
    connection.execute(delete(petition_texts).where(petition_texts.c.petition_id == petition_id))
    rows = [{**text, "petition_id": petition_id, "position": n} for n, text in enumerate(texts)]
    connection.execute(insert(petition_texts), rows)
    return petition_id


def find(connection: Connection, slug: str) -> Row | None:
    query = select(petitions).where(petitions.c.slug == slug)
    return connection.execute(query).mappings().first()


def get_slug(connection: Connection, petition_id: int) -> str:
    query = select(petitions.c.slug).where(petitions.c.id == petition_id)
    slug: str = connection.execute(query).scalar_one()
    return slug


def list_all(connection: Connection) -> Sequence[Row]:
    return connection.execute(select(petitions)).mappings().all()


def list_petitions(connection: Connection, page_request: PageRequest) -> Slice[Row]:
    return read_page(connection, select(petitions), (petitions.c.slug,), page_request)


def list_texts(connection: Connection, petition_ids: Collection[int]) -> dict[int, Texts]:
    query = (
        select(petition_texts)
        .where(petition_texts.c.petition_id.in_(petition_ids))
        .order_by(petition_texts.c.petition_id, petition_texts.c.position)
    )
    by_petition: dict[int, Texts] = {}
    for row in connection.execute(query).mappings():
        by_petition.setdefault(row["petition_id"], {})[row["lang"]] = row
    return by_petition


def claim_count(connection: Connection, petition_id: int, now: datetime, before: datetime) -> bool:
    """Return True for the one server that counts in this interval."""
    claimed = petitions.c.claimed_at
    statement = (
        update(petitions)
        .where(petitions.c.id == petition_id, or_(claimed.is_(None), claimed <= before))
        .values(claimed_at=now)
    )
    return connection.execute(statement).rowcount == 1


def count_by_country(connection: Connection, petition_id: int) -> dict[str, int]:
    query = (
        select(signatures.c.country, func.count().label("signed"))
        .where(signatures.c.petition_id == petition_id)
        .group_by(signatures.c.country)
    )
    return {row.country: row.signed for row in connection.execute(query)}


def put_count(
    connection: Connection, petition_id: int, counts: Mapping[str, int], as_of: datetime
) -> None:
    newer = (petitions.c.id == petition_id) & or_(
        petitions.c.counted_at.is_(None), petitions.c.counted_at < as_of
    )
    total = sum(counts.values())
    result = connection.execute(
        update(petitions).where(newer).values(total=total, counted_at=as_of)
    )
    if result.rowcount == 0:
        return
    connection.execute(delete(tallies).where(tallies.c.petition_id == petition_id))
    rows = [
        {"petition_id": petition_id, "country": country, "total": count}
        for country, count in counts.items()
    ]
    if rows:
        connection.execute(insert(tallies), rows)


def list_places(
    connection: Connection, petition_id: int, minimum: int, page_request: PageRequest
) -> Slice[Row]:
    query = select(tallies).where(tallies.c.petition_id == petition_id, tallies.c.total >= minimum)
    return read_page(connection, query, (tallies.c.country,), page_request)


def list_signers(connection: Connection, petition_id: int, page_request: PageRequest) -> Slice[Row]:
    query = select(signatures).where(signatures.c.petition_id == petition_id, signatures.c.public)
    key = (signatures.c.confirmed_at, signatures.c.id)
    return read_page(connection, query, key, page_request, descending=True)


def list_signatures(
    connection: Connection, petition_id: int, page_request: PageRequest
) -> Slice[Row]:
    query = select(signatures).where(signatures.c.petition_id == petition_id)
    key = (signatures.c.confirmed_at, signatures.c.id)
    return read_page(connection, query, key, page_request)


def add_signature(connection: Connection, **values: Any) -> None:
    """Add a signature, unless its mailbox has signed this petition before."""
    statement = upsert(connection, signatures).values(values)
    connection.execute(
        statement.on_conflict_do_nothing(index_elements=["petition_id", "fingerprint"])
    )


def add_signatures(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add signatures that nobody has to confirm, such as those of the sample."""
    common = {"public": False, "updates": False}
    connection.execute(insert(signatures), [common | dict(row) for row in rows])


def find_signed(connection: Connection, fingerprints: Collection[bytes]) -> set[bytes]:
    query = select(signatures.c.fingerprint).where(signatures.c.fingerprint.in_(fingerprints))
    return set(connection.execute(query).scalars())

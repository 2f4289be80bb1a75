from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from imd_campaign.db import Connection, Row, upsert
from imd_campaign.pagination import PageRequest, Slice, read_page
from imd_campaign.petitions import ledger
from imd_campaign.petitions.tables import petition_texts, petitions, public_counts, signatures

Texts = dict[str, Row]
IS_COUNTED = signatures.c.invalidation.is_(None)


def put(
    connection: Connection,
    values: Mapping[str, Any],
    texts: Sequence[Mapping[str, Any]],
    now: datetime,
) -> int:
    """Add or replace a petition and its texts, default language first; signatures stay."""
    statement = upsert(connection, petitions).values(**values, counted_at=now)
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


def close(connection: Connection, slug: str, now: datetime) -> None:
    connection.execute(update(petitions).where(petitions.c.slug == slug).values(closes_at=now))


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


def list_places(connection: Connection, petition_id: int, page_request: PageRequest) -> Slice[Row]:
    query = select(public_counts).where(
        public_counts.c.petition_id == petition_id, public_counts.c.count > 0
    )
    return read_page(connection, query, (public_counts.c.country,), page_request)


def list_signers(connection: Connection, petition_id: int, page_request: PageRequest) -> Slice[Row]:
    is_shown = (signatures.c.petition_id == petition_id) & signatures.c.public & IS_COUNTED
    query = select(signatures).where(is_shown)
    key = (signatures.c.confirmed_at, signatures.c.id)
    return read_page(connection, query, key, page_request, descending=True)


def list_signatures(
    connection: Connection, petition_id: int, page_request: PageRequest
) -> Slice[Row]:
    query = select(signatures).where(signatures.c.petition_id == petition_id, IS_COUNTED)
    key = (signatures.c.confirmed_at, signatures.c.id)
    return read_page(connection, query, key, page_request)


def add_signature(connection: Connection, **values: Any) -> bool:
    """Add a signature; return False if its mailbox has signed this petition before."""
    statement = (
        upsert(connection, signatures)
        .values(values)
        .on_conflict_do_nothing(index_elements=["petition_id", "fingerprint"])
        .returning(signatures.c.id)
    )
    if connection.execute(statement).first() is None:
        return False
    ledger.append(connection, [values], +1)
    return True


def add_signatures(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add signatures that nobody has to confirm, such as those of the sample."""
    common = {"public": False, "updates": False}
    connection.execute(insert(signatures), [common | dict(row) for row in rows])
    ledger.append(connection, rows, +1)


def withdraw(connection: Connection, petition_id: int, fingerprint: bytes, day: date) -> bool:
    """Delete a signature; return False if there is none. An invalid one is not counted already."""
    found = (signatures.c.petition_id == petition_id) & (signatures.c.fingerprint == fingerprint)
    statement = delete(signatures).where(found).returning(signatures)
    withdrawn = connection.execute(statement).mappings().all()
    counted = [row for row in withdrawn if row["invalidation"] is None]
    ledger.append(connection, counted, -1, day)
    return bool(withdrawn)


def find_signature(connection: Connection, petition_id: int, fingerprint: bytes) -> str | None:
    query = select(signatures.c.id).where(
        signatures.c.petition_id == petition_id, signatures.c.fingerprint == fingerprint
    )
    return connection.execute(query).scalar_one_or_none()


def find_country(connection: Connection, signature_id: str) -> str | None:
    query = select(signatures.c.country).where(signatures.c.id == signature_id)
    return connection.execute(query).scalar_one_or_none()


def list_signed(connection: Connection, fingerprints: Mapping[int, bytes]) -> Sequence[Row]:
    """Return the signatures with these fingerprints, one for each petition."""
    query = select(signatures).where(
        signatures.c.petition_id.in_(fingerprints),
        signatures.c.fingerprint.in_(fingerprints.values()),
    )
    return connection.execute(query.order_by(signatures.c.confirmed_at)).mappings().all()


def get_signature(connection: Connection, signature_id: str) -> Row | None:
    query = select(signatures).where(signatures.c.id == signature_id)
    return connection.execute(query).mappings().one_or_none()


def change_signature(connection: Connection, signature_id: str, **values: Any) -> None:
    change = update(signatures).where(signatures.c.id == signature_id)
    connection.execute(change.values(values))


def find_signed(
    connection: Connection, petition_ids: Collection[int], fingerprints: Collection[bytes]
) -> set[bytes]:
    query = select(signatures.c.fingerprint).where(
        signatures.c.petition_id.in_(petition_ids), signatures.c.fingerprint.in_(fingerprints)
    )
    return set(connection.execute(query).scalars())

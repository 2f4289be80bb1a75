"""The SQL of the ledger, and of the totals that it adds up to."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, bindparam, func, insert, null, or_, select, update

from imd_campaign.db import Connection, Row, upsert
from imd_campaign.petitions.public_counts import PublicCount
from imd_campaign.petitions.tables import (
    ledger,
    partner_counts,
    partner_days,
    partner_tallies,
    petitions,
    public_counts,
    signatures,
    source_tallies,
    tallies,
)

CONFIRMED = "confirmed"
ATTESTED = "attested"
NO_SOURCE = ""


def append(
    connection: Connection,
    signed: Iterable[Mapping[Any, Any]],
    change: int,
    day: date | None = None,
) -> None:
    """Record signatures that were added (+1) or deleted (-1), by default on their own days."""
    rows = [
        {
            "petition_id": signature["petition_id"],
            "change": change,
            "country": signature["country"],
            "source": signature.get("source"),
            "line": signature.get("line", CONFIRMED),
            "day": day or signature["confirmed_at"].astimezone(UTC).date(),
        }
        for signature in signed
    ]
    if rows:
        connection.execute(insert(ledger), rows)


# --- folding -----------------------------------------------------------------------------------


def list_unnumbered(connection: Connection, limit: int) -> Sequence[Row]:
    query = select(ledger).where(ledger.c.number.is_(None)).order_by(ledger.c.id).limit(limit)
    return connection.execute(query).mappings().all()


def assign_numbers(connection: Connection, rows: Sequence[Row]) -> None:
    """Number rows from 1 without gaps, for each petition in their order."""
    last = _find_last_numbers(connection)
    numbered = []
    for row in rows:
        last[row["petition_id"]] += 1
        numbered.append({"row_id": row["id"], "new_number": last[row["petition_id"]]})
    statement = update(ledger).where(ledger.c.id == bindparam("row_id"))
    connection.execute(statement.values(number=bindparam("new_number")), numbered)


def _find_last_numbers(connection: Connection) -> Counter[int]:
    last = (
        select(ledger.c.number)
        .where(ledger.c.petition_id == petitions.c.id, ledger.c.number.is_not(None))
        .order_by(ledger.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = connection.execute(select(petitions.c.id, func.coalesce(last, 0)))
    return Counter({row.id: row[1] for row in found})


def add_to_totals(connection: Connection, rows: Sequence[Row]) -> None:
    by_petition: Counter[int] = Counter()
    by_country: Counter[tuple[int, str]] = Counter()
    by_source: Counter[tuple[int, str]] = Counter()
    by_line: Counter[tuple[int, str, str, str]] = Counter()
    for row in rows:
        petition_id, change = row["petition_id"], row["change"]
        by_petition[petition_id] += change
        by_country[petition_id, row["country"]] += change
        by_source[petition_id, row["source"] or NO_SOURCE] += change
        if row["source"]:
            by_line[petition_id, row["source"], row["country"], row["line"]] += change
    statement = (
        update(petitions)
        .where(petitions.c.id == bindparam("row_id"))
        .values(total=petitions.c.total + bindparam("change"))
    )
    totals = [{"row_id": key, "change": change} for key, change in by_petition.items()]
    connection.execute(statement, totals)
    _add_to_tallies(connection, tallies, by_country)
    _add_to_tallies(connection, source_tallies, by_source)
    _add_to_tallies(connection, partner_tallies, by_line)


def _add_to_tallies(connection: Connection, table: Table, changes: Mapping[Any, int]) -> None:
    """Add changes, each by the values of the table's primary key."""
    names = [column.name for column in table.primary_key]
    rows = [
        {**dict(zip(names, key, strict=True)), "total": change} for key, change in changes.items()
    ]
    if not rows:
        return
    statement = upsert(connection, table)
    total = table.c.total + statement.excluded.total
    connection.execute(
        statement.on_conflict_do_update(index_elements=names, set_={"total": total}),
        rows,
    )


def set_counted_at(connection: Connection, now: datetime) -> None:
    connection.execute(update(petitions).values(counted_at=now))


class CountState(NamedTuple):
    totals: Mapping[str, int]
    uncounted: int
    counted_at: datetime | None
    """Of the petition that was counted least recently."""


def measure(connection: Connection, limit: int) -> CountState:
    """Return the totals, and how many rows are in none of them, up to a limit."""
    query = select(petitions.c.slug, petitions.c.total, petitions.c.counted_at)
    rows = connection.execute(query).all()
    unnumbered = select(ledger.c.id).where(ledger.c.number.is_(None)).limit(limit)
    counted = select(func.count()).select_from(unnumbered.subquery())
    return CountState(
        totals={row.slug: row.total for row in rows},
        uncounted=connection.execute(counted).scalar_one(),
        counted_at=min((row.counted_at for row in rows if row.counted_at), default=None),
    )


def count_unnumbered(connection: Connection) -> Mapping[int, int]:
    """Return how many rows of each petition are in no total yet."""
    query = (
        select(ledger.c.petition_id, func.count().label("rows"))
        .where(ledger.c.number.is_(None))
        .group_by(ledger.c.petition_id)
    )
    return {row.petition_id: row.rows for row in connection.execute(query)}


def sum_lines(connection: Connection) -> Sequence[Row]:
    """Return `signed` for each petition and line, as far as it is counted."""
    keys = (ledger.c.petition_id, ledger.c.line)
    query = select(*keys, func.sum(ledger.c.change).label("signed")).group_by(*keys)
    return connection.execute(query.where(ledger.c.number.is_not(None))).mappings().all()


# --- publishing --------------------------------------------------------------------------------


def list_unpublished(connection: Connection, day: date) -> Sequence[int]:
    """Return the petitions whose counts by country were not published on this day or later."""
    published_on = petitions.c.published_on
    query = select(petitions.c.id).where(or_(published_on.is_(None), published_on < day))
    return connection.execute(query).scalars().all()


def list_tallies(connection: Connection, petition_id: int) -> Mapping[str, int]:
    query = select(tallies.c.country, tallies.c.total).where(tallies.c.petition_id == petition_id)
    return {row.country: row.total for row in connection.execute(query)}


def list_public_counts(connection: Connection, petition_id: int) -> Mapping[str, PublicCount]:
    query = select(public_counts).where(public_counts.c.petition_id == petition_id)
    return {
        row["country"]: PublicCount(row["count"], row["raise_after"], row["lower_after"])
        for row in connection.execute(query).mappings()
    }


def publish(
    connection: Connection, petition_id: int, counts: Mapping[str, PublicCount], day: date
) -> None:
    rows = [
        {
            "petition_id": petition_id,
            "country": country,
            "count": public.count,
            "raise_after": public.raise_after,
            "lower_after": public.lower_after,
        }
        for country, public in counts.items()
    ]
    if rows:
        statement = upsert(connection, public_counts)
        changed = {
            name: statement.excluded[name] for name in ("count", "raise_after", "lower_after")
        }
        keys = ["petition_id", "country"]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)
    published = update(petitions).where(petitions.c.id == petition_id)
    connection.execute(published.values(published_on=day))


# --- partners ----------------------------------------------------------------------------------


def list_partner_tallies(
    connection: Connection, source: str
) -> Mapping[int, Mapping[tuple[str, str], int]]:
    """Return the signatures of a source by petition, and there by country and line."""
    query = select(partner_tallies).where(partner_tallies.c.source == source)
    found: dict[int, dict[tuple[str, str], int]] = {}
    for row in connection.execute(query).mappings():
        by_line = found.setdefault(row["petition_id"], {})
        by_line[row["country"], row["line"]] = row["total"]
    return found


def list_partner_counts(
    connection: Connection, source: str
) -> Mapping[tuple[int, str], PublicCount]:
    query = select(partner_counts).where(partner_counts.c.source == source)
    return {
        (row["petition_id"], row["part"]): PublicCount(
            row["count"], row["raise_after"], row["lower_after"]
        )
        for row in connection.execute(query).mappings()
    }


def sum_partner_counts(connection: Connection, part: str) -> Mapping[str, int]:
    """Return the published numbers of a part, of all petitions together, by source."""
    query = (
        select(partner_counts.c.source, func.sum(partner_counts.c.count))
        .where(partner_counts.c.part == part)
        .group_by(partner_counts.c.source)
    )
    return {source: int(total) for source, total in connection.execute(query)}


def list_attested(connection: Connection, petition_ids: Collection[int]) -> Sequence[Row]:
    """Return the published numbers on the lines of partners, the largest first."""
    query = (
        select(partner_counts)
        .where(partner_counts.c.petition_id.in_(petition_ids), partner_counts.c.part == ATTESTED)
        .where(partner_counts.c.count > 0)
        .order_by(partner_counts.c.count.desc(), partner_counts.c.source)
    )
    return connection.execute(query).mappings().all()


def put_partner_counts(
    connection: Connection, source: str, counts: Mapping[tuple[int, str], PublicCount]
) -> None:
    rows = [
        {
            "petition_id": petition_id,
            "source": source,
            "part": part,
            "count": public.count,
            "raise_after": public.raise_after,
            "lower_after": public.lower_after,
        }
        for (petition_id, part), public in counts.items()
    ]
    if rows:
        _replace(connection, partner_counts, rows)


def put_partner_days(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        _replace(connection, partner_days, rows)


def list_partner_days(connection: Connection, source: str) -> Sequence[Row]:
    query = select(partner_days).where(partner_days.c.source == source)
    return connection.execute(query.order_by(partner_days.c.day)).mappings().all()


def _replace(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    statement = upsert(connection, table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0].keys() - set(keys)}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)


# --- auditing ----------------------------------------------------------------------------------


def list_slugs(connection: Connection) -> Mapping[int, str]:
    query = select(petitions.c.id, petitions.c.slug)
    return {row.id: row.slug for row in connection.execute(query)}


def sum_signatures(connection: Connection) -> Sequence[Row]:
    """Return `signed` for each petition, country and source, without invalid signatures."""
    return _sum(connection, signatures, func.count(), signatures.c.invalidation.is_(None))


def sum_ledger(connection: Connection, *, is_numbered: bool = False) -> Sequence[Row]:
    """Return what `sum_signatures` returns, from all rows or from those with a number."""
    condition = ledger.c.number.is_not(None) if is_numbered else ledger.c.id.is_not(None)
    return _sum(connection, ledger, func.sum(ledger.c.change), condition)


def _sum(
    connection: Connection,
    table: Table,
    signed: ColumnElement[int],
    *conditions: ColumnElement[bool],
) -> Sequence[Row]:
    keys = (table.c.petition_id, table.c.country, table.c.source)
    query = select(*keys, signed.label("signed")).where(*conditions).group_by(*keys)
    return connection.execute(query).mappings().all()


def list_totals(connection: Connection) -> Sequence[Row]:
    """Return the folded totals: of a petition (both keys null), of a country, or of a source."""
    totals = select(
        petitions.c.id.label("petition_id"),
        null().label("country"),
        null().label("source"),
        petitions.c.total,
    )
    by_country = select(tallies.c.petition_id, tallies.c.country, null(), tallies.c.total)
    by_source = select(
        source_tallies.c.petition_id, null(), source_tallies.c.source, source_tallies.c.total
    )
    return connection.execute(totals.union_all(by_country, by_source)).mappings().all()


def sum_partner_lines(connection: Connection) -> Mapping[tuple[int, str], int]:
    """Return what the numbered rows add up to, by petition and `source, country, line`."""
    keys = (ledger.c.petition_id, ledger.c.source, ledger.c.country, ledger.c.line)
    query = (
        select(*keys, func.sum(ledger.c.change).label("total"))
        .where(ledger.c.number.is_not(None), ledger.c.source.is_not(None))
        .group_by(*keys)
    )
    return _key_lines(connection.execute(query).mappings().all())


def list_lines(connection: Connection) -> Mapping[tuple[int, str], int]:
    """Return what `sum_partner_lines` returns, as it is folded."""
    return _key_lines(connection.execute(select(partner_tallies)).mappings().all())


def _key_lines(rows: Sequence[Row]) -> Mapping[tuple[int, str], int]:
    return {
        (row["petition_id"], f"source {row['source']} in {row['country']}, {row['line']}"): int(
            row["total"]
        )
        for row in rows
    }


def list_numbers(connection: Connection) -> Sequence[Row]:
    """Return how many numbers each petition's rows have, and the highest."""
    query = select(
        ledger.c.petition_id,
        func.count(ledger.c.number).label("count"),
        func.coalesce(func.max(ledger.c.number), 0).label("highest"),
    ).group_by(ledger.c.petition_id)
    return connection.execute(query).mappings().all()

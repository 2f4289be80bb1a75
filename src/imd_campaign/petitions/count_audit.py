"""Compare the signatures, the ledger and the totals, which must agree at any moment.

A closed campaign has no signatures any more, so only the ledger and the totals are compared.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from imd_campaign.context import Context
from imd_campaign.db import Connection, Row, freeze_snapshot
from imd_campaign.petitions import ledger
from imd_campaign.switches import service as switches

Sums: TypeAlias = Counter[tuple[int, str]]
"""By petition, and by what is counted: all, a country or a source."""

TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Difference:
    petition: str
    subject: str
    one: str
    other: str

    def __str__(self) -> str:
        return f"{self.petition}, {self.subject}: {self.one}, {self.other}"


def find_differences(context: Context) -> Sequence[Difference]:
    with context.database.read() as connection:
        freeze_snapshot(connection)
        return list_differences(connection)


def list_differences(connection: Connection) -> Sequence[Difference]:
    return [
        *([] if switches.is_closed(connection) else _compare_signatures(connection)),
        *_compare_totals(connection),
        *_find_gaps(connection),
    ]


def _compare_signatures(connection: Connection) -> Iterator[Difference]:
    stored = _add_up(ledger.sum_signatures(connection))
    recorded = _add_up(ledger.sum_ledger(connection))
    for slug, key in _find_unequal(connection, stored, recorded):
        yield Difference(
            slug, key[1], f"{stored[key]} signatures", f"{recorded[key]} in the ledger"
        )


def _compare_totals(connection: Connection) -> Iterator[Difference]:
    folded = _add_up(ledger.sum_ledger(connection, is_numbered=True))
    counted = _read_totals(connection)
    folded.update(ledger.sum_partner_lines(connection))
    counted.update(ledger.list_lines(connection))
    for slug, key in _find_unequal(connection, folded, counted):
        yield Difference(
            slug, key[1], f"{folded[key]} numbered in the ledger", f"{counted[key]} counted"
        )


def _find_gaps(connection: Connection) -> Iterator[Difference]:
    slugs = ledger.list_slugs(connection)
    for row in ledger.list_numbers(connection):
        if row["count"] != row["highest"]:
            slug, highest = slugs[row["petition_id"]], f"the highest is {row['highest']}"
            yield Difference(slug, "sequence", f"{row['count']} numbers", highest)


def _find_unequal(
    connection: Connection, one: Sums, other: Sums
) -> Iterator[tuple[str, tuple[int, str]]]:
    slugs = ledger.list_slugs(connection)
    for key in sorted(one.keys() | other.keys()):
        if one[key] != other[key]:
            yield slugs[key[0]], key


def _add_up(rows: Sequence[Row]) -> Sums:
    sums: Sums = Counter()
    for row in rows:
        petition_id, signed = row["petition_id"], row["signed"]
        sums[petition_id, TOTAL] += signed
        sums[petition_id, _name_country(row["country"])] += signed
        sums[petition_id, _name_source(row["source"])] += signed
    return sums


def _read_totals(connection: Connection) -> Sums:
    rows = ledger.list_totals(connection)
    return Counter({(row["petition_id"], _name_subject(row)): row["total"] for row in rows})


def _name_subject(row: Row) -> str:
    if row["country"] is not None:
        return _name_country(row["country"])
    return TOTAL if row["source"] is None else _name_source(row["source"])


def _name_country(country: str) -> str:
    return f"country {country}"


def _name_source(source: str | None) -> str:
    return f"source {source}" if source else "no source"

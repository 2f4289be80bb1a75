"""The totals that a closed campaign hands over: numbers without people."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imd_campaign.campaign import store as campaigns
from imd_campaign.closing import store
from imd_campaign.context import Context
from imd_campaign.db import Connection, Row, freeze_snapshot
from imd_campaign.petitions import counting, ledger
from imd_campaign.petitions import store as petitions
from imd_campaign.petitions.ledger import NO_SOURCE

STEP = 10
"""As in public, parts are rounded down to tens: neither they nor a difference shows anybody."""

FIELDS = ("number", "change", "country", "source", "line", "day")


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """The last number of the ledger, and a digest that anybody can compute from its rows."""

    last_number: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PetitionTotals:
    petition: str
    lang: str
    title: str
    target: str
    opened_at: datetime
    closed_at: datetime | None
    total: int
    countries: Mapping[str, int]
    """As in public: rounded down to tens, and smaller ones are left out, also in what follows."""
    sources: Mapping[str, int]
    without_source: int
    lines: Mapping[str, int]
    ledger: LedgerHead


@dataclass(frozen=True, slots=True)
class Totals:
    campaign: str
    as_of: datetime
    petitions: Sequence[PetitionTotals]


def read_totals(context: Context) -> Totals:
    """Count what is not counted yet, and return the totals of all petitions."""
    with context.database.write() as connection:
        counting.fold_all(connection, context.now())
    with context.database.read() as connection:
        freeze_snapshot(connection)
        found = [_read_petition(connection, row) for row in petitions.list_all(connection)]
        name = store.find_name(campaigns.list_texts(connection))
    return Totals(name or "", context.now(), sorted(found, key=lambda one: one.petition))


def _read_petition(connection: Connection, row: Row) -> PetitionTotals:
    texts = petitions.list_texts(connection, [row["id"]])[row["id"]]
    lang, text = next(iter(texts.items()))
    public = ledger.list_public_counts(connection, row["id"])
    sources = dict(store.sum_by_source(connection, row["id"]))
    without = sources.pop(NO_SOURCE, 0)
    return PetitionTotals(
        petition=row["slug"],
        lang=lang,
        title=text["title"],
        target=text["target"],
        opened_at=row["opens_at"],
        closed_at=row["closes_at"],
        total=row["total"],
        countries={name: one.count for name, one in sorted(public.items()) if one.count},
        sources=_round_down(sources),
        without_source=without // STEP * STEP,
        lines=_round_down(store.sum_by_line(connection, row["id"])),
        ledger=_read_head(connection, row["id"]),
    )


def _round_down(numbers: Mapping[str, int]) -> Mapping[str, int]:
    rounded = {name: number // STEP * STEP for name, number in sorted(numbers.items())}
    return {name: number for name, number in rounded.items() if number > 0}


def _read_head(connection: Connection, petition_id: int) -> LedgerHead:
    digest, last = hashlib.sha256(), 0
    for row in store.read_ledger(connection, petition_id):
        digest.update(_format_row(row).encode())
        last = row["number"]
    return LedgerHead(last, digest.hexdigest())


def _format_row(row: Mapping[Any, Any]) -> str:
    return ",".join("" if row[name] is None else str(row[name]) for name in FIELDS) + "\n"

"""Petitions and their exact numbers, for staff. Small numbers are shown too: they name nobody."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imd_campaign.context import Context
from imd_campaign.db import Connection, Row, freeze_snapshot
from imd_campaign.petitions import ledger, store
from imd_campaign.petitions.invalidation import store as invalidations
from imd_campaign.petitions.schemas import State
from imd_campaign.petitions.service import get_state
from imd_campaign.petitions.signatures import choose_title


@dataclass(frozen=True, slots=True)
class PetitionOverview:
    slug: str
    title: str
    state: State
    goal: int
    total: int
    """What is counted; `uncounted` rows of the ledger are not in it yet."""

    uncounted: int
    invalid: int
    counted_at: datetime | None
    by_line: Mapping[str, int]
    by_country: Mapping[str, int]
    by_source: Mapping[str, int]
    """With an empty name for signatures without a source."""


def list_overviews(context: Context, lang: str | None) -> Sequence[PetitionOverview]:
    with context.database.read() as connection:
        freeze_snapshot(connection)
        numbers = _read_numbers(connection)
        rows = store.list_all(connection)
        texts = store.list_texts(connection, [row["id"] for row in rows])
    now = context.now()
    return [
        PetitionOverview(
            slug=row["slug"],
            title=choose_title(texts[row["id"]], lang),
            state=get_state(row, now),
            goal=row["goal"],
            total=row["total"],
            counted_at=row["counted_at"],
            **numbers[row["id"]],
        )
        for row in sorted(rows, key=lambda row: row["slug"])
    ]


def list_titles(context: Context, lang: str | None) -> Sequence[tuple[str, str]]:
    """Return the name and the title of each petition."""
    with context.database.read() as connection:
        rows = store.list_all(connection)
        texts = store.list_texts(connection, [row["id"] for row in rows])
    return [(row["slug"], choose_title(texts[row["id"]], lang)) for row in rows]


def _read_numbers(connection: Connection) -> Mapping[int, Mapping[str, Any]]:
    uncounted = ledger.count_unnumbered(connection)
    invalid = invalidations.count_invalid_by_petition(connection)
    lines = _group(ledger.sum_lines(connection), "line", "signed")
    totals = ledger.list_totals(connection)
    countries = _group([row for row in totals if row["country"] is not None], "country", "total")
    sources = _group([row for row in totals if row["source"] is not None], "source", "total")
    return {
        row["petition_id"]: {
            "uncounted": uncounted.get(row["petition_id"], 0),
            "invalid": invalid.get(row["petition_id"], 0),
            "by_line": lines[row["petition_id"]],
            "by_country": countries[row["petition_id"]],
            "by_source": sources[row["petition_id"]],
        }
        for row in totals
    }


def _group(rows: Sequence[Row], name: str, number: str) -> defaultdict[int, dict[str, int]]:
    """Return the numbers of each petition, the highest first, without what is 0."""
    grouped: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: (-row[number], row[name])):
        if row[number]:
            grouped[row["petition_id"]][row[name]] = row[number]
    return grouped

"""Declare signatures invalid, and undo it.

An invalid signature is kept, but it is neither counted nor public. Its signer is not told. The work
is done in short transactions, each of which changes the signatures together with the ledger: if it
stops half-way, totals agree, and what was done can be undone.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Literal, TypeAlias

from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection, Row, freeze_snapshot, lock_transaction
from imd_campaign.errors import AlreadyDecided, FieldError, InvalidBody, NotFound
from imd_campaign.petitions import ledger
from imd_campaign.petitions import store as petitions
from imd_campaign.petitions.invalidation import store
from imd_campaign.petitions.invalidation.selection import Selection, check, filter_bursts
from imd_campaign.petitions.signatures import fingerprint_signer

INVALIDATION_LOCK = 20001204
BATCH_SIZE = 500
SAMPLE_SIZE = 10
NOTHING_SELECTED = "select no signature that is counted."

InvalidationState: TypeAlias = Literal["done", "stopped", "undone", "undo-stopped"]


@dataclass(frozen=True, slots=True)
class SampleSignature:
    id: str
    petition: str
    country: str
    source: str | None
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """What an invalidation would do; no name and no address."""

    total: int
    by_petition: Mapping[str, int]
    by_country: Mapping[str, int]
    by_day: Mapping[date, int]
    by_source: Mapping[str | None, int]
    sample: Sequence[SampleSignature]


@dataclass(frozen=True, slots=True)
class Invalidation:
    id: str
    criteria: Mapping[str, Any]
    selected: int
    """How many signatures it was for."""

    invalid: int
    """How many it keeps invalid now."""

    actor: str
    reason: str
    created_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None

    @property
    def state(self) -> InvalidationState:
        if self.undone_at is not None:
            return "undo-stopped" if self.invalid else "undone"
        return "done" if self.finished_at else "stopped"

    @property
    def is_undoable(self) -> bool:
        return self.undone_at is None or self.invalid > 0


class SpreadSample:
    """Up to ten rows at equal distances, from the first on, however many are added."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._step = 1
        self._added = 0

    def add(self, row: Row) -> None:
        if self._added % self._step == 0:
            self.rows.append(row)
        if len(self.rows) > SAMPLE_SIZE:
            self.rows = self.rows[::2]
            self._step *= 2
        self._added += 1


def preview(context: Context, selection: Selection) -> Preview:
    """Count what is selected, and change nothing; most rows are not kept in memory."""
    numbers: dict[str, Counter[Any]] = {name: Counter() for name in ("slug", "country", "source")}
    days: Counter[date] = Counter()
    sample = SpreadSample()
    for row in _list_selected(context, selection):
        for name, counter in numbers.items():
            counter[row[name]] += 1
        days[_get_day(row)] += 1
        sample.add(row)
    return Preview(
        total=days.total(),
        by_petition=dict(numbers["slug"].most_common()),
        by_country=dict(numbers["country"].most_common()),
        by_day=dict(sorted(days.items())),
        by_source=dict(numbers["source"].most_common()),
        sample=[_make_sample(row) for row in sample.rows],
    )


def record_look_up(context: Context, *, actor: str) -> None:
    """Record that somebody could see whether an address has signed; without the address."""
    with context.database.write() as connection:
        audit.record(
            connection,
            now=context.now(),
            actor=actor,
            action="look-up-signer",
            subject="signatures",
            reason="signatures of one e-mail address counted",
        )


def invalidate(context: Context, selection: Selection, *, actor: str, reason: str) -> Invalidation:
    """Declare all that is selected invalid."""
    ids = [row["id"] for row in _list_selected(context, selection)]
    if not ids:
        raise InvalidBody(FieldError("body", "conditions", NOTHING_SELECTED))
    invalidation_id = _begin(context, selection, ids, actor, reason)
    remaining = iter(ids)
    while batch := list(islice(remaining, BATCH_SIZE)):
        if not _invalidate_batch(context, invalidation_id, batch):
            break
    _finish(context, invalidation_id)
    return get(context, invalidation_id)


def undo(context: Context, invalidation_id: str, *, actor: str, reason: str) -> int:
    """Count signatures again that are still stored; return how many."""
    _begin_undoing(context, invalidation_id, actor, reason)
    restored = 0
    while batch := _restore_batch(context, invalidation_id):
        restored += batch
    return restored


def get(context: Context, invalidation_id: str) -> Invalidation:
    with context.database.read() as connection:
        row = _require(store.get(connection, invalidation_id))
        return _make_invalidation(row, store.count_invalid(connection))


def list_invalidations(context: Context) -> Sequence[Invalidation]:
    with context.database.read() as connection:
        freeze_snapshot(connection)
        numbers = store.count_invalid(connection)
        return [_make_invalidation(row, numbers) for row in store.list_all(connection)]


def _list_selected(context: Context, selection: Selection) -> Iterator[Row]:
    check(selection)
    with context.database.read() as connection:
        _check_petition(connection, selection)
        prints = _find_fingerprints(context, connection, selection.email)
        rows = store.stream_selected(connection, selection, prints)
        yield from filter_bursts(rows, selection.burst) if selection.burst else rows


def _check_petition(connection: Connection, selection: Selection) -> None:
    if selection.petition and petitions.find(connection, selection.petition) is None:
        raise InvalidBody(FieldError("body", "petition", "there is no petition of this name."))


def _find_fingerprints(
    context: Context, connection: Connection, email: str | None
) -> Sequence[bytes] | None:
    if email is None:
        return None
    rows = petitions.list_all(connection)
    return [fingerprint_signer(context, row["id"], email) for row in rows]


def _begin(
    context: Context, selection: Selection, ids: Sequence[str], actor: str, reason: str
) -> str:
    invalidation_id, now = new_id("inv"), context.now()
    with context.database.write() as connection:
        store.add(
            connection,
            id=invalidation_id,
            criteria=selection.criteria,
            selected=len(ids),
            actor=actor,
            reason=reason,
            created_at=now,
        )
        audit.record(
            connection,
            now=now,
            actor=actor,
            action="invalidate-signatures",
            subject=invalidation_id,
            reason=reason,
            selected=len(ids),
            **selection.criteria,
        )
    return invalidation_id


def _invalidate_batch(context: Context, invalidation_id: str, ids: Sequence[str]) -> bool:
    """Return False if the invalidation has been undone meanwhile."""
    with context.database.write() as connection:
        lock_transaction(connection, INVALIDATION_LOCK)  # two could lock the same rows in any order
        if _require(store.get(connection, invalidation_id))["undone_at"] is not None:
            return False
        marked = store.mark(connection, invalidation_id, ids)
        ledger.append(connection, marked, -1, _get_today(context))
    return True


def _finish(context: Context, invalidation_id: str) -> None:
    with context.database.write() as connection:
        store.change(connection, invalidation_id, finished_at=context.now())


def _begin_undoing(context: Context, invalidation_id: str, actor: str, reason: str) -> None:
    """Go on with what another one has begun to undo."""
    with context.database.write() as connection:
        lock_transaction(connection, INVALIDATION_LOCK)
        row = _require(store.get(connection, invalidation_id))
        invalid = store.count_invalid(connection).get(invalidation_id, 0)
        if row["undone_at"] is not None and not invalid:
            raise AlreadyDecided
        now = context.now()
        store.change(connection, invalidation_id, undone_at=row["undone_at"] or now)
        audit.record(
            connection,
            now=now,
            actor=actor,
            action="undo-invalidation",
            subject=invalidation_id,
            reason=reason,
            restored=invalid,
        )


def _restore_batch(context: Context, invalidation_id: str) -> int:
    with context.database.write() as connection:
        lock_transaction(connection, INVALIDATION_LOCK)
        restored = store.unmark(connection, invalidation_id, BATCH_SIZE)
        ledger.append(connection, restored, +1, _get_today(context))
    return len(restored)


def _make_invalidation(row: Row, numbers: Mapping[str, int]) -> Invalidation:
    names = ("id", "criteria", "selected", "actor", "reason")
    times = ("created_at", "finished_at", "undone_at")
    return Invalidation(
        **{name: row[name] for name in (*names, *times)}, invalid=numbers.get(row["id"], 0)
    )


def _make_sample(row: Row) -> SampleSignature:
    return SampleSignature(
        row["id"], row["slug"], row["country"], row["source"], row["confirmed_at"]
    )


def _get_day(row: Row) -> date:
    moment: datetime = row["confirmed_at"]
    return moment.astimezone(UTC).date()


def _get_today(context: Context) -> date:
    return context.now().astimezone(UTC).date()


def _require(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row

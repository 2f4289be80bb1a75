"""Choose which mailboxes are e-mailed now, and what has to wait.

A network may cause so many e-mails; more wait, unless a proof of work came with them. All networks
together may cause as many as the mail server takes. Every mailbox counts, also if it gets no
e-mail: what waits shows nothing about other mailboxes.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from imd_campaign.context import Context
from imd_campaign.db import Connection, Row
from imd_campaign.mail import service as mail
from imd_campaign.networks import store as networks
from imd_campaign.networks.limits import EVERYBODY, MAX_WAIT, MINUTE, WINDOW, Schedule
from imd_campaign.submissions import store
from imd_campaign.submissions.lanes import HEAD_STARTS, Lane
from imd_campaign.submissions.locks import lock_mailboxes

BATCH_SIZE = 200


@dataclass(slots=True)
class Admission:
    mailboxes: dict[bytes, Lane] = field(default_factory=dict)
    """Those that are e-mailed now, each with the fastest lane of its submissions."""
    slowed_down: dict[tuple[bytes, bytes], datetime] = field(default_factory=dict)
    """When it is the turn of a mailbox and a network."""

    @property
    def size(self) -> int:
        return len(self.mailboxes) + len(self.slowed_down)

    def list_mailboxes(self) -> Collection[bytes]:
        return self.mailboxes.keys() | {mailbox for mailbox, _ in self.slowed_down}


def admit(context: Context, connection: Connection, now: datetime) -> Admission:
    """Choose from the next submissions, and record what networks use."""
    due = store.list_due(connection, now, BATCH_SIZE)
    if not due:
        return Admission()
    choice = _Choice(now, _make_schedules(connection, due, now))
    room = min(_find_room(context, connection, now), BATCH_SIZE)
    for row in sorted(due, key=_rank):
        choice.consider(row, room)
    networks.record_uses(connection, choice.list_uses())
    # Otherwise a mailbox that is rejected at this moment would still get its e-mail.
    lock_mailboxes(connection, choice.admission.list_mailboxes())
    store.slow_down(connection, choice.admission.slowed_down)
    return choice.admission


def _rank(row: Row) -> datetime:
    rank: datetime = row["due_at"] - HEAD_STARTS[row["lane"]]
    return rank


def _make_schedules(
    connection: Connection, due: Sequence[Row], now: datetime
) -> Mapping[bytes, Schedule]:
    found = {row["network"] for row in due if row["network"] and row["lane"] == Lane.NEW}
    uses = networks.list_uses(connection, found, now - WINDOW) if found else {}
    return {network: Schedule(uses.get(network, ())) for network in found}


def _find_room(context: Context, connection: Connection, now: datetime) -> int:
    settings = context.settings
    used = networks.count_uses(connection, EVERYBODY, now - MINUTE, now)
    queued = mail.count_queued_confirmations(connection, settings.outbox_limit)
    return min(settings.confirmation_rate - used, settings.outbox_limit - queued)


@dataclass(slots=True)
class _Choice:
    now: datetime
    schedules: Mapping[bytes, Schedule]
    admission: Admission = field(default_factory=Admission)
    uses: Counter[tuple[bytes, datetime]] = field(default_factory=Counter)

    def consider(self, row: Row, room: int) -> None:
        chosen, mailbox = self.admission, row["mailbox"]
        if mailbox in chosen.mailboxes or (mailbox, row["network"]) in chosen.slowed_down:
            return
        if self._has_to_wait(row):
            self._slow_down(row)
        elif len(chosen.mailboxes) < room:
            self._take(row)

    def _has_to_wait(self, row: Row) -> bool:
        schedule = self._find_schedule(row)
        return schedule is not None and schedule.find_next(self.now, _latest(row)) > self.now

    def _slow_down(self, row: Row) -> None:
        until = self.schedules[row["network"]].plan(self.now, _latest(row))
        self.admission.slowed_down[row["mailbox"], row["network"]] = until
        self.uses[row["network"], until] += 1

    def _take(self, row: Row) -> None:
        self.admission.mailboxes[row["mailbox"]] = Lane(row["lane"])
        if schedule := self._find_schedule(row):
            self.uses[row["network"], schedule.plan(self.now, _latest(row))] += 1

    def _find_schedule(self, row: Row) -> Schedule | None:
        """Return the schedule that a submission is subject to: once, and not with a proof."""
        return self.schedules.get(row["network"]) if row["lane"] == Lane.NEW else None

    def list_uses(self) -> Mapping[tuple[bytes, datetime], int]:
        number = len(self.admission.mailboxes)
        return {**self.uses, (EVERYBODY, self.now): number} if number else self.uses


def _latest(row: Row) -> datetime:
    latest: datetime = row["created_at"] + MAX_WAIT
    return latest

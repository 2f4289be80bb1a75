"""The report of a bulk job: what happened to each row."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

ROWS_NAMED = 100


class RowOutcome(StrEnum):
    """What happened to a row."""

    SENT = "sent"
    """The campaign accepted it (202); it counts once the person confirms it."""
    SKIPPED = "skipped"
    """Already sent, by an earlier run or as an earlier row with the same contents."""
    INVALID = "invalid"
    """Not sent: a field is missing or invalid."""
    REFUSED = "refused"
    """The campaign rejected it, and would reject the same row again."""
    NOT_SENT = "not_sent"
    """It did not reach the campaign; the next run sends it."""
    UNKNOWN = "unknown"
    """It was sent but no complete response arrived; the next run sends it with the same key."""


TO_FIX = (RowOutcome.INVALID, RowOutcome.REFUSED)
TO_RESUME = (RowOutcome.NOT_SENT, RowOutcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Failure:
    """Rows that were not sent for the same reason."""

    outcome: RowOutcome
    reason: str
    """A problem type with the fields it names, or a sentence; never a value of the row."""
    count: int
    rows: tuple[int, ...]
    """The numbers of the first hundred rows."""


class Report:
    """The progress of a job; `sign_many` returns the final one."""

    def __init__(self) -> None:
        self.read: int = 0
        """How many rows were read."""
        self.late: int = 0
        """Rows of unknown outcome that were sent again after their key had expired.

        The campaign counts each e-mail address once, but may have e-mailed these people twice.
        """
        self.stopped: str | None = None
        """Why the job stopped early; None if it did not."""
        self.has_read_all: bool = False
        """Whether all rows were read."""
        self._counts = dict.fromkeys(RowOutcome, 0)
        self._totals: Counter[tuple[RowOutcome, str]] = Counter()
        self._rows: defaultdict[tuple[RowOutcome, str], list[int]] = defaultdict(list)

    def note(self, outcome: RowOutcome, row: int, reason: str | None = None) -> None:
        """Count a row, and list it if it has a reason; the job calls this."""
        self._counts[outcome] += 1
        if reason is None:
            return
        self._totals[kind := (outcome, reason)] += 1
        if len(self._rows[kind]) < ROWS_NAMED:
            self._rows[kind].append(row)

    @property
    def sent(self) -> int:
        """How many rows the campaign accepted in this run."""
        return self._counts[RowOutcome.SENT]

    @property
    def skipped(self) -> int:
        """How many rows had already been sent."""
        return self._counts[RowOutcome.SKIPPED]

    @property
    def invalid(self) -> int:
        """How many rows cannot be sent without a correction."""
        return self._counts[RowOutcome.INVALID]

    @property
    def refused(self) -> int:
        """How many rows the campaign rejected."""
        return self._counts[RowOutcome.REFUSED]

    @property
    def not_sent(self) -> int:
        """How many rows did not reach the campaign."""
        return self._counts[RowOutcome.NOT_SENT]

    @property
    def unknown(self) -> int:
        """How many rows were sent without a complete response."""
        return self._counts[RowOutcome.UNKNOWN]

    @property
    def to_fix(self) -> int:
        """How many rows need a correction."""
        return self.invalid + self.refused

    @property
    def to_resume(self) -> int:
        """How many of the rows read the next run would send again unchanged."""
        return self.not_sent + self.unknown

    @property
    def is_complete(self) -> bool:
        """Whether every row was sent, in this run or an earlier one."""
        return self.has_read_all and not self.stopped and not self.to_fix and not self.to_resume

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The rows that were not sent, by reason, most frequent first."""
        return tuple(
            Failure(*kind, count, tuple(sorted(self._rows[kind])))
            for kind, count in self._totals.most_common()
        )

    @property
    def advice(self) -> str:
        """What to do next, in a sentence or two."""
        if self.is_complete:
            return "Every row was sent. Delete the file with the signatures when you can."
        steps = []
        if self.stopped or not self.has_read_all or self.to_resume:
            steps.append(
                "Run the same job again with the same journal: it continues where it stopped."
            )
        if self.to_fix:
            steps.append(
                "Write the rows that were not sent to a file (write_unsent, --unsent FILE),"
                " correct them, and send that file with the same journal."
            )
        if self.late:
            steps.append("Some people may have been e-mailed twice; nobody is counted twice.")
        return " ".join(steps)

    def as_dict(self) -> dict[str, Any]:
        """Return all values in types that JSON has."""
        return {
            "read": self.read,
            **{str(outcome): count for outcome, count in self._counts.items()},
            "late": self.late,
            "complete": self.is_complete,
            "stopped": self.stopped,
            "failures": [asdict(failure) for failure in self.failures],
            "advice": self.advice,
        }

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {outcome}" for outcome, n in self._counts.items() if n)
        return f"<Report {counts or 'nothing yet'}{'' if self.is_complete else ', not complete'}>"

"""What came of a job, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Failure", "Outcome", "Report"]

ROWS_NAMED = 100


class Outcome(StrEnum):
    """What became of a row."""

    SENT = "sent"
    """The campaign took it (202); it counts once the person has followed the mailed link."""
    SKIPPED = "skipped"
    """Sent before, by an earlier run or as an earlier row with the same contents."""
    INVALID = "invalid"
    """Not sent: a column is missing or cannot be read."""
    REFUSED = "refused"
    """The campaign said no; the same row would be refused again."""
    NOT_SENT = "not_sent"
    """Nothing reached the campaign; the next run sends it."""
    UNKNOWN = "unknown"
    """It left and no whole answer came; the next run asks again with the same key."""


TO_FIX = (Outcome.INVALID, Outcome.REFUSED)
TO_RESUME = (Outcome.NOT_SENT, Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Failure:
    """Rows that were not sent for the same reason."""

    outcome: Outcome
    reason: str
    """A problem type with the fields it names, or a sentence; never a value."""
    count: int
    rows: tuple[int, ...]
    """The numbers of the first hundred of them."""


class Report:
    """What came of a job so far; the one that `sign_many` returns is final."""

    def __init__(self) -> None:
        self.read: int = 0
        """How many rows were read."""
        self.late: int = 0
        """Rows of unknown outcome that were sent again after the campaign had forgotten their key.

        It still counts nobody twice, as it knows the mailbox, but may have mailed them twice.
        """
        self.stopped: str | None = None
        """Why the job was stopped before its end; None when it was not."""
        self.ended: bool = False
        """Whether all rows were read."""
        self._counts = dict.fromkeys(Outcome, 0)
        self._failures: dict[tuple[Outcome, str], list[int]] = {}
        self._totals: dict[tuple[Outcome, str], int] = {}

    def note(self, outcome: Outcome, row: int, reason: str | None = None) -> None:
        """Count a row, and with a reason name it; the job does this."""
        self._counts[outcome] += 1
        if reason is None:
            return
        kind = (outcome, reason)
        self._totals[kind] = self._totals.get(kind, 0) + 1
        rows = self._failures.setdefault(kind, [])
        if len(rows) < ROWS_NAMED:
            rows.append(row)

    @property
    def sent(self) -> int:
        """How many rows the campaign took in this run."""
        return self._counts[Outcome.SENT]

    @property
    def skipped(self) -> int:
        """How many rows had been sent before."""
        return self._counts[Outcome.SKIPPED]

    @property
    def invalid(self) -> int:
        """How many rows cannot be sent as they are."""
        return self._counts[Outcome.INVALID]

    @property
    def refused(self) -> int:
        """How many rows the campaign refused."""
        return self._counts[Outcome.REFUSED]

    @property
    def not_sent(self) -> int:
        """How many rows did not reach the campaign."""
        return self._counts[Outcome.NOT_SENT]

    @property
    def unknown(self) -> int:
        """How many rows left and had no whole answer."""
        return self._counts[Outcome.UNKNOWN]

    @property
    def to_fix(self) -> int:
        """How many rows need a correction."""
        return self.invalid + self.refused

    @property
    def to_resume(self) -> int:
        """How many of the rows that were read a next run would send again as they are."""
        return self.not_sent + self.unknown

    @property
    def complete(self) -> bool:
        """Whether every row was sent, now or before."""
        return self.ended and not self.stopped and not self.to_fix and not self.to_resume

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The rows that were not sent, by reason, the most frequent first."""
        found = [
            Failure(outcome, reason, self._totals[outcome, reason], tuple(sorted(rows)))
            for (outcome, reason), rows in self._failures.items()
        ]
        return tuple(sorted(found, key=lambda failure: -failure.count))

    @property
    def advice(self) -> str:
        """How to go on, in a sentence or two."""
        if self.complete:
            return "Every row was sent. Delete the file with the signatures when you can."
        steps = []
        if self.stopped or not self.ended or self.to_resume:
            steps.append("Run the same again with the same journal: it goes on where it was.")
        if self.to_fix:
            steps.append(
                "Write the rows that were not sent to a file (write_unsent, --unsent FILE),"
                " correct them and send that file with the same journal."
            )
        if self.late:
            steps.append("Some rows may have been mailed twice; nobody is counted twice.")
        return " ".join(steps)

    def as_dict(self) -> dict[str, Any]:
        """Everything in plain values, for JSON."""
        return {
            "read": self.read,
            **{str(outcome): count for outcome, count in self._counts.items()},
            "late": self.late,
            "complete": self.complete,
            "stopped": self.stopped,
            "failures": [
                {"outcome": str(f.outcome), "reason": f.reason, "count": f.count, "rows": f.rows}
                for f in self.failures
            ],
            "advice": self.advice,
        }

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {outcome}" for outcome, n in self._counts.items() if n)
        return f"<Report {counts or 'nothing yet'}{'' if self.complete else ', not complete'}>"

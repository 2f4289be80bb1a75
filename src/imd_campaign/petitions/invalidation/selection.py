"""Which signatures staff select, without seeing who signed."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from imd_campaign.db import Row
from imd_campaign.email_addresses import validate
from imd_campaign.errors import FieldError, InvalidBody
from imd_locale.countries import COUNTRIES

BURST_MINUTES = range(1, 24 * 60 + 1)
BURST_SIZES = range(2, 10_001)
DEFAULT_BURST_SIZE = 10

LONGEST_TIME = timedelta(days=7)
"""What a time may span that is the only condition; a longer one could be a whole petition."""

NO_CONDITION = (
    "Name at least one of: a country, a source, a burst, an e-mail address, or a time of at most "
    f"{LONGEST_TIME.days} days."
)


@dataclass(frozen=True, slots=True)
class Burst:
    """Signatures of which at least `size` were confirmed within `minutes` of each other."""

    minutes: int
    size: int = DEFAULT_BURST_SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Conditions that a signature has to meet, all of them."""

    until: datetime
    """The time before which it was confirmed, so that a preview stays true."""

    petition: str | None = None
    country: str | None = None
    source: str | None = None
    """An empty one selects signatures without a source."""

    since: datetime | None = None
    burst: Burst | None = None
    email: str | None = field(default=None, repr=False)

    @property
    def criteria(self) -> Mapping[str, Any]:
        """The conditions as they are recorded: without the address."""
        recorded = {
            "petition": self.petition,
            "country": self.country,
            "source": self.source,
            "since": self.since and self.since.isoformat(),
            "until": self.until.isoformat(),
            "burst_minutes": self.burst and self.burst.minutes,
            "burst_size": self.burst and self.burst.size,
            "one_mailbox": True if self.email else None,
        }
        return {name: value for name, value in recorded.items() if value is not None}


def check(selection: Selection) -> None:
    if errors := list(_find_errors(selection)):
        raise InvalidBody(*errors)


def _find_errors(selection: Selection) -> Iterator[FieldError]:
    conditions = (selection.country, selection.burst, selection.email)
    if not any(conditions) and selection.source is None and not _has_short_time(selection):
        yield FieldError("body", "conditions", NO_CONDITION)
    if selection.country and selection.country not in COUNTRIES:
        yield FieldError("body", "country", "must be a code of two letters, such as ES.")
    if selection.since and selection.since >= selection.until:
        yield FieldError("body", "since", "must be before the end of the time.")
    if selection.burst:
        yield from _find_errors_of_burst(selection.burst)
    if selection.email is not None:
        yield from _find_errors_of_address(selection.email)


def _has_short_time(selection: Selection) -> bool:
    since = selection.since
    return since is not None and selection.until - since <= LONGEST_TIME


def _find_errors_of_burst(burst: Burst) -> Iterator[FieldError]:
    if burst.minutes not in BURST_MINUTES:
        yield FieldError("body", "burst_minutes", f"must be from 1 to {BURST_MINUTES[-1]}.")
    if burst.size not in BURST_SIZES:
        yield FieldError("body", "burst_size", f"must be from 2 to {BURST_SIZES[-1]}.")


def _find_errors_of_address(email: str) -> Iterator[FieldError]:
    try:
        validate(email)
    except ValueError as error:
        yield FieldError("body", "email", str(error))


def filter_bursts(rows: Iterable[Row], burst: Burst) -> Iterator[Row]:
    """Yield what belongs to a burst; the rows are in the order of petition and time."""
    for _, of_petition in groupby(rows, key=lambda row: row["petition_id"]):
        yield from _filter_bursts(of_petition, burst)


def _filter_bursts(rows: Iterable[Row], burst: Burst) -> Iterator[Row]:
    """Yield each row that is in a window of `size` rows which lasts `minutes` at most."""
    span = timedelta(minutes=burst.minutes)
    waiting: deque[Row] = deque()
    times: deque[datetime] = deque(maxlen=burst.size)
    for row in rows:
        waiting.append(row)
        times.append(row["confirmed_at"])
        if len(times) == burst.size and times[-1] - times[0] <= span:
            yield from waiting
            waiting.clear()
        elif len(waiting) == burst.size:
            waiting.popleft()

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def zone_names() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime", "Factory"})


def zone_of(name: str) -> ZoneInfo | None:
    return ZoneInfo(name) if name in zone_names() else None


def agrees(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the offset a moment was written with is the one its zone has then."""
    return moment.utcoffset() == moment.astimezone(zone).utcoffset()


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def last_day(starts_at: datetime, ends_at: datetime | None, zone: ZoneInfo) -> date:
    """The last day an event takes place; one that ends at midnight does not reach the next."""
    if ends_at is None:
        return local_day(starts_at, zone)
    return local_day(max(starts_at, ends_at - timedelta(microseconds=1)), zone)

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def list_zone_names() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime", "Factory"})


def find_zone(name: str) -> ZoneInfo | None:
    return ZoneInfo(name) if name in list_zone_names() else None


def has_zone_offset(moment: datetime, zone: ZoneInfo) -> bool:
    """Return whether the offset of a moment is the one that its zone has at that time."""
    return moment.utcoffset() == moment.astimezone(zone).utcoffset()


def to_local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def find_last_day(starts_at: datetime, ends_at: datetime | None, zone: ZoneInfo) -> date:
    """The last day an event takes place; one that ends at midnight does not reach the next."""
    if ends_at is None:
        return to_local_day(starts_at, zone)
    return to_local_day(max(starts_at, ends_at - timedelta(microseconds=1)), zone)

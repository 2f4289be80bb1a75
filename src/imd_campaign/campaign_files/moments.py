"""Times in the files: with an offset, or local times of a zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from imd_campaign.events.time_zones import has_zone_offset

SKIPPED = "does not exist in {zone}: clocks skip it. Choose another time."
REPEATED = "occurs twice in {zone}. Add its offset, such as {example}."
OTHER_OFFSET = "has another offset than {zone} has at that time. Leave the offset out."


def resolve(value: datetime, zone_name: str) -> datetime:
    """Return a time with an offset; raise a `ValueError` if the local time is not one moment."""
    if value.tzinfo is not None:
        return value
    zone = ZoneInfo(zone_name)
    earlier, later = value.replace(tzinfo=zone, fold=0), value.replace(tzinfo=zone, fold=1)
    if earlier.utcoffset() == later.utcoffset():
        return earlier
    if has_zone_offset(datetime.fromisoformat(earlier.isoformat()), zone):
        raise ValueError(REPEATED.format(zone=zone_name, example=earlier.isoformat()))
    raise ValueError(SKIPPED.format(zone=zone_name))


def require_zone_offset(moment: datetime, zone_name: str) -> None:
    if not has_zone_offset(moment, ZoneInfo(zone_name)):
        raise ValueError(OTHER_OFFSET.format(zone=zone_name))

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from imd_campaign.events.time_zones import (
    find_last_day,
    find_zone,
    has_zone_offset,
    to_local_day,
)

APIA = ZoneInfo("Pacific/Apia")


def test_local_day_is_in_the_events_time_zone() -> None:
    assert to_local_day(datetime.fromisoformat("2026-12-18T05:00:00+00:00"), APIA) == date(
        2026, 12, 18
    )
    assert to_local_day(datetime.fromisoformat("2026-12-18T11:00:00+00:00"), APIA) == date(
        2026, 12, 19
    )


def test_event_ending_at_midnight_ends_on_the_previous_day() -> None:
    starts, ends = (
        datetime.fromisoformat(f"2026-12-{at}+13:00") for at in ("18T20:00", "19T00:00")
    )
    assert find_last_day(starts, ends, APIA) == date(2026, 12, 18)


@pytest.mark.parametrize(
    ("moment", "right"),
    [
        ("2026-12-18T18:00:00-06:00", True),
        ("2026-12-18T18:00:00-05:00", False),
        ("2026-12-18T18:00:00+00:00", False),
    ],
)
def test_offset_must_match_the_time_zone(moment: str, right: bool) -> None:
    assert has_zone_offset(datetime.fromisoformat(moment), ZoneInfo("America/Mexico_City")) is right


def test_skipped_local_time_has_no_valid_offset() -> None:
    zone = ZoneInfo("Europe/Berlin")
    skipped = datetime.fromisoformat("2027-03-28T02:30:00+01:00")
    assert has_zone_offset(skipped, zone) is False


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "", "localtime"])
def test_unknown_time_zone_is_rejected(name: str) -> None:
    assert find_zone(name) is None

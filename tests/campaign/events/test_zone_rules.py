from datetime import UTC, datetime, timedelta
from functools import cache
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from hypothesis import assume, example, given
from hypothesis import strategies as st
from icalendar import Calendar

from imd_campaign.events.feeds.icalendar_export import write_calendar
from imd_campaign.events.feeds.items import FeedItem
from imd_campaign.events.feeds.zone_rules import find_rule
from imd_campaign.events.schemas import Event
from imd_campaign.events.time_zones import list_zone_names

# In Cairo, Gaza, Jerusalem, Nuuk and Santiago, clocks change on the day after or before an nth
# weekday; the rule of Casablanca is the constant one outside of Ramadan.
ZONES = st.sampled_from(sorted(list_zone_names()))
# `to_tz` of icalendar ends in 2038.
YEARS = st.integers(2000, 2036)
AROUND_A_CHANGE = st.integers(-3 * 60, 3 * 60).map(lambda minutes: timedelta(minutes=minutes))
DAYS = st.integers(0, 365)


def make_item(starts_at: datetime, zone: str, ends_at: datetime | None = None) -> FeedItem:
    event = Event(
        id="evt_1",
        title="Vigil",
        description="Candles.",
        lang="en",
        languages=["en"],
        kind="vigil",
        state="public",
        starts_at=starts_at,
        ends_at=ends_at,
        time_zone=zone,
        online=True,
        url=None,
        place=None,
        host=None,
        capacity=None,
        places_left=None,
        distance_km=None,
        updated_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    return FeedItem(event, 0, "https://campaign.example/events/evt_1")


def write(starts_at: datetime, zone: str, ends_at: datetime | None = None) -> bytes:
    return b"".join(write_calendar([make_item(starts_at, zone, ends_at)]))


def read_with_icalendar(ics: bytes) -> datetime:
    """Read an event's start with the zone that the file defines, not the reader's own."""
    calendar = Calendar.from_ical(ics)
    local = calendar.events[0]["dtstart"].dt
    if not calendar.timezones:
        return local
    [zone] = calendar.timezones
    return local.replace(tzinfo=zone.to_tz())


def read_with_dateutil(ics: bytes) -> datetime:
    local = Calendar.from_ical(ics).events[0]["dtstart"].dt
    text = ics.decode()
    if "BEGIN:VTIMEZONE" not in text:
        return local
    return local.replace(tzinfo=tzical(StringIO(text)).get())


@cache
def list_changes(zone: str, year: int) -> list[datetime]:
    """Return the moments of a year at which the clocks of a zone change."""
    tz, found = ZoneInfo(zone), []
    start = datetime(year, 1, 1, tzinfo=UTC)
    for hours in range(0, 366 * 24, 24):
        low, high = start + timedelta(hours=hours), start + timedelta(hours=hours + 24)
        if low.astimezone(tz).utcoffset() == high.astimezone(tz).utcoffset():
            continue
        while high - low > timedelta(minutes=1):
            middle = low + (high - low) / 2
            same = middle.astimezone(tz).utcoffset() == low.astimezone(tz).utcoffset()
            low, high = (middle, high) if same else (low, middle)
        found.append(high.replace(second=0, microsecond=0))
    return found


@given(zone=ZONES, year=YEARS, day=DAYS, shift=AROUND_A_CHANGE)
@example("Africa/Casablanca", 2026, 0, timedelta(hours=-1))
@example("Europe/Dublin", 2026, 364, timedelta(minutes=30))
@example("Australia/Lord_Howe", 2026, 100, timedelta(minutes=10))
@example("America/Goose_Bay", 2007, 1, timedelta(minutes=119))  # changed at 00:01 until 2011
def test_readers_find_the_moment_in_every_zone(zone, year, day, shift):
    changes = list_changes(zone, year)
    around = changes[day % len(changes)] if changes else datetime(year, 1, 1, tzinfo=UTC)
    moment = around + shift + (timedelta() if changes else timedelta(days=day))
    ics = write(moment, zone)
    assert read_with_icalendar(ics).astimezone(UTC) == moment
    assert read_with_dateutil(ics).astimezone(UTC) == moment


@given(zone=ZONES)
def test_zone_is_defined_by_at_most_two_yearly_rules(zone):
    rule = find_rule(zone)
    assume(rule is not None)
    component = rule.make_component()
    parts = component.subcomponents
    assert len(parts) <= 2
    assert b"RDATE" not in component.to_ical()
    assert all("rrule" in part for part in parts) == (len(parts) == 2)


def test_most_zones_have_a_rule_that_calendars_understand():
    without = {name for name in list_zone_names() if find_rule(name) is None}
    assert {"Africa/Cairo", "America/Santiago", "Asia/Gaza", "Asia/Jerusalem"} <= without
    assert len(without) < 20


def test_summer_and_winter_time_of_berlin():
    ics = write(datetime(2026, 7, 1, tzinfo=UTC), "Europe/Berlin").decode().splitlines()
    start, end = ics.index("BEGIN:VTIMEZONE"), ics.index("END:VTIMEZONE")
    assert ics[start + 1 : end] == [
        "TZID:Europe/Berlin",
        "BEGIN:STANDARD",
        "DTSTART:19981025T030000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        "TZNAME:CET",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "END:STANDARD",
        "BEGIN:DAYLIGHT",
        "DTSTART:19980329T020000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
        "TZNAME:CEST",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "END:DAYLIGHT",
    ]


@pytest.mark.parametrize("zone", ["Africa/Casablanca", "Africa/Cairo"])
def test_moments_that_no_yearly_rule_describes_are_in_utc(zone):
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC) if "Casa" in zone else datetime.now(UTC)
    assert b"TZID" not in write(moment, zone)


def test_start_and_end_are_both_in_utc_if_one_of_them_is():
    starts_at = datetime(2026, 10, 25, 0, tzinfo=UTC)
    ics = write(starts_at, "Europe/Berlin", ends_at=starts_at + timedelta(minutes=90))
    assert b"DTSTART:20261025T000000Z" in ics
    assert b"DTEND:20261025T013000Z" in ics


def test_zone_is_defined_once():
    items = [make_item(datetime(2026, 12, day, tzinfo=UTC), "Europe/Berlin") for day in (18, 19)]
    assert b"".join(write_calendar(items)).count(b"BEGIN:VTIMEZONE") == 1

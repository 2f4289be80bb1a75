"""Calendars are read as they are written, and whatever is written is read within limits."""

import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ics import NAIROBI, NOW, make_calendar, make_event, read

from imd_campaign.calendars.content_lines import InvalidCalendar
from imd_campaign.calendars.entries import MAX_ENTRIES, read_feed


def starts(*events: str, head: str = "") -> list[str]:
    return [f"{entry.starts_at:%m-%d %H:%M %Z}" for entry in read(*events, head=head).entries]


def test_event_is_read_with_its_fields():
    (entry,) = read(make_event(URL="https://group.example/vigil", GEO="-1.29;36.82")).entries
    assert (entry.title, entry.description) == ("Sample vigil", "Bring a candle.")
    assert entry.location == "Sample Hall, 5 Sample Street"
    assert (entry.point, entry.url) == ((-1.29, 36.82), "https://group.example/vigil")
    assert entry.ends_at - entry.starts_at == timedelta(hours=2)
    assert entry.time_zone == "Africa/Nairobi"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("20261218T180000", "12-18 18:00 EAT"),
        ("20261218T180000Z", "12-18 21:00 EAT"),
        (";TZID=Europe/Paris:20261218T180000", "12-18 18:00 CET"),
        (";TZID=/example.org/Europe/Paris:20261218T180000", "12-18 18:00 CET"),
        (';TZID="W. Europe Standard Time":20261218T180000', "12-18 18:00 CET"),
        (";TZID=Nowhere/Land:20261218T180000", "12-18 18:00 EAT"),
        (";VALUE=DATE:20261218", "12-18 00:00 EAT"),
    ],
)
def test_start_is_in_the_zone_of_the_event(written: str, expected: str):
    assert starts(make_event(DTSTART=written, DTEND="")) == [expected]


def test_floating_time_is_in_the_zone_of_the_calendar():
    head = "X-WR-TIMEZONE:Asia/Manila\r\n"
    assert starts(make_event(), head=head) == ["12-18 18:00 PST"]


def test_all_day_event_ends_at_midnight():
    (entry,) = read(make_event(DTSTART=";VALUE=DATE:20261218", DTEND="")).entries
    assert entry.ends_at - entry.starts_at == timedelta(days=1)


def test_recurring_event_keeps_its_local_time_when_clocks_change():
    weekly = make_event(
        DTSTART=";TZID=America/New_York:20261101T180000", DTEND="", RRULE="FREQ=WEEKLY;COUNT=20"
    )
    found = starts(weekly)
    assert found[0] == "11-29 18:00 EST"
    assert found[-1] == "03-14 18:00 EDT"


def test_only_occurrences_of_the_next_120_days_are_read():
    entries = read(make_event(DTSTART="20200101T180000", DTEND="", RRULE="FREQ=DAILY")).entries
    assert len(entries) == 120
    assert NOW < entries[0].starts_at < entries[-1].starts_at <= NOW + timedelta(days=120)


def test_excluded_and_moved_occurrences_are_not_read_twice():
    master = make_event(
        DTSTART="20261207T180000", RRULE="FREQ=WEEKLY;COUNT=3", EXDATE="20261214T180000", DTEND=""
    )
    moved = make_event(RECURRENCE_ID="20261221T180000", DTSTART="20261222T190000", DTEND="")
    assert starts(moved, master) == ["12-07 18:00 EAT", "12-22 19:00 EAT"]


def test_occurrence_that_was_moved_far_away_is_not_read():
    master = make_event(DTSTART="20261207T180000", RRULE="FREQ=WEEKLY;COUNT=2", DTEND="")
    moved = make_event(RECURRENCE_ID="20261214T180000", DTSTART="20281214T180000", DTEND="")
    assert starts(master, moved) == ["12-07 18:00 EAT"]


def test_whole_day_can_be_excluded():
    daily = make_event(
        DTSTART="20261207T180000",
        RRULE="FREQ=DAILY;COUNT=2",
        DTEND="",
        EXDATE=";VALUE=DATE:20261208",
    )
    assert starts(daily) == ["12-07 18:00 EAT"]


def test_cancelled_event_is_read_as_cancelled():
    (entry,) = read(make_event(STATUS="CANCELLED")).entries
    assert entry.is_cancelled


def test_html_is_removed_from_the_description():
    html = "<p>Bring a <b>candle</b>.</p><script>alert(1)</script>Tom &amp\\; Ana<br>Sing"
    (entry,) = read(make_event(DESCRIPTION=html)).entries
    assert entry.description == "Bring a candle.\nTom & Ana\nSing"


def test_characters_that_hide_or_turn_text_are_removed():
    (entry,) = read(make_event(SUMMARY="Sample\u202e vigil\x07")).entries
    assert entry.title == "Sample vigil"


def test_people_of_an_event_are_not_read():
    event = make_event(
        ORGANIZER="mailto:sample.person@example.org", ATTENDEE="mailto:a@example.org"
    )
    assert "example.org" not in repr(read(event)).replace("vigil@group.example", "")


def test_event_that_cannot_be_read_is_skipped_and_the_feed_is_not_complete():
    feed = read(make_event(UID="broken", DTSTART="soon"), make_event())
    assert [entry.uid for entry in feed.entries] == ["vigil@group.example"]
    assert not feed.is_complete


# --- hostile calendars ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        b"BEGIN:VCALENDAR",
        make_calendar(make_event())[:-20],
        make_calendar("BEGIN:VEVENT\r\n"),
        make_calendar("BEGIN:X\r\n" * 10 + "END:X\r\n" * 10),
        make_calendar("X:1\r\n" * 40_000),
        make_calendar("BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 1001),
    ],
    ids=["empty", "html", "begin", "cut", "open", "nested", "lines", "events"],
)
def test_what_is_not_a_whole_calendar_is_refused(data: bytes):
    with pytest.raises(InvalidCalendar):
        read_feed(data, NAIROBI, NOW)


def test_number_of_entries_is_limited():
    daily = [
        make_event(UID=str(n), DTSTART="20261201T180000", DTEND="", RRULE="FREQ=DAILY")
        for n in range(50)
    ]
    feed = read(*daily)
    assert (len(feed.entries), feed.is_complete) == (MAX_ENTRIES, False)


def measure(data: bytes) -> float:
    started = time.process_time()
    read_feed(data, NAIROBI, NOW)
    return time.process_time() - started


@pytest.mark.parametrize(
    "events",
    [
        [make_event(UID=str(n), RRULE="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30") for n in range(900)],
        [make_event(SUMMARY="a" * 500_000)],
        [make_event(DESCRIPTION="<" * 30_000)],
        [make_event(DESCRIPTION="<a" * 15_000)],
        [make_event(EXDATE=",".join(["20261218T180000"] * 1900), RRULE="FREQ=DAILY")],
        [make_event(SUMMARY=";" + "A=" * 10_000 + ":x")],
    ],
    ids=["rules", "line", "brackets", "tags", "dates", "parameters"],
)
def test_hostile_calendar_takes_little_time(events: list[str]):
    assert measure(make_calendar(*events)) < 3


LINES = st.sampled_from(
    [
        "DTSTART:", "DTEND:", "DURATION:", "RRULE:", "RDATE:", "EXDATE:", "RECURRENCE-ID:", "GEO:",
        "SUMMARY:", "URL:", "STATUS:", "DTSTART;TZID=", 'CONFERENCE;X="', "UID:",
    ]
)  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "20261218T180000",
            "20261218",
            "-P1W",
            "PT",
            "FREQ=DAILY",
            "FREQ=DAILY;COUNT=-1",
            "1;2",
            ":",
        ]
    ),
)


@given(lines=st.lists(st.tuples(LINES, VALUES), max_size=12))
def test_whatever_is_written_is_read_or_refused(lines: list[tuple[str, str]]):
    body = "".join(f"{name}{value}\r\n" for name, value in lines)
    event = make_event(UID="first") + f"BEGIN:VEVENT\r\nUID:other\r\n{body}END:VEVENT\r\n"
    try:
        entries = read(event).entries
    except InvalidCalendar:
        return
    assert all(NOW < entry.starts_at <= NOW + timedelta(days=120) for entry in entries)

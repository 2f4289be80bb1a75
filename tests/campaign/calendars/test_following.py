"""What is new, changed or cancelled in a calendar waits for a moderator."""

import dataclasses
from datetime import UTC, datetime

import pytest
from ics import make_calendar, make_event
from sqlalchemy import event, func, select

from imd_campaign.api_keys.service import Caller
from imd_campaign.audit import service as audit
from imd_campaign.audit.service import Author
from imd_campaign.calendars import notices, service
from imd_campaign.calendars.content_lines import InvalidCalendar
from imd_campaign.calendars.fetching import Fetched, FetchError, Validators
from imd_campaign.calendars.following import CalendarReader
from imd_campaign.calendars.tables import calendar_entries, calendars
from imd_campaign.errors import AlreadyDecided, NotFound
from imd_campaign.events import event_changes, moderation, private_places
from imd_campaign.events.schemas import EventDecision, PrivatePlaceForm
from imd_campaign.events.tables import events
from imd_campaign.pagination import PageRequest

MODERATOR = Caller("key_1", "Sample moderator", frozenset())
GROUP = {
    "name": "Sample group",
    "lang": "en",
    "time_zone": "Africa/Nairobi",
    "locality": "Nairobi",
    "country": "KE",
    "latitude": -1.29,
    "longitude": 36.82,
}
URL = "https://group.example/secret-token/basic.ics"
HOME = "Our home\\, 12 Secret Lane"
PAGE = PageRequest(limit=100)


def make_author(context) -> Author:
    return Author("shell:test", "A sample reason", context.now())


@pytest.fixture
def calendar(context) -> str:
    return service.add(context, URL, GROUP, make_author(context))


@pytest.fixture
def read(context, calendar):
    """Read the calendar as if its server had sent these events."""

    def read(*written: str, validators=Validators()) -> None:  # noqa: B008 frozen
        due = service.claim(context, calendar)
        service.record_read(context, due, Fetched(make_calendar(*written), validators))

    return read


def list_events(context) -> list:
    with context.database.read() as connection:
        query = select(events).order_by(events.c.starts_at)
        return list(connection.execute(query).mappings())


def decide(context, event: str, decision: str) -> None:
    form = EventDecision(decision=decision, reason="A sample reason")
    moderation.decide_event(context, MODERATOR, event, form)


def list_notes(context, calendar: str) -> list[list[str]]:
    return [list(notice.notes) for notice in notices.list_for_calendar(context, calendar)]


def list_changes(context) -> list:
    return event_changes.list_changes(context, PAGE).items


# --- new -----------------------------------------------------------------------------------------


def test_new_event_waits_for_review(context, calendar, read):
    read(make_event(GEO="-1.3;36.8"))
    (event,) = list_events(context)
    assert (event["state"], event["title"], event["host"]) == (
        "pending_review", "Sample vigil", "Sample group",
    )  # fmt: skip
    assert (event["place_name"], event["address"]) == ("Sample Hall", "5 Sample Street")
    assert (event["latitude"], event["longitude"]) == (-1.3, 36.8)
    assert list_notes(context, calendar) == [["new"]]


def test_event_without_coordinates_is_near_its_group(context, read):
    read(make_event())
    assert list_events(context)[0]["latitude"] == -1.29


def test_online_event_has_its_url(context, read):
    read(make_event(LOCATION="https://meet.example/room"))
    (event,) = list_events(context)
    assert (event["online"], event["url"], event["kind"]) == (
        True, "https://meet.example/room", "online",
    )  # fmt: skip


@pytest.mark.both_databases
def test_event_is_proposed_once_however_often_it_is_read(context, read):
    for _ in range(3):
        read(make_event())
    assert len(list_events(context)) == 1


def test_each_occurrence_is_an_event(context, read):
    read(make_event(DTSTART="20261204T180000", DTEND="", RRULE="FREQ=WEEKLY;COUNT=3"))
    assert len(list_events(context)) == 3


def test_rejected_event_is_not_proposed_again(context, calendar, read):
    read(make_event())
    decide(context, list_events(context)[0]["id"], "reject")
    read(make_event(SUMMARY="Another title"))
    (event,) = list_events(context)
    assert (event["state"], event["title"]) == ("rejected", "Sample vigil")
    assert list_notes(context, calendar) == []


@pytest.mark.both_databases
def test_flood_of_events_is_cut(context, calendar, read, monkeypatch):
    monkeypatch.setattr(service, "MAX_UNDECIDED", 2)
    read(*(make_event(UID=f"a{number}") for number in range(3)))
    read(*(make_event(UID=f"b{number}") for number in range(3)))
    assert len(list_events(context)) == 2
    assert "the rest is left out" in service.list_followed(context)[0].problem


# --- made private --------------------------------------------------------------------------------


def make_private(context, event: str) -> None:
    form = PrivatePlaceForm(reason="It is a home.")
    private_places.make_private(context, MODERATOR, event, form)


def test_waiting_event_that_was_made_private_stays_so_when_its_entry_changes(context, read):
    read(make_event())
    make_private(context, list_events(context)[0]["id"])
    read(make_event(SUMMARY="Another title"))
    (event,) = list_events(context)
    assert (event["title"], event["private"], event["address"]) == ("Another title", True, None)
    read(make_event(SUMMARY="A third title"))
    (event,) = list_events(context)
    assert (event["title"], event["private"]) == ("A third title", True)


def test_address_in_the_text_of_an_event_that_was_made_private_is_proposed_to_go(context, read):
    entry = make_event(DESCRIPTION="Come to 5 Sample Street.")
    read(entry)
    event = list_events(context)[0]["id"]
    decide(context, event, "approve")
    make_private(context, event)
    read(entry)
    [change] = list_changes(context)
    assert "Sample Street" not in change.proposed.description
    assert change.private


# --- changed -------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_changed_event_that_waits_is_another_event(context, read):
    """A moderator who has read the first version cannot approve the second one unseen."""
    read(make_event())
    first = list_events(context)[0]["id"]
    read(make_event(SUMMARY="March", DTSTART="20261218T190000", DTEND="20261218T210000"))
    (event,) = list_events(context)
    assert (event["title"], event["starts_at"].hour) == ("March", 16)
    with pytest.raises(NotFound):
        decide(context, first, "approve")
    decide(context, event["id"], "approve")


@pytest.mark.both_databases
def test_change_of_a_published_event_is_a_proposal(context, calendar, read):
    read(make_event())
    decide(context, list_events(context)[0]["id"], "approve")
    read(make_event(SUMMARY="March"))
    (event,), (change,) = list_events(context), list_changes(context)
    assert (event["title"], event["state"]) == ("Sample vigil", "public")
    assert (change.proposed.title, change.event.title) == ("March", "Sample vigil")
    assert list_notes(context, calendar) == [["changed"]]


def test_change_that_is_taken_back_is_no_proposal_any_more(context, read):
    read(make_event())
    decide(context, list_events(context)[0]["id"], "approve")
    read(make_event(SUMMARY="March"))
    read(make_event())
    assert list_changes(context) == []


# --- cancelled and vanished ----------------------------------------------------------------------


@pytest.mark.both_databases
def test_cancelled_event_that_nobody_decided_on_is_deleted(context, read):
    read(make_event())
    read(make_event(STATUS="CANCELLED"))
    read(make_event(STATUS="CANCELLED"))
    assert list_events(context) == []


def test_published_event_stays_until_a_moderator_cancels_it(context, calendar, read):
    read(make_event())
    event = list_events(context)[0]["id"]
    decide(context, event, "approve")
    read(make_event(STATUS="CANCELLED"))
    assert list_events(context)[0]["state"] == "public"
    assert list_notes(context, calendar) == [["cancelled"]]
    decide(context, event, "cancel")
    assert list_notes(context, calendar) == []


@pytest.mark.both_databases
def test_vanished_event_is_only_marked(context, calendar, read):
    read(make_event())
    decide(context, list_events(context)[0]["id"], "approve")
    read(make_event(UID="other", SUMMARY="Concert of drums", DTSTART="20261219T180000", DTEND=""))
    assert list_notes(context, calendar) == [["vanished"], ["new"]]
    read(make_event())
    assert list_notes(context, calendar) == [["new", "vanished"]]


def test_event_that_an_incomplete_feed_lacks_has_not_vanished(context, calendar, read):
    read(make_event())
    read(make_event(UID="broken", DTSTART="soon"))
    assert list_notes(context, calendar) == [["new"]]


# --- homes and duplicates ------------------------------------------------------------------------


def test_probable_home_is_private_and_its_address_encrypted(context, calendar, read):
    read(
        make_event(
            LOCATION=HOME, DESCRIPTION="Come to 12 Secret Lane at six.", GEO="-1.2921;36.8219"
        )
    )
    (event,) = list_events(context)
    assert (event["private"], event["place_name"], event["address"]) == (True, None, None)
    assert "Secret Lane" not in repr(dict(event))
    assert (event["latitude"], event["longitude"]) == (-1.25, 36.85)
    assert list_notes(context, calendar) == [["new", "home"]]


def test_public_event_that_moves_to_a_home_keeps_its_place(context, calendar, read):
    read(make_event())
    decide(context, list_events(context)[0]["id"], "approve")
    read(make_event(LOCATION=HOME, SUMMARY="March"))
    (change,) = list_changes(context)
    assert (change.proposed.title, change.proposed.place.name) == ("March", "Sample Hall")
    assert list_notes(context, calendar) == [["changed", "moved"]]


def test_confidential_event_is_private(context, read):
    read(make_event(CLASS="CONFIDENTIAL"))
    assert list_events(context)[0]["private"]


@pytest.mark.parametrize(
    ("title", "day", "is_same"),
    [
        ("Vigil, sample", "20261218", True),
        ("Concert of drums", "20261218", False),
        ("Sample vigil", "20261219", False),
    ],
)
def test_likely_duplicate_is_marked(context, calendar, read, title, day, is_same):
    read(make_event())
    read(make_event(), make_event(UID="x", SUMMARY=title, DTSTART=f"{day}T190000", DTEND=""))
    notes = [note for notes in list_notes(context, calendar) for note in notes]
    assert ("duplicate" in notes) == is_same


@pytest.mark.both_databases
def test_likely_duplicate_follows_the_event_that_replaces_the_other(context, calendar, read):
    read(make_event())
    read(make_event(), make_event(UID="x"))
    read(make_event(DESCRIPTION="Bring two candles."), make_event(UID="x"))
    first, second = (notice.event for notice in notices.list_for_calendar(context, calendar))
    found = notices.find_for_events(context, [first, second])
    same = [notice.likely_same.id for notice in found.values() if notice.likely_same]
    assert len(same) == 1
    assert same[0] in (first, second)


# --- published events to check -------------------------------------------------------------------

AUTHOR = Author("acc_1", "A sample reason", datetime(2026, 11, 23, 13, tzinfo=UTC))
CONCERT = make_event(UID="y", SUMMARY="Concert of drums", DTSTART="20261220T180000", DTEND="")
MAKE_UNSETTLED = {
    "cancelled": (make_event(STATUS="CANCELLED"), CONCERT),
    "vanished": (CONCERT,),
    "moved": (make_event(LOCATION=HOME), CONCERT),
    "different": (make_event(LOCATION="https://meet.example/room"), CONCERT),
}


def list_unsettled(context) -> list:
    return list(notices.list_unsettled(context, PAGE).items)


def keep(context) -> None:
    (notice,) = list_unsettled(context)
    notices.keep_event(context, notice.event, notice.version, AUTHOR)


@pytest.fixture
def published(context, read) -> str:
    """An event of the calendar that is public."""
    read(make_event())
    event = list_events(context)[0]["id"]
    decide(context, event, "approve")
    return event


@pytest.mark.both_databases
@pytest.mark.parametrize("note", MAKE_UNSETTLED)
def test_published_event_is_to_be_checked_until_it_is_kept(context, read, published, note):
    read(*MAKE_UNSETTLED[note])
    (notice,) = list_unsettled(context)
    assert (notice.event, notice.notes[-1]) == (published, note)
    assert notices.measure_unsettled(context) == (1, context.now())
    keep(context)
    assert list_unsettled(context) == []
    assert notices.measure_unsettled(context) == (0, None)


@pytest.mark.parametrize("note", MAKE_UNSETTLED)
def test_note_of_an_event_that_is_kept_does_not_return(context, calendar, read, published, note):
    read(*MAKE_UNSETTLED[note])
    keep(context)
    read(*MAKE_UNSETTLED[note])
    assert note not in notices.find_for_events(context, [published])[published].notes
    assert list_unsettled(context) == []


MARCH_AT_HOME = make_event(LOCATION=HOME, SUMMARY="March")


@pytest.mark.parametrize(
    ("first", "later", "note"),
    [
        ("moved", [(MARCH_AT_HOME, CONCERT)], "moved"),
        ("vanished", [MAKE_UNSETTLED["cancelled"]], "cancelled"),
        ("vanished", [(make_event(), CONCERT), (CONCERT,)], "vanished"),
        ("different", [(make_event(LOCATION="https://meet.example/b"), CONCERT)], "different"),
        ("different", [(CONCERT,)], "vanished"),
        ("different", [(CONCERT,), MAKE_UNSETTLED["different"]], "different"),
    ],
)
def test_event_that_is_kept_is_checked_again_after_a_change(
    context, read, published, first, later, note
):
    read(*MAKE_UNSETTLED[first])
    keep(context)
    for written in later:
        read(*written)
    assert [notice.notes[-1] for notice in list_unsettled(context)] == [note]


@pytest.mark.parametrize("note", MAKE_UNSETTLED)
def test_event_that_is_back_in_its_calendar_is_settled(context, read, published, note):
    read(*MAKE_UNSETTLED[note])
    read(make_event(), CONCERT)
    assert list_unsettled(context) == []


def test_event_that_is_cancelled_here_is_settled(context, read, published):
    read(make_event(STATUS="CANCELLED"))
    decide(context, published, "cancel")
    assert list_unsettled(context) == []


def test_change_that_is_out_of_date_cannot_be_approved(context, read, published):
    read(make_event(SUMMARY="March"), CONCERT)
    read(*MAKE_UNSETTLED["different"])
    assert notices.find_for_events(context, [published])[published].notes == ["different"]


def test_event_that_lasts_too_long_now_is_to_be_checked(context, read, published):
    read(make_event(DTEND="20270618T200000"), CONCERT)
    assert [notice.notes for notice in list_unsettled(context)] == [["different"]]


def test_published_home_needs_no_check(context, read):
    read(make_event(LOCATION=HOME))
    decide(context, list_events(context)[0]["id"], "approve")
    read(make_event(LOCATION=HOME, SUMMARY="March"))
    assert list_unsettled(context) == []


def test_event_that_waits_needs_no_check(context, read):
    read(make_event())
    read(CONCERT)
    assert list_unsettled(context) == []


@pytest.mark.both_databases
def test_keeping_is_audited_with_its_reason(context, read, published):
    read(CONCERT)
    keep(context)
    with context.database.read() as connection:
        entry = audit.list_entries(connection, published)[-1]
    assert (entry.action, entry.actor, entry.reason) == ("event.keep", "acc_1", "A sample reason")


def test_notes_that_nobody_has_seen_are_not_settled(context, read, published, clock):
    read(CONCERT)
    (seen,) = list_unsettled(context)
    clock.forward(hours=3)
    read(make_event(STATUS="CANCELLED"), CONCERT)
    with pytest.raises(AlreadyDecided):
        notices.keep_event(context, published, seen.version, AUTHOR)
    assert len(list_unsettled(context)) == 1


@pytest.mark.parametrize("version", ["", "2026-11-23T12:00:00+00:00", "\x00"])
def test_event_without_such_notes_cannot_be_kept(context, published, version):
    with pytest.raises(AlreadyDecided):
        notices.keep_event(context, published, version, AUTHOR)


@pytest.mark.both_databases
def test_events_to_check_are_listed_in_pages_soonest_first(context, read):
    written = [
        make_event(UID=str(day), SUMMARY=f"{day}", DTSTART=f"202612{day}T180000", DTEND="")
        for day in (20, 19, 18)
    ]
    read(*written)
    for row in list_events(context):
        decide(context, row["id"], "approve")
    read(CONCERT)
    first = notices.list_unsettled(context, PageRequest(2))
    second = notices.list_unsettled(context, PageRequest(2, first.next))
    assert [notice.title for notice in (*first.items, *second.items)] == ["18", "19", "20"]


def test_notices_of_many_events_take_one_query(context, read):
    read(*(make_event(UID=str(number)) for number in range(5)))
    ids = [row["id"] for row in list_events(context)]
    statements: list[str] = []
    event.listen(
        context.database.engine,
        "before_cursor_execute",
        lambda *args: statements.append(args[2]),
    )
    assert len(notices.find_for_events(context, ids)) == 5
    assert len([one for one in statements if one.startswith("SELECT")]) == 1


# --- the calendar itself -------------------------------------------------------------------------


def test_url_is_encrypted(context, calendar):
    with context.database.read() as connection:
        row = connection.execute(select(calendars)).mappings().one()
    assert "secret-token" not in repr(dict(row))
    assert service.claim(context, calendar).url == URL


@pytest.mark.both_databases
def test_calendar_is_followed_once(context, calendar):
    with pytest.raises(service.AlreadyFollowed, match="is followed already"):
        service.add(context, URL, GROUP, make_author(context))


@pytest.mark.both_databases
def test_removed_calendar_leaves_its_events(context, calendar, read):
    read(make_event())
    service.remove(context, calendar, make_author(context))
    assert len(list_events(context)) == 1
    with context.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(calendar_entries)) == 0
        actions = [entry.action for entry in audit.list_entries(connection, calendar)]
    assert actions == ["calendar.add", "calendar.remove"]
    with pytest.raises(NotFound):
        service.remove(context, calendar, make_author(context))


@pytest.mark.both_databases
def test_only_one_reader_takes_a_due_calendar(context, calendar, clock):
    assert service.claim(context).id == calendar
    assert service.claim(context) is None
    clock.forward(minutes=6)
    assert service.claim(context).id == calendar


def test_failures_are_tried_again_ever_later(context, calendar, clock):
    waits = []
    for _ in range(7):
        due = service.claim(context, calendar)
        service.record_failure(context, due, "the server cannot be reached")
        with context.database.read() as connection:
            waits.append(connection.execute(select(calendars.c.due_at)).scalar() - clock.now)
    hours = [wait.total_seconds() / 3600 for wait in waits]
    assert hours == [1, 2, 4, 8, 16, 24, 24]
    assert service.list_followed(context)[0].problem == "the server cannot be reached"


def test_unchanged_calendar_has_no_problem_any_more(context, calendar):
    service.record_failure(context, service.claim(context, calendar), "the server is away")
    service.record_unchanged(context, service.claim(context, calendar))
    assert service.list_followed(context)[0].problem is None


def test_what_the_server_said_about_its_version_is_sent_back(context, calendar, read):
    validators = Validators(etag='"1"', last_modified="Mon, 23 Nov 2026 12:00:00 GMT")
    read(make_event(), validators=validators)
    due = service.claim(context, calendar)
    assert due.validators == validators
    service.record_unchanged(context, due)
    assert service.list_followed(context)[0].read_at == context.now()


def test_calendar_that_is_none_changes_nothing(context, calendar, read):
    read(make_event())
    due = service.claim(context, calendar)
    with pytest.raises(InvalidCalendar):
        service.record_read(context, due, Fetched(b"<html>", Validators()))
    assert len(list_events(context)) == 1


def test_notice_has_the_time_of_the_event(context, calendar, read):
    read(make_event())
    (notice,) = notices.list_for_calendar(context, calendar)
    assert f"{dataclasses.asdict(notice)['starts_at']:%H:%M %Z}" == "18:00 EAT"


class Server:
    """Sends one calendar, or fails."""

    def __init__(self, sent: bytes | Exception) -> None:
        self.sent = sent

    async def fetch(self, url: str, known: Validators) -> Fetched:
        if isinstance(self.sent, Exception):
            raise self.sent
        return Fetched(self.sent, Validators())


@pytest.mark.anyio
async def test_due_calendar_is_read_once_in_three_hours(context, calendar, clock):
    reader = CalendarReader(context, Server(make_calendar(make_event())))
    assert await reader.read_next()
    assert not await reader.read_next()
    clock.forward(hours=3)
    assert await reader.read_next()
    assert len(list_events(context)) == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (FetchError("the server responds with status 404"), "the server responds with status 404"),
        (KeyError("typed by a stranger"), "it cannot be read; the log says where"),
    ],
)
async def test_failure_is_shown_to_staff(context, calendar, caplog, error, problem):
    await CalendarReader(context, Server(error)).read_next()
    assert service.list_followed(context)[0].problem == problem
    assert "typed by a stranger" not in caplog.text

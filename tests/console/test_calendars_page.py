"""Moderators see from which calendar an event comes, and what has happened to it there."""

import re
from typing import get_args

import pytest
from sqlalchemy import event as engine_event
from sqlalchemy import select

from imd_campaign.audit.tables import audit
from imd_campaign.calendars import service as calendars
from imd_campaign.calendars.notices import Note
from imd_campaign.events.tables import event_changes, events
from imd_console.names import CALENDAR_NOTES

from .conftest import GROUP, SECRET_URL, write_entry

REASON = {"reason": "A sample reason"}
PAGE = "/staff/calendars"


@pytest.fixture
def moderator(sign_in):
    return sign_in("moderator")


def read(context, column):
    with context.database.read() as connection:
        return list(connection.execute(select(column)).scalars())


def find_event(context, title: str = "Sample vigil") -> str:
    with context.database.read() as connection:
        return connection.execute(select(events.c.id).where(events.c.title == title)).scalar_one()


def keep(browser, event: str, **data: str):
    """Send the form of the event's page with what is hidden in it."""
    path = f"/staff/events/{event}"
    hidden = re.search(r'name="version" value="([^"]+)"', browser.get(path).text)
    version = {"version": hidden[1]} if hidden else {}
    return browser.post(path, {"decision": "keep", **version, **REASON, **data})


def test_console_describes_every_note_but_that_an_event_is_new():
    assert CALENDAR_NOTES.keys() == set(get_args(Note)) - {"new"}


# --- events --------------------------------------------------------------------------------------


def test_event_and_its_card_name_their_calendar(moderator, context, read_calendar):
    read_calendar(write_entry())
    for path in ("/staff/events", f"/staff/events/{find_event(context)}"):
        page = moderator.get(path).text
        assert GROUP["name"] in page.partition("From a calendar")[2]
        assert "calendar.example" in page.partition("From a calendar")[2]


def test_event_of_a_host_comes_from_no_calendar(moderator, add_event, calendar):
    assert "From a calendar" not in moderator.get(f"/staff/events/{add_event()}").text


@pytest.mark.parametrize("path", [PAGE, "/staff/events", "/staff/events/{event}", "/staff/audit"])
def test_url_of_a_calendar_is_never_shown(sign_in, add_cancelled_event, path):
    event = add_cancelled_event()
    page = sign_in("admin").get(path.format(event=event)).text
    assert SECRET_URL not in page
    assert "secret-token" not in page


def test_probable_home_is_marked_in_the_queue(moderator, read_calendar):
    read_calendar(write_entry(LOCATION="Our home\\, 12 Secret Lane"))
    page = moderator.get("/staff/events").text
    assert "Probably a private home" in page
    assert "Secret Lane" not in page


def test_likely_duplicate_links_to_the_other_event(moderator, context, read_calendar):
    read_calendar(write_entry())
    first = find_event(context)
    read_calendar(write_entry(), write_entry(UID="other", SUMMARY="Sample vigils"))
    page = moderator.get(f"/staff/events/{find_event(context, 'Sample vigils')}").text
    notes = page.partition("Probably a duplicate")[2].partition("</section>")[0]
    assert f'href="/staff/events/{first}"' in notes


def test_changed_event_links_to_the_change(moderator, context, add_cancelled_event, read_calendar):
    event = add_cancelled_event()
    read_calendar(write_entry(SUMMARY="March"))
    (change,) = read(context, event_changes.c.id)
    page = moderator.get(f"/staff/events/{event}").text
    assert f'href="/staff/changes/{change}"' in page.partition("Changed in the calendar")[2]


def test_title_from_a_calendar_is_escaped(moderator, read_calendar):
    read_calendar(write_entry(SUMMARY="Vigil < b>"))
    assert "Vigil &lt; b&gt;" in moderator.get("/staff/events").text


# --- published events to check -------------------------------------------------------------------


def test_event_that_its_calendar_cancelled_is_listed(moderator, add_cancelled_event):
    event = add_cancelled_event()
    page = moderator.get(PAGE).text
    card = page.partition(f'href="/staff/events/{event}"')[2].partition("</li>")[0]
    assert "Sample vigil" in card
    assert "Cancelled in the calendar" in card


def test_event_that_is_kept_leaves_the_list(moderator, context, add_cancelled_event):
    event = add_cancelled_event()
    response = keep(moderator, event)
    assert (response.status_code, response.headers["location"]) == (303, PAGE)
    page = moderator.get(PAGE).text
    assert "The event stays as it is." in page
    assert event not in page
    assert read(context, events.c.state) == ["public"]


def test_keeping_is_in_the_audit_log_with_its_reason(moderator, context, add_cancelled_event):
    event = add_cancelled_event()
    keep(moderator, event)
    columns = (audit.c.actor, audit.c.action, audit.c.subject, audit.c.reason)
    with context.database.read() as connection:
        entries = [tuple(row) for row in connection.execute(select(*columns))]
    expected = (moderator.person.account_id, "event.keep", event, "A sample reason")
    assert entries[-1] == expected


def test_event_that_is_cancelled_leaves_the_list(moderator, context, add_cancelled_event):
    event = add_cancelled_event()
    response = moderator.post(f"/staff/events/{event}", {"decision": "cancel", **REASON})
    assert response.headers["location"] == PAGE
    assert event not in moderator.get(PAGE).text
    assert read(context, events.c.state) == ["cancelled"]


def test_event_is_not_cancelled_for_a_note_that_the_calendar_took_back(
    moderator, context, add_cancelled_event
):
    event = add_cancelled_event()
    data = {"decision": "cancel", "version": "2026-11-19T10:00:00+00:00", **REASON}
    assert moderator.post(f"/staff/events/{event}", data).status_code == 409
    assert read(context, events.c.state) == ["public"]


def test_event_is_not_kept_without_a_reason(moderator, add_cancelled_event):
    event = add_cancelled_event()
    assert keep(moderator, event, reason=" ").status_code == 422
    assert event in moderator.get(PAGE).text


@pytest.mark.parametrize("version", ["", "2026-11-20T10:00:00+00:00", "x" * 5000])
def test_notes_that_the_page_did_not_show_are_not_settled(
    moderator, add_cancelled_event, version, clock
):
    clock.forward(minutes=5)
    event = add_cancelled_event()
    assert keep(moderator, event, version=version).status_code == 409
    assert event in moderator.get(PAGE).text


def test_event_that_needs_no_check_cannot_be_kept(moderator, add_event):
    event = add_event(state="public")
    assert "Keep the event" not in moderator.get(f"/staff/events/{event}").text
    assert keep(moderator, event).status_code == 422


# --- followed calendars --------------------------------------------------------------------------


def test_calendar_that_was_never_read_is_listed(moderator, calendar):
    page = moderator.get(PAGE).text
    assert [
        text for text in (GROUP["name"], "calendar.example", "Not read yet") if text not in page
    ] == []


def test_calendar_shows_when_it_was_read(moderator, read_calendar):
    read_calendar()
    assert "Last read: 20 November 2026, 10:00\u202fam UTC" in moderator.get(PAGE).text


def test_calendar_that_cannot_be_read_shows_why(moderator, context, calendar):
    due = calendars.claim(context, calendar)
    calendars.record_failure(context, due, "the server cannot be reached")
    page = moderator.get(PAGE).text
    assert "the server cannot be reached" in page.partition("It could not be read:")[2]


def test_calendar_with_too_many_events_says_so(moderator, read_calendar, monkeypatch):
    monkeypatch.setattr(calendars, "MAX_UNDECIDED", 1)
    read_calendar(write_entry(), write_entry(UID="other", SUMMARY="Concert of drums"))
    page = moderator.get(PAGE).text
    assert "Too many of its events wait for a decision" in page
    assert "It could not be read:" not in page


def test_page_names_the_commands_for_administrators(moderator):
    assert "imd campaign calendars add" in moderator.get(PAGE).text


def test_queries_of_the_queue_do_not_grow_with_its_events(moderator, context, read_calendar):
    def count_queries() -> int:
        statements: list[str] = []

        def note(*args: object) -> None:
            statements.append(str(args[2]))

        engine_event.listen(context.database.engine, "before_cursor_execute", note)
        moderator.get("/staff/events")
        engine_event.remove(context.database.engine, "before_cursor_execute", note)
        return len(statements)

    read_calendar(write_entry())
    moderator.get("/staff/events")
    with_one = count_queries()
    read_calendar(*(write_entry(UID=str(number), SUMMARY=f"{number}") for number in range(9)))
    assert count_queries() == with_one

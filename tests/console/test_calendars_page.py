"""Moderators see from which calendar an event comes, and what has happened to it there."""

import re
from typing import get_args

import pytest
from sqlalchemy import event as engine_event
from sqlalchemy import select

from imd_campaign.audit.tables import audit
from imd_campaign.calendars import service as calendars
from imd_campaign.calendars.notices import Note
from imd_campaign.calendars.tables import calendars as calendar_table
from imd_campaign.events.tables import event_changes, events
from imd_campaign.switches import service as switches
from imd_console.names import CALENDAR_NOTES

from .conftest import GROUP, SECRET_URL, write_entry

REASON = {"reason": "A sample reason"}
PAGE = "/staff/calendars"
NEW = f"{PAGE}/new"
ENTERED = {
    "url": SECRET_URL,
    "name": GROUP["name"],
    "locality": GROUP["locality"],
    "country": GROUP["country"],
    "point": "-1.29, 36.82",
    "time_zone": GROUP["time_zone"],
    "lang": GROUP["lang"],
}


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


def test_event_that_is_kept_needs_no_password(moderator, add_cancelled_event):
    page = moderator.get(f"/staff/events/{add_cancelled_event()}").text
    assert "Needed only to cancel." in page
    assert not re.search(r'<input id="current"[^>]* required', page)


def test_event_that_is_cancelled_leaves_the_list(moderator, context, add_cancelled_event):
    event = add_cancelled_event()
    entered = {"decision": "cancel", "current": moderator.person.password, **REASON}
    response = moderator.post(f"/staff/events/{event}", entered)
    assert response.headers["location"] == PAGE
    assert event not in moderator.get(PAGE).text
    assert read(context, events.c.state) == ["cancelled"]


def test_event_is_not_cancelled_for_a_note_that_the_calendar_took_back(
    moderator, context, add_cancelled_event
):
    event = add_cancelled_event()
    password = moderator.person.password
    outdated = {"decision": "cancel", "version": "2026-11-19T10:00:00+00:00"}
    data = {**outdated, "current": password, **REASON}
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
    assert keep(moderator, event).status_code == 409


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


def test_only_administrators_see_how_to_add_and_remove(sign_in, calendar):
    links = (f'href="{NEW}"', f'href="{PAGE}/{calendar}/remove"')
    pages = [sign_in(role).get(PAGE).text for role in ("moderator", "admin")]
    assert [[link in page for link in links] for page in pages] == [[False] * 2, [True] * 2]


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


# --- adding --------------------------------------------------------------------------------------


@pytest.fixture
def admin(sign_in):
    return sign_in("admin")


def add(browser, **changed: str):
    entered = {**ENTERED, **REASON, "current": browser.person.password, **changed}
    return browser.post(NEW, entered)


def list_audit(context) -> list[tuple[str, ...]]:
    columns = (audit.c.actor, audit.c.action, audit.c.subject, audit.c.reason)
    with context.database.read() as connection:
        rows = connection.execute(select(*columns).where(audit.c.action.like("calendar.%")))
        return [tuple(row) for row in rows]


def test_calendar_is_added_with_what_was_entered(admin, context):
    response = add(admin)
    assert (response.status_code, response.headers["location"]) == (303, PAGE)
    with context.database.read() as connection:
        (row,) = connection.execute(select(calendar_table)).mappings()
    assert {name: row[name] for name in GROUP} == GROUP
    assert row["host"] == "calendar.example"


def test_calendar_that_was_added_is_read_next(admin, context):
    add(admin)
    assert calendars.claim(context).url == SECRET_URL


def test_list_shows_a_calendar_that_was_added_without_its_url(admin):
    add(admin)
    page = admin.get(PAGE).text
    assert "The calendar was added." in page
    assert GROUP["name"] in page
    assert "secret-token" not in page


def test_adding_is_in_the_audit_log_with_its_reason(admin, context):
    add(admin)
    (followed,) = calendars.list_followed(context)
    expected = (admin.person.account_id, "calendar.add", followed.id, REASON["reason"])
    assert list_audit(context) == [expected]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("url", "", "Enter a URL that begins with https:// or webcal://"),
        ("url", "http://calendar.example/a.ics", "Enter a URL that begins with https://"),
        ("url", "https://calendar.example:8443/", "Enter a URL that begins with https://"),
        ("url", "https://user:password@calendar.example/", "Enter a URL that begins with https"),
        ("url", "https://localhost/a.ics", "Enter the URL of a public host."),
        ("url", "https://169.254.169.254/latest", "Enter the URL of a public host."),
        ("name", "", "Enter the name of the group"),
        ("name", "x" * 101, "Enter the name of the group"),
        ("locality", " ", "Enter a town"),
        ("country", "", "Choose a country from the list."),
        ("country", "KX", "Choose a country from the list."),
        ("point", "Nairobi", "Enter the latitude and the longitude"),
        ("point", "-1.29", "Enter the latitude and the longitude"),
        ("point", "91, 0", "Enter the latitude and the longitude"),
        ("point", "nan, inf", "Enter the latitude and the longitude"),
        ("time_zone", "Nairobi", "Enter a time zone"),
        ("lang", "?", "Enter the code of the language"),
        ("reason", "", "Enter a reason"),
        ("current", "a wrong password", "This is not your password."),
    ],
)
def test_calendar_with_an_error_is_not_added(admin, context, field, value, message):
    response = add(admin, **{field: value})
    assert response.status_code == 422
    assert f'<a href="#{field}">{message}' in response.text
    assert re.search(rf'id="{field}-wrong">{message}', response.text)
    assert calendars.list_followed(context) == []


def test_all_errors_are_shown_at_once(admin):
    response = admin.post(NEW, {})
    fields = re.findall(r'<li><a href="#(\w+)">', response.text)
    assert fields == [
        "url", "name", "locality", "country", "point", "time_zone", "lang", "reason", "current",
    ]  # fmt: skip


def test_entries_are_kept_after_an_error_except_for_the_password(admin):
    page = add(admin, lang="?").text
    kept = [*ENTERED.values(), *REASON.values()]
    missing = [value for value in kept if value != ENTERED["lang"] and value not in page]
    assert (missing, admin.person.password in page) == ([], False)


def test_example_of_a_field_gives_way_to_its_error(admin):
    example = "Enter a time zone such as Africa/Nairobi."
    assert f'id="time_zone-hint">{example}' in admin.get(NEW).text
    assert "time_zone-hint" not in add(admin, time_zone="?").text


def test_calendar_that_is_followed_is_not_added_again(admin, context, calendar):
    response = add(admin)
    assert response.status_code == 422
    assert '<a href="#url">This calendar is followed already.' in response.text
    assert [one.id for one in calendars.list_followed(context)] == [calendar]


# --- removing ------------------------------------------------------------------------------------


def test_removal_asks_first_and_says_what_happens(admin, context, calendar):
    page = admin.get(f"{PAGE}/{calendar}/remove").text
    shown = (GROUP["name"], "calendar.example", "Its events stay as they are", "Notes about its")
    assert [text for text in shown if text not in page] == []
    assert "secret-token" not in page
    assert [one.id for one in calendars.list_followed(context)] == [calendar]


def test_calendar_is_removed_with_its_reason_in_the_audit_log(admin, context, calendar):
    response = admin.post(f"{PAGE}/{calendar}/remove", REASON)
    assert (response.status_code, response.headers["location"]) == (303, PAGE)
    assert "The calendar is not followed any more." in admin.get(PAGE).text
    assert calendars.list_followed(context) == []
    expected = (admin.person.account_id, "calendar.remove", calendar, REASON["reason"])
    assert list_audit(context)[-1] == expected


def test_calendar_is_not_removed_without_a_reason(admin, context, calendar):
    response = admin.post(f"{PAGE}/{calendar}/remove", {"reason": " "})
    assert (response.status_code, 'href="#reason"' in response.text) == (422, True)
    assert [one.id for one in calendars.list_followed(context)] == [calendar]


def test_event_that_waits_can_be_decided_after_the_removal(admin, context, read_calendar, calendar):
    read_calendar(write_entry())
    admin.post(f"{PAGE}/{calendar}/remove", REASON)
    event = find_event(context)
    admin.post(f"/staff/events/{event}", {"decision": "approve", **REASON})
    assert read(context, events.c.state) == ["public"]


def test_published_event_stays_after_the_removal(admin, context, add_cancelled_event, calendar):
    event = add_cancelled_event()
    admin.post(f"{PAGE}/{calendar}/remove", REASON)
    assert read(context, events.c.state) == ["public"]
    assert event not in admin.get(PAGE).text


@pytest.mark.parametrize("method", ["get", "post"])
def test_unknown_calendar_is_not_found(admin, calendar, method):
    assert getattr(admin, method)(f"{PAGE}/cal_none/remove").status_code == 404


def test_calendars_cannot_be_changed_while_the_campaign_is_read_only(admin, context, calendar):
    change = switches.Change("shell:test", "A sample reason", context.now())
    with context.database.write() as connection:
        switches.turn(connection, switches.READ_ONLY, change, is_on=True)
    responses = [add(admin), admin.post(f"{PAGE}/{calendar}/remove", REASON)]
    assert [response.status_code for response in responses] == [503, 503]

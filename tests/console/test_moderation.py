import re

import pytest
from sqlalchemy import select

from imd_campaign.audit.tables import audit
from imd_campaign.events import review
from imd_campaign.events.tables import attendances, events
from imd_campaign.mail.tables import outbox
from imd_campaign.switches import service as switches
from imd_campaign.switches.service import Change
from imd_console.problems import DECIDED

from .conftest import EVENT, HOME

SECRETS = ("1218 Secret Lane", "Home of a Sample Person", "19.41234", "-99.12345")
REASON = {"reason": "A sample reason"}


@pytest.fixture
def moderator(sign_in):
    return sign_in("moderator")


def read(context, column):
    with context.database.read() as connection:
        return list(connection.execute(select(column)).scalars())


def read_audit(context):
    columns = (audit.c.actor, audit.c.action, audit.c.subject, audit.c.reason)
    with context.database.read() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(audit.c.id))]


def seen(page: str) -> list[str]:
    return [secret for secret in SECRETS if secret in page]


# --- events --------------------------------------------------------------------------------------


def test_queue_lists_what_waits_longest_first(moderator, add_event):
    for title in ("First", "Second"):
        add_event(title=title)
    page = moderator.get("/staff/events").text
    assert page.index("First") < page.index("Second")


def test_event_shows_all_that_a_moderator_must_see(moderator, add_event):
    url = "https://example.org/vigil"
    page = moderator.get(f"/staff/events/{add_event(url=url, capacity=30)}").text
    wanted = (
        *("Vigil for migrants", "Candles, songs and silence.", "Bring a candle.", "Sample Church"),
        *("5 Sample Street", "Mexico City", "Sample Group", url, "30", "America/Mexico_City"),
        "18 December 2026, 6:00\u202fpm",
    )
    assert [text for text in wanted if text not in page] == []


def test_link_of_an_event_cannot_be_pressed_by_mistake(moderator, add_event):
    page = moderator.get(f"/staff/events/{add_event(url='https://evil.example/')}").text
    assert 'href="https://evil.example/' not in page


def test_queue_and_event_do_not_show_the_exact_place_of_a_home(moderator, add_event):
    event = add_event(**HOME)
    assert seen(moderator.get("/staff/events").text) == []
    assert seen(moderator.get(f"/staff/events/{event}").text) == []


def test_opening_the_exact_place_is_audited(moderator, add_event, context):
    event = add_event(**HOME)
    page = moderator.post(f"/staff/events/{event}/place", page=f"/staff/events/{event}").text
    assert seen(page) == list(SECRETS)
    actor = moderator.person.account_id
    assert read_audit(context) == [(actor, "event.open-place", event, "moderation")]


def test_exact_place_is_closed_again_on_the_next_page(moderator, add_event):
    event = add_event(**HOME)
    moderator.post(f"/staff/events/{event}/place", page=f"/staff/events/{event}")
    assert seen(moderator.get(f"/staff/events/{event}").text) == []


@pytest.mark.parametrize(
    ("decision", "state", "email"),
    [("approve", "public", "event-approved"), ("reject", "rejected", "event-rejected")],
)
def test_decision_is_made_and_audited_with_its_reason(
    moderator, add_event, context, decision, state, email
):
    event = add_event()
    response = moderator.post(f"/staff/events/{event}", {"decision": decision, **REASON})
    assert (response.status_code, response.headers["location"]) == (303, "/staff/events")
    assert read(context, events.c.state) == [state]
    actor = moderator.person.account_id
    assert read_audit(context) == [(actor, f"event.{decision}", event, "A sample reason")]
    assert read(context, outbox.c.kind) == [email]


def test_next_event_follows_a_decision(moderator, add_event):
    first, second = add_event(), add_event()
    response = moderator.post(f"/staff/events/{first}", {"decision": "approve", **REASON})
    assert response.headers["location"] == f"/staff/events/{second}"
    assert "The event is public now" in moderator.get(response.headers["location"]).text


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"decision": "approve"}, "reason"),
        ({"decision": "approve", "reason": " \n "}, "reason"),
        ({"decision": "approve", "reason": "x" * 1001}, "reason"),
        (REASON, "decision"),
    ],
)
def test_decision_without_a_reason_changes_nothing(moderator, add_event, context, data, field):
    response = moderator.post(f"/staff/events/{add_event()}", data)
    assert response.status_code == 422
    assert f'<a href="#{field}">' in response.text
    assert read(context, events.c.state) == ["pending_review"]


def test_all_errors_of_a_form_are_shown_at_once(moderator, add_event):
    page = moderator.post(f"/staff/events/{add_event()}").text
    assert re.findall(r'<li><a href="#(\w+)">', page) == ["decision", "reason"]


def test_entered_reason_is_kept_with_its_lines_after_an_error(moderator, add_event):
    response = moderator.post(f"/staff/events/{add_event()}", {"reason": "One\n\n two & <three>"})
    assert "One&#10;&#10; two &amp; &lt;three&gt;</textarea>" in response.text


@pytest.mark.parametrize("first", ["reject", "approve"])
def test_decision_that_comes_too_late_is_explained(moderator, sign_in, add_event, first):
    event = add_event()
    other = sign_in("admin")
    path = f"/staff/events/{event}"
    page = moderator.get(path).text
    other.post(path, {"decision": first, **REASON})
    assert "Publish the event" in page
    response = moderator.post(path, {"decision": "approve", **REASON})
    assert (response.status_code, DECIDED in response.text) == (409, True)


def test_decision_that_the_page_does_not_offer_changes_nothing(moderator, add_event, context):
    response = moderator.post(f"/staff/events/{add_event()}", {"decision": "cancel", **REASON})
    assert response.status_code == 409
    assert read(context, events.c.state) == ["pending_review"]


def test_published_event_can_be_cancelled(moderator, add_event, context):
    event = add_event(state="public")
    entered = {"decision": "cancel", "current": moderator.person.password, **REASON}
    moderator.post(f"/staff/events/{event}", entered)
    assert read(context, events.c.state) == ["cancelled"]


@pytest.mark.parametrize("entered", [{}, {"current": "not the password"}])
def test_event_is_not_cancelled_without_the_own_password(moderator, add_event, context, entered):
    path = f"/staff/events/{add_event(state='public')}"
    response = moderator.post(path, {"decision": "cancel", **entered, **REASON})
    assert (response.status_code, 'href="#current"' in response.text) == (422, True)
    assert (read(context, events.c.state), read(context, outbox.c.kind)) == (["public"], [])


def test_reason_is_kept_and_the_password_is_not_after_a_wrong_password(moderator, add_event):
    path = f"/staff/events/{add_event(state='public')}"
    entered = {"decision": "cancel", "current": "not the password", **REASON}
    page = moderator.post(path, entered).text
    assert ("A sample reason</textarea>" in page, "not the password" in page) == (True, False)


def test_wrong_passwords_for_a_cancellation_are_limited(moderator, add_event):
    path = f"/staff/events/{add_event(state='public')}"
    entered = {"decision": "cancel", "current": "not the password", **REASON}
    statuses = [moderator.post(path, entered).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]


def test_decisions_on_what_was_submitted_ask_for_no_password(moderator, add_event, propose):
    change = propose(add_event(state="public"), title="Vigil with music")
    for path in (f"/staff/events/{add_event()}", f"/staff/changes/{change}"):
        assert 'name="current"' not in moderator.get(path).text


def test_page_promises_no_e_mail_to_a_host_without_an_address(moderator, add_event):
    event = add_event(state="public", is_staff_run=True)
    page = moderator.get(f"/staff/events/{event}").text
    assert "Its guests get an e-mail with the reason." in page
    assert "Its host" not in page


@pytest.mark.parametrize(
    ("state", "decision", "notice"),
    [
        ("pending_review", "approve", "The event is public now."),
        ("pending_review", "reject", "The event is rejected."),
        ("public", "cancel", "The event is cancelled. Its guests get an e-mail."),
    ],
)
def test_notice_mentions_no_host_without_an_address(moderator, add_event, state, decision, notice):
    event = add_event(state=state, is_staff_run=True)
    entered = {"decision": decision, "current": moderator.person.password, **REASON}
    moderator.post(f"/staff/events/{event}", entered)
    page = moderator.get("/staff/events").text
    assert notice in page
    assert "Its host" not in page


def test_change_without_a_host_to_e_mail_promises_no_e_mail_to_one(moderator, add_event, propose):
    change = propose(add_event(state="public", is_staff_run=True), title="Vigil with music")
    path = f"/staff/changes/{change}"
    assert "Its host" not in moderator.get(path).text
    moderator.post(path, {"decision": "approve", **REASON})
    page = moderator.get("/staff/changes").text
    assert "The change is published." in page
    assert "The host gets" not in page


# A home that its host submitted as a public place.
SHOWN_HOME = HOME | {"place": HOME["place"] | {"private": False}}


@pytest.mark.parametrize("state", ["pending_review", "public"])
def test_place_is_made_private_with_a_reason(moderator, add_event, context, state):
    path = f"/staff/events/{add_event(state=state, **SHOWN_HOME)}"
    assert f'href="{path}/private-place"' in moderator.get(path).text
    response = moderator.post(f"{path}/private-place", REASON)
    assert (response.status_code, response.headers["location"]) == (303, path)
    page = moderator.get(path).text
    assert "The place is private now." in page
    assert seen(page) == []
    assert [entry[1] for entry in read_audit(context)] == ["event.make-private"]


def test_place_is_not_made_private_without_a_reason(moderator, add_event, context):
    path = f"/staff/events/{add_event(**SHOWN_HOME)}/private-place"
    response = moderator.post(path, {"reason": " "})
    assert (response.status_code, 'href="#reason"' in response.text) == (422, True)
    assert read(context, events.c.private) == [False]


@pytest.mark.parametrize(("state", "is_promised"), [("public", True), ("pending_review", False)])
def test_host_of_a_published_event_is_promised_an_e_mail(moderator, add_event, state, is_promised):
    page = moderator.get(f"/staff/events/{add_event(state=state)}/private-place").text
    assert ("The host gets an e-mail, without the reason." in page) == is_promised


@pytest.mark.parametrize(
    "changes",
    [
        HOME,
        {"state": "rejected"},
        {"kind": "online", "online": True, "url": "https://example.org/", "place": None},
    ],
    ids=["private", "rejected", "online"],
)
def test_place_that_cannot_be_made_private_has_no_page(moderator, add_event, changes):
    path = f"/staff/events/{add_event(**changes)}"
    assert "private-place" not in moderator.get(path).text
    assert moderator.get(f"{path}/private-place").status_code == 409


def test_place_of_a_cancelled_event_can_be_made_private(moderator, add_event):
    path = f"/staff/events/{add_event(state='cancelled', **SHOWN_HOME)}"
    assert "private-place" in moderator.get(path).text
    assert moderator.post(f"{path}/private-place", REASON).status_code == 303
    assert "private-place" not in moderator.get(path).text


def test_guest_from_before_the_place_was_private_is_not_shown(moderator, add_event, add_guest):
    event = add_event(state="public", is_staff_run=True, **SHOWN_HOME)
    guest = add_guest(event, status="accepted")
    moderator.post(f"/staff/events/{event}/private-place", REASON)
    assert moderator.get(f"/staff/guests/{guest}").status_code == 404


def test_duplicates_are_events_of_the_same_day_and_town(moderator, add_event):
    add_event(title="The same vigil")
    add_event(title="On another day", starts_at="2026-12-19T18:00:00-06:00")
    add_event(title="In another town", place=EVENT["place"] | {"locality": "Puebla"})
    page = moderator.get(f"/staff/events/{add_event()}").text
    _, _, duplicates = page.partition("Possible duplicates")
    assert "The same vigil" in duplicates
    assert "On another day" not in duplicates
    assert "In another town" not in duplicates


def test_unknown_event_is_not_found(moderator):
    assert moderator.get("/staff/events/evt_nothing").status_code == 404


def test_next_page_of_a_queue_has_no_key_in_its_link(moderator, add_event):
    for number in range(31):
        add_event(title=f"Event number {number}")
    first = moderator.get("/staff/events").text
    link = first.partition('rel="next" href="')[2].partition('"')[0]
    assert "evt_" not in link
    assert "Event number 30" in moderator.get(link.replace("&amp;", "&")).text
    assert moderator.get("/staff/events?cursor=nonsense").status_code == 400


@pytest.mark.parametrize(("close", "status"), [(False, 503), (True, 409)])
def test_nothing_is_decided_while_the_campaign_is_read_only(
    moderator, add_event, context, close, status
):
    event, change = add_event(), Change("shell:test", "A sample reason", context.now())
    with context.database.write() as connection:
        if close:
            switches.close_campaign(connection, change)
        else:
            switches.turn(connection, switches.READ_ONLY, change, is_on=True)
    response = moderator.post(f"/staff/events/{event}", {"decision": "approve", **REASON})
    assert response.status_code == status
    assert read(context, events.c.state) == ["pending_review"]
    assert moderator.post("/staff/logout", page="/staff").status_code == 303


# --- changes -------------------------------------------------------------------------------------


def test_change_shows_old_and_new(moderator, add_event, propose):
    change = propose(add_event(state="public"), title="Vigil with music")
    page = moderator.get(f"/staff/changes/{change}").text
    assert page.count("Vigil for migrants") == 3  # in the title, the heading and the comparison
    assert page.count("Vigil with music") == 1
    assert "Candles" not in page


def test_change_of_a_home_hides_both_places_until_they_are_opened(
    moderator, add_event, propose, context
):
    event = add_event(state="public", **HOME)
    place = {name: value for name, value in HOME["place"].items() if name != "private"}
    change = propose(event, place=place | {"address": "77 New Hidden Road"})
    path = f"/staff/changes/{change}"
    for page in (moderator.get("/staff/changes").text, moderator.get(path).text):
        assert seen(page) == []
        assert "77 New Hidden Road" not in page
    opened = moderator.post(f"{path}/place", page=path).text
    assert "1218 Secret Lane" in opened
    assert "77 New Hidden Road" in opened
    assert [entry[1:3] for entry in read_audit(context)] == [("event.open-place", event)]


def test_service_leaves_out_the_places_of_a_home(context, add_event, propose):
    place = {name: value for name, value in HOME["place"].items() if name != "private"}
    change_id = propose(add_event(state="public", **HOME), place=place | {"address": "77 New Road"})
    change = review.get_change(context, change_id)
    assert (change.proposed.place, change.event.place.address) == (None, None)
    assert change.has_new_place


def test_approved_change_is_published(moderator, add_event, propose, context):
    change = propose(add_event(state="public"), title="Vigil with music")
    moderator.post(f"/staff/changes/{change}", {"decision": "approve", **REASON})
    assert read(context, events.c.title) == ["Vigil with music"]


def test_rejected_change_leaves_the_event_as_it_is(moderator, add_event, propose, context):
    change = propose(add_event(state="public"), title="Vigil with music")
    moderator.post(f"/staff/changes/{change}", {"decision": "reject", **REASON})
    assert read(context, events.c.title) == ["Vigil for migrants"]
    assert moderator.get(f"/staff/changes/{change}").status_code == 404


# --- guests --------------------------------------------------------------------------------------


def test_guest_of_an_event_that_staff_run_is_shown_when_opened(moderator, add_event, add_guest):
    guest = add_guest(add_event(state="public", is_staff_run=True, **HOME))
    assert "Sample Guest" not in moderator.get("/staff/guests").text
    page = moderator.get(f"/staff/guests/{guest}").text
    wanted = ("Sample Guest", "guest@example.org", "A friend told me.", "1 more person")
    assert [text for text in wanted if text not in page] == []


def test_guest_of_a_host_is_not_shown(moderator, add_event, add_guest):
    guest = add_guest(add_event(state="public", **HOME))
    assert guest not in moderator.get("/staff/guests").text
    assert moderator.get(f"/staff/guests/{guest}").status_code == 404


@pytest.mark.parametrize(("decision", "status"), [("accept", "accepted"), ("decline", "declined")])
def test_guest_is_accepted_or_declined(moderator, add_event, add_guest, context, decision, status):
    guest = add_guest(add_event(state="public", is_staff_run=True, **HOME))
    moderator.post(f"/staff/guests/{guest}", {"decision": decision, **REASON})
    assert read(context, attendances.c.status) == [status]
    assert [entry[1] for entry in read_audit(context)] == [f"attendance.{decision}"]


# --- overview ------------------------------------------------------------------------------------


def test_overview_counts_what_waits(moderator, add_event, add_guest, propose, add_cancelled_event):
    add_event()
    add_event()
    propose(add_event(state="public"), title="Vigil with music")
    add_guest(add_event(state="public", is_staff_run=True, **HOME))
    add_cancelled_event()
    page = moderator.get("/staff").text
    counts = [part.partition("<")[0] for part in page.split('<span class="count">')[1:]]
    assert counts == ["2", "1", "1", "1"]
    assert "The oldest: 20 November 2026, 10:00\u202fam UTC" in page


def test_overview_says_what_is_wrong_with_the_server(moderator):
    assert "No server does the background work" in moderator.get("/staff").text


def test_fulfilment_sees_no_counts_of_moderation(sign_in, add_event):
    add_event()
    page = sign_in("fulfilment").get("/staff").text
    assert "Orders to send" in page
    assert "Events to review" not in page

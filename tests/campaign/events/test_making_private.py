"""A moderator makes a place private that a host submitted as public."""

import pytest
from sqlalchemy import select

from imd_campaign import tables
from imd_campaign.audit.tables import audit
from imd_campaign.events.tables import events

pytestmark = pytest.mark.anyio

SECRETS = ("Secret Lane", "Home of a Sample Person", "37.804", "122.271", "Xochitl")
PUBLIC = (
    "/v1/events",
    "/v1/events?near=37.8,-122.2",
    "/v1/events?q=oakland",
    "/v1/events/clusters?bbox=-123,37,-122,38&zoom=8",
    "/v1/events.ics",
    "/v1/events.geojson",
    "/v1/events.csv",
    "/v1/events.atom",
    "/v1/events/{event}",
    "/v1/events/{event}.ics",
)
REASON = {"reason": "It is somebody's home."}
# What two events differ in that were submitted one after the other.
OWN = {"id", "locked_place", "locked_host", "host_token", "revision", "made_private_at"}


@pytest.fixture
def shown_home(at_home):
    """`shown_home()` returns the submission of a home as a public place."""

    def make(**changes):
        form = at_home(host={"name": "Xochitl", "email": "host@example.org"}, **changes)
        return form | {"place": form["place"] | {"private": False}}

    return make


@pytest.fixture
def hide(client, moderator):
    async def post(event, headers=None):
        path = f"/v1/moderation/events/{event}/private-place"
        return await client.post(path, json=REASON, headers=headers or moderator)

    return post


@pytest.fixture
def decide(client, moderator):
    async def post(path, decision):
        body = {"decision": decision, **REASON}
        return await client.post(f"/v1/moderation/{path}/decisions", json=body, headers=moderator)

    return post


@pytest.fixture
def list_guests(client, moderator):
    async def fetch(path="/v1/moderation/attendances"):
        return (await client.get(path, headers=moderator)).json()["items"]

    return fetch


def read_row(context, event):
    with context.database.read() as connection:
        row = connection.execute(select(events).where(events.c.id == event)).mappings().one()
    return dict(row)


# --- what the public sees ------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_public_responses_no_longer_reveal_place_and_host(client, publish, shown_home, hide):
    event = publish(shown_home())
    paths = [path.format(event=event) for path in PUBLIC]
    assert "Secret Lane" in (await client.get(paths[0])).text
    assert (await hide(event)).status_code == 200
    for path in paths:
        response = await client.get(path)
        assert response.status_code == 200
        assert "potluck" in response.text, path
        assert [secret for secret in SECRETS if secret in response.text] == [], path


@pytest.mark.parametrize("words", ["xochitl", "secret"])
async def test_hidden_words_are_not_searched(ids, publish, shown_home, hide, words):
    await hide(publish(shown_home()))
    assert await ids(f"q={words}") == []


async def test_cell_of_the_map_moves_to_the_area(client, publish, shown_home, hide):
    await hide(publish(shown_home()))
    found = await client.get("/v1/events/clusters?bbox=-123,37,-122,38&zoom=12")
    [cell] = found.json()["items"]
    seen = (cell["latitude"], cell["longitude"], cell["precision"])
    assert seen == (37.85, -122.25, "area")


async def test_stored_event_equals_one_that_was_submitted_as_private(
    context, publish, shown_home, hide
):
    event, form = publish(shown_home()), shown_home()
    await hide(event)
    other = publish(form | {"place": form["place"] | {"private": True}})
    rows = [read_row(context, one) for one in (event, other)]
    known = [{name: row[name] for name in row.keys() - OWN} for row in rows]
    assert known[0] == known[1]
    places = [context.vault.decrypt(row["locked_place"]) for row in rows]
    assert places[0] == places[1]


async def test_database_dump_no_longer_reveals_the_place(context, publish, shown_home, hide):
    await hide(publish(shown_home()))
    with context.database.read() as connection:
        dump = " ".join(
            str(tuple(row))
            for table in tables.metadata.sorted_tables
            for row in connection.execute(select(table))
        )
    assert "A potluck" in dump
    assert [secret for secret in SECRETS[:4] if secret in dump] == []


async def test_subscribed_calendars_accept_the_new_entry(client, publish, shown_home, hide):
    event = publish(shown_home())
    assert "SEQUENCE:0" in (await client.get(f"/v1/events/{event}.ics")).text
    await hide(event)
    assert "SEQUENCE:1" in (await client.get(f"/v1/events/{event}.ics")).text


async def test_change_is_reported_by_webhook(reported, publish, shown_home, hide):
    event = publish(shown_home())
    await hide(event)
    assert reported() == [("event.changed", {"event": event})]


async def test_event_that_waits_is_published_with_its_area(
    client, submit, shown_home, hide, decide
):
    event = await submit(shown_home())
    assert (await hide(event)).json()["state"] == "pending_review"
    await decide(f"events/{event}", "approve")
    place = (await client.get(f"/v1/events/{event}")).json()["place"]
    assert (place["precision"], place["address"]) == ("area", None)


# --- who still sees it ---------------------------------------------------------------------------


async def test_moderators_and_the_host_see_the_exact_place(
    client, publish, shown_home, hide, host_link
):
    event = publish(shown_home())
    hidden = (await hide(event)).json()
    assert (hidden["private"], hidden["event"]["place"]["address"]) == (True, "1218 Secret Lane")
    hosted = (await client.get(host_link(event))).json()
    assert (hosted["private"], hosted["event"]["place"]["latitude"]) == (True, 37.80443)


@pytest.mark.both_databases
async def test_guest_who_has_a_place_keeps_it_and_sees_the_address(
    client, publish, shown_home, hide, guest_link
):
    event = publish(shown_home())
    own = await guest_link(event)
    await hide(event)
    found = (await client.get(own)).json()
    seen = (found["status"], found["private"], found["event"]["place"]["address"])
    assert seen == ("accepted", True, "1218 Secret Lane")


async def test_guest_who_waits_moves_up_and_gets_the_address(
    client, publish, shown_home, hide, guest_link, emails
):
    event = publish(shown_home(capacity=1))
    first = await guest_link(event)
    await guest_link(event, "second@example.org")
    await hide(event)
    await client.delete(first)
    [accepted] = [
        email
        for email in emails()
        if email["To"] == "second@example.org" and email["Subject"].startswith("Your place")
    ]
    assert "1218 Secret Lane" in accepted.get_content()


async def test_new_guest_needs_a_decision(publish, shown_home, hide, attend, clock):
    event = publish(shown_home())
    await hide(event)
    clock.forward(minutes=1)
    assert (await attend(event)).json()["status"] == "requested"


# --- guests from before --------------------------------------------------------------------------


@pytest.fixture
def both_guests(publish, shown_home, hide, attend, clock):
    """An event with a guest from before and one from after it was made private."""

    async def make():
        event = publish(shown_home())
        await attend(event, "before@example.org", name="Guest Before")
        clock.forward(minutes=1)
        await hide(event)
        clock.forward(minutes=1)
        await attend(event, "after@example.org", name="Guest After")
        return event

    return make


@pytest.mark.both_databases
async def test_host_sees_new_guests_only(both_guests, list_guests, host_link, client):
    path = host_link(await both_guests())
    assert [guest["email"] for guest in await list_guests(f"{path}/guests")] == [
        "after@example.org"
    ]
    people = (await client.get(path)).json()["people"]
    assert people == {"requested": 1, "accepted": 1, "waiting": 0}


async def test_host_cannot_decide_on_earlier_guests(client, both_guests, list_guests, host_link):
    path = host_link(await both_guests())
    [earlier] = [guest for guest in await list_guests() if guest["status"] == "accepted"]
    decisions = f"{path}/guests/{earlier['id']}/decisions"
    response = await client.post(decisions, json={"decision": "decline"})
    assert response.status_code == 404


async def test_moderators_see_the_names_of_new_guests_only(both_guests, list_guests):
    await both_guests()
    assert [(one["status"], one["name"], one["email"]) for one in await list_guests()] == [
        ("accepted", None, None),
        ("requested", "Guest After", "after@example.org"),
    ]


async def test_decision_of_staff_does_not_reveal_an_earlier_guest(both_guests, list_guests, decide):
    await both_guests()
    earlier, _ = await list_guests()
    decided = (await decide(f"attendances/{earlier['id']}", "decline")).json()
    assert (decided["status"], decided["name"], decided["email"]) == ("declined", None, None)


# --- proposed changes ----------------------------------------------------------------------------


async def test_change_that_was_proposed_before_cannot_show_the_place_again(
    client, publish, shown_home, hide, host_link, decide
):
    event, form = publish(shown_home()), shown_home()
    place = {name: value for name, value in form["place"].items() if name != "private"}
    plan = {name: form[name] for name in ("title", "description", "starts_at", "time_zone")}
    plan["place"] = place | {"address": "77 New Secret Lane"}
    change = (await client.put(f"{host_link(event)}/change", json=plan)).json()["change"]
    await hide(event)
    await decide(f"event-changes/{change['id']}", "approve")
    assert "Secret Lane" not in (await client.get(f"/v1/events/{event}")).text
    hosted = (await client.get(host_link(event))).json()
    assert hosted["event"]["place"]["address"] == "77 New Secret Lane"


# --- records and errors --------------------------------------------------------------------------


async def test_host_is_e_mailed_about_a_published_event(publish, shown_home, hide, emails):
    await hide(publish(shown_home()))
    [email] = emails()
    assert (email["To"], email["Subject"]) == (
        "host@example.org",
        "The address of your event is hidden now: A potluck",
    )
    assert REASON["reason"] not in email.get_content()


async def test_host_of_an_event_that_waits_is_not_e_mailed(submit, shown_home, hide, emails):
    event = await submit(shown_home())
    before = len(emails())
    await hide(event)
    assert len(emails()) == before


async def test_reason_is_in_the_audit_trail_without_the_place(context, publish, shown_home, hide):
    event = publish(shown_home())
    await hide(event)
    with context.database.read() as connection:
        [entry] = connection.execute(select(audit)).mappings()
    assert (entry["action"], entry["subject"]) == ("event.make-private", event)
    assert (entry["reason"], dict(entry["details"])) == (REASON["reason"], {})


async def test_private_place_cannot_be_made_private_again(publish, shown_home, hide):
    event = publish(shown_home())
    statuses = [(await hide(event)).status_code for _ in range(2)]
    assert statuses == [200, 409]


async def test_online_event_has_no_place_to_hide(publish, online, hide):
    response = await hide(publish(online()))
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["in"], error["field"]) == ("path", "event_id")


async def test_rejected_event_is_not_changed(context, submit, shown_home, hide, decide):
    event = await submit(shown_home())
    await decide(f"events/{event}", "reject")
    assert (await hide(event)).status_code == 409
    assert read_row(context, event)["private"] is False


async def test_address_of_a_cancelled_event_is_hidden_from_the_public(
    client, publish, shown_home, hide, decide
):
    event = publish(shown_home())
    await decide(f"events/{event}", "cancel")
    assert (await hide(event)).status_code == 200
    place = (await client.get(f"/v1/events/{event}")).json()["place"]
    assert (place["precision"], place["address"]) == ("area", None)


async def test_unknown_event_is_not_found(hide):
    assert (await hide("evt_nothing")).status_code == 404


async def test_key_without_the_scope_hides_nothing(publish, shown_home, hide, key):
    response = await hide(publish(shown_home()), key("signatures:read"))
    assert response.status_code == 403

"""Private places are only revealed to moderators and to the guests they accept."""

import logging

import pytest
from sqlalchemy import select

from imd_campaign import retention, tables

pytestmark = pytest.mark.anyio

SECRETS = ("Secret Lane", "Home of a Sample Person", "37.804", "122.271")
PUBLIC = (
    "/v1/events",
    "/v1/events?near=37.8,-122.2",
    "/v1/events?q=secret",
    "/v1/events/clusters?bbox=-123,37,-122,38&zoom=8",
    "/v1/events.ics",
    "/v1/events.geojson",
    "/v1/events.csv",
    "/v1/events.atom",
    "/v1/events/evt_home",
    "/v1/events/evt_home.ics",
)


@pytest.fixture
def home(publish, at_home) -> str:
    return publish(at_home(), id="evt_home")


async def test_public_responses_do_not_reveal_the_place(client, home):
    for path in PUBLIC:
        response = (await client.get(path)).text
        assert not [secret for secret in SECRETS if secret in response], path


async def test_public_place_is_the_centre_of_a_cell(client, home):
    place = (await client.get(f"/v1/events/{home}")).json()["place"]
    assert place == {
        "name": None,
        "address": None,
        "locality": "Oakland",
        "region": "California",
        "country": "US",
        "latitude": 37.85,
        "longitude": -122.25,
        "precision": "area",
    }


async def test_distances_are_measured_from_the_cell(client, home):
    """Exact distances from three points would reveal the place."""
    page = await client.get("/v1/events?near=37.85,-122.25&radius_km=1")
    assert page.json()["items"][0]["distance_km"] == 0.0


async def test_calendar_has_the_town_without_coordinates(client, home):
    entry = (await client.get(f"/v1/events/{home}.ics")).text
    assert "LOCATION:Oakland\\, California\\, US" in entry
    assert "GEO:" not in entry


@pytest.mark.parametrize("is_confirmed", [False, True])
async def test_database_dump_does_not_reveal_the_place(
    context, client, at_home, submit, is_confirmed
):
    if is_confirmed:
        await submit(at_home())
    else:
        await client.post("/v1/events", json=at_home())
    with context.database.read() as connection:
        rows = [
            row
            for table in tables.metadata.sorted_tables
            for row in connection.execute(select(table))
        ]
    dump = " ".join(str(tuple(row)) for row in rows)
    assert ("A potluck" in dump) == is_confirmed
    assert not [secret for secret in (*SECRETS, "host@example.org") if secret in dump]


async def test_logs_do_not_reveal_the_place(client, home, at_home, caplog):
    caplog.set_level(logging.DEBUG)
    await client.post("/v1/events", json=at_home())
    await client.post("/v1/events", json=at_home(capacity=-1))
    assert not [secret for secret in SECRETS if secret in caplog.text]


async def test_errors_do_not_repeat_the_place(client, at_home):
    body = at_home()
    body["place"]["latitude"] = "37.80443 at Secret Lane"
    response = await client.post("/v1/events", json=body)
    assert response.status_code == 422
    assert not [secret for secret in SECRETS if secret in response.text]


async def test_guest_who_asks_does_not_get_the_place(attend, home, emails):
    assert (await attend(home)).json()["status"] == "requested"
    assert "Secret Lane" not in emails()[-1].get_content()


async def test_accepted_guest_gets_the_place_by_email(client, attend, home, emails, moderator):
    await attend(home)
    waiting = await client.get(f"/v1/moderation/attendances?event={home}", headers=moderator)
    item = waiting.json()["items"][0]
    response = await client.post(
        f"/v1/moderation/attendances/{item['id']}/decisions",
        headers=moderator,
        json={"decision": "accept", "reason": "known to us"},
    )
    assert response.json() == {**item, "status": "accepted"}
    [email] = [one for one in emails() if one["Subject"] == "Your place is confirmed: A potluck"]
    assert email["To"] == "guest@example.org"
    lines = email.get_content().splitlines()
    address = ["Home of a Sample Person", "1218 Secret Lane", "Oakland", "California"]
    start = lines.index(address[0])
    assert lines[start : start + 5] == [*address, "United States"]


async def test_declined_guest_does_not_get_the_place(client, attend, home, emails, moderator):
    await attend(home)
    waiting = await client.get("/v1/moderation/attendances", headers=moderator)
    await client.post(
        f"/v1/moderation/attendances/{waiting.json()['items'][0]['id']}/decisions",
        headers=moderator,
        json={"decision": "decline", "reason": "full"},
    )
    sent = emails()
    [declined] = [one for one in sent if one["Subject"] == "No place available: A potluck"]
    assert "/w/event-list?lang=en" in declined.get_content()
    assert "Secret Lane" not in "".join(email.get_content() for email in sent)


async def test_moderators_see_the_exact_private_place(client, at_home, submit, moderator):
    await submit(at_home())
    page = (await client.get("/v1/moderation/events", headers=moderator)).json()
    item = page["items"][0]
    assert item["private"] is True
    assert item["event"]["place"]["address"] == "1218 Secret Lane"
    assert item["event"]["place"]["latitude"] == 37.80443


async def test_moderators_see_who_asks_to_come_to_a_home(client, attend, home, moderator):
    await attend(home, message="I know the host.")
    [guest] = (await client.get("/v1/moderation/attendances", headers=moderator)).json()["items"]
    seen = (guest["name"], guest["email"], guest["message"])
    assert seen == ("Sample Guest", "guest@example.org", "I know the host.")


async def test_guest_list_of_a_public_event_has_no_names(client, attend, publish, moderator):
    await attend(publish(), guests=2, message="Hello")
    response = await client.get("/v1/moderation/attendances", headers=moderator)
    assert not [text for text in ("Sample Guest", "guest@", "Hello") if text in response.text]
    assert response.json()["items"][0]["guests"] == 2


async def test_public_responses_show_neither_host_nor_free_places(client, attend, publish, at_home):
    body = at_home(capacity=7)
    publish(body | {"host": {"name": "Xochitl", "email": "host@example.org"}}, id="evt_home")
    for path in (*PUBLIC, "/v1/events?q=xochitl"):
        assert "Xochitl" not in (await client.get(path)).text, path
    event = (await client.get("/v1/events/evt_home")).json()
    assert (event["host"], event["places_left"], event["capacity"]) == (None, None, 7)
    assert (await client.get("/v1/events?q=xochitl")).json()["items"] == []


async def test_moderators_see_the_host_and_the_free_places(client, publish, at_home, moderator):
    publish(at_home(capacity=7))
    page = await client.get("/v1/moderation/events?state=public", headers=moderator)
    event = page.json()["items"][0]["event"]
    assert (event["host"], event["places_left"]) == ("Sample Group", 7)


@pytest.mark.both_databases
async def test_personal_data_is_deleted_a_month_after_the_event(
    context, client, home, clock, moderator, attend
):
    await attend(home)
    clock.forward(days=25 + 31)
    retention.purge_expired(context)
    guests = await client.get("/v1/moderation/attendances", headers=moderator)
    assert guests.json()["items"] == []
    found = await client.get("/v1/moderation/events?state=public", headers=moderator)
    assert found.json()["items"][0]["event"]["place"]["address"] is None
    columns = tables.metadata.tables["events"].c
    with context.database.read() as connection:
        row = connection.execute(select(columns.locked_place, columns.locked_host)).one()
    assert tuple(row) == (None, None)


@pytest.mark.both_databases
async def test_personal_data_is_kept_for_a_month_after_the_event(
    context, client, home, clock, moderator, attend
):
    await attend(home)
    clock.forward(days=25 + 29)
    retention.purge_expired(context)
    guests = await client.get("/v1/moderation/attendances", headers=moderator)
    assert len(guests.json()["items"]) == 1

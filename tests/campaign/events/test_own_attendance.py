"""Guests see, change and cancel their sign-up through the link in their e-mails."""

import pytest
from sqlalchemy import delete, select, update

from imd_campaign.events.tables import attendances

pytestmark = pytest.mark.anyio


async def decide(client, moderator, event, decision, email="guest@example.org"):
    page = await client.get(f"/v1/moderation/attendances?event={event}", headers=moderator)
    found = [item for item in page.json()["items"] if item["email"] in {email, None}]
    return await client.post(
        f"/v1/moderation/attendances/{found[-1]['id']}/decisions",
        headers=moderator,
        json={"decision": decision, "reason": "known to us"},
    )


@pytest.mark.both_databases
async def test_guest_sees_the_sign_up(client, publish, guest_link):
    event = publish(capacity=5)
    found = (await client.get(await guest_link(event, guests=2))).json()
    assert found.pop("event")["id"] == event
    assert found == {
        "private": False,
        "status": "accepted",
        "name": "Sample Guest",
        "guests": 2,
        "max_guests": 4,
    }


async def test_accepted_guest_of_a_home_sees_place_and_host(
    client, publish, at_home, guest_link, moderator
):
    event = publish(at_home())
    link = await guest_link(event)
    before = (await client.get(link)).json()["event"]
    await decide(client, moderator, event, "accept")
    after = (await client.get(link)).json()["event"]
    assert (before["place"]["address"], before["host"]) == (None, None)
    assert (after["place"]["address"], after["host"]) == ("1218 Secret Lane", "Sample Group")


@pytest.mark.both_databases
async def test_fewer_guests_make_room_for_those_who_wait(
    client, publish, guest_link, attend, emails
):
    event = publish(capacity=3)
    link = await guest_link(event, guests=2)
    assert (await attend(event, "second@example.org", guests=1)).json()["status"] == "waiting"
    response = await client.patch(link, json={"guests": 0})
    assert (response.status_code, response.json()["guests"]) == (200, 0)
    told = {email["Subject"] for email in emails() if email["To"] == "second@example.org"}
    assert "Your place is confirmed: Vigil for migrants" in told


async def test_more_guests_come_only_while_there_are_places(client, publish, guest_link):
    link = await guest_link(publish(capacity=3))
    response = await client.patch(link, json={"guests": 3})
    assert (response.status_code, response.json()["available"]) == (409, 2)
    assert (await client.patch(link, json={"guests": 2})).json()["guests"] == 2


async def test_accepted_guest_of_a_home_cannot_bring_more(
    client, publish, at_home, guest_link, moderator
):
    event = publish(at_home())
    link = await guest_link(event, guests=1)
    await decide(client, moderator, event, "accept")
    assert (await client.patch(link, json={"guests": 2})).json()["available"] == 1
    assert (await client.patch(link, json={"guests": 0})).json()["max_guests"] == 0


async def test_guest_of_a_home_cannot_bring_more_while_the_host_decides(
    client, publish, at_home, guest_link
):
    link = await guest_link(publish(at_home()), guests=1)
    assert (await client.get(link)).json()["max_guests"] == 1
    response = await client.patch(link, json={"guests": 10})
    assert (response.status_code, response.json()["available"]) == (409, 1)


@pytest.mark.both_databases
async def test_leaving_deletes_the_guest_and_frees_the_place(client, publish, guest_link, context):
    event = publish(capacity=1)
    link = await guest_link(event)
    assert (await client.delete(link)).status_code == 204
    assert (await client.get(f"/v1/events/{event}")).json()["places_left"] == 1
    assert (await client.get(link)).status_code == 404
    with context.database.read() as connection:
        assert connection.execute(select(attendances)).first() is None


async def test_guest_who_left_can_sign_up_again(client, publish, guest_link, attend, clock):
    event = publish(capacity=1)
    await client.delete(await guest_link(event))
    clock.forward(minutes=20)
    assert (await attend(event)).json()["status"] == "accepted"


async def test_confirmation_of_a_guest_who_left_has_no_status(
    client, publish, attend, emails, find_link
):
    event = publish()
    await attend(event)
    confirmation = f"/v1/confirmations/{find_link('guest@example.org', 'confirm')}"
    await client.delete(f"/v1/attendances/{find_link('guest@example.org', 'attendances')}")
    assert (await client.post(confirmation)).json()["status"] is None
    assert (await client.get(f"/v1/events/{event}")).json()["places_left"] is None


async def test_past_event_can_be_left_but_not_changed(client, publish, guest_link, clock):
    link = await guest_link(publish())
    clock.forward(days=27)
    response = await client.patch(link, json={"guests": 0})
    assert response.json()["type"] == "/v1/problems/event-closed"
    assert (await client.delete(link)).status_code == 204


async def test_signing_up_again_repeats_the_link(client, publish, guest_link, emails, clock):
    event = publish()
    link = await guest_link(event)
    clock.forward(minutes=20)
    guest = {"name": "Sample Guest", "email": "guest@example.org"}
    await client.post(f"/v1/events/{event}/attendances", json=guest)
    again = emails()[-1]
    assert again["Subject"] == "You are already signed up"
    assert link.rsplit("/", 1)[1] in again.get_content()


async def test_guest_from_before_there_were_links_gets_one(
    client, publish, guest_link, context, moderator, find_link
):
    event = publish()
    await guest_link(event)
    old = context.vault.encrypt({"name": "Old", "email": "guest@example.org", "lang": None})
    with context.database.write() as connection:
        connection.execute(update(attendances).values(token=None, locked=old))
    decision = {"decision": "cancel", "reason": "Rain."}
    await client.post(f"/v1/moderation/events/{event}/decisions", json=decision, headers=moderator)
    with context.database.read() as connection:
        row = connection.execute(select(attendances)).mappings().one()
    link = f"/v1/attendances/{context.vault.decrypt(row['locked'])['token']}"
    assert (await client.get(link)).json()["name"] == "Old"


# --- what others must not be able to do -----------------------------------------------------------


async def test_declined_guest_stays_declined(
    client, publish, at_home, guest_link, moderator, emails, clock
):
    event = publish(at_home())
    link = await guest_link(event)
    await decide(client, moderator, event, "decline")
    for response in (await client.delete(link), await client.patch(link, json={"guests": 0})):
        assert response.json()["type"] == "/v1/problems/already-decided"
    clock.forward(minutes=20)
    guest = {"name": "Sample Guest", "email": "guest@example.org"}
    await client.post(f"/v1/events/{event}/attendances", json=guest)
    assert emails()[-1]["Subject"] == "No place available: A potluck"


async def test_message_of_a_declined_guest_is_deleted(
    client, publish, at_home, guest_link, moderator, context
):
    event = publish(at_home())
    await guest_link(event, message="Please let me come.")
    declined = await decide(client, moderator, event, "decline")
    with context.database.read() as connection:
        locked = connection.execute(select(attendances.c.locked)).scalar_one()
    assert declined.json()["message"] is None
    assert "message" not in context.vault.decrypt(locked)


async def test_message_is_kept_for_homes_only(publish, guest_link, context):
    await guest_link(publish(), message="Hello")
    with context.database.read() as connection:
        locked = connection.execute(select(attendances.c.locked)).scalar_one()
    assert "message" not in context.vault.decrypt(locked)


async def test_staff_can_remove_an_accepted_guest(
    client, publish, guest_link, attend, moderator, emails
):
    event = publish(capacity=1)
    await guest_link(event)
    page = await client.get(f"/v1/moderation/attendances?event={event}", headers=moderator)
    path = f"/v1/moderation/attendances/{page.json()['items'][0]['id']}/decisions"
    await attend(event, "second@example.org")
    decision = {"decision": "decline", "reason": "disturbs others"}
    response = await client.post(path, headers=moderator, json=decision)
    assert (response.status_code, response.json()["status"]) == (200, "declined")
    told = {email["Subject"] for email in emails() if email["To"] == "second@example.org"}
    assert "Your place is confirmed: Vigil for migrants" in told


async def test_database_holds_no_usable_link(publish, guest_link, context, host_link):
    link, host = await guest_link(publish(id="evt_a")), host_link("evt_a")
    with context.database.read() as connection:
        rows = connection.execute(select(attendances)).all()
    assert link.rsplit("/", 1)[1] not in str(rows)
    assert host.rsplit("/", 1)[1] not in str(rows)


async def test_links_die_with_the_guest(client, publish, guest_link, context):
    link = await guest_link(publish())
    with context.database.write() as connection:
        connection.execute(delete(attendances))
    assert (await client.get(link)).status_code == 404


@pytest.mark.parametrize(
    ("spelling", "is_linked"), [("Guest@example.org", True), ("guest+tag@example.org", False)]
)
async def test_link_is_repeated_to_the_address_of_the_sign_up_only(
    client, publish, guest_link, emails, spelling, is_linked
):
    event = publish()
    link = await guest_link(event)
    body = {"name": "Somebody", "email": spelling}
    await client.post(f"/v1/events/{event}/attendances", json=body)
    email = emails()[-1]
    assert (email["Subject"], email["To"]) == ("You are already signed up", spelling)
    assert (link.rpartition("/")[2] in email.get_content()) == is_linked

"""Hosts manage their event through the link in their e-mails."""

import pytest
from sqlalchemy import select, update

from imd_campaign import retention
from imd_campaign.audit import service as audit
from imd_campaign.events import request_notices
from imd_campaign.events.tables import event_changes, events
from imd_campaign.idempotency.tables import idempotent_requests

pytestmark = pytest.mark.anyio

DAY = {
    "title": "Vigil for all migrants",
    "description": "Candles and songs.",
    "starts_at": "2026-12-18T19:00:00-06:00",
    "time_zone": "America/Mexico_City",
}


@pytest.fixture
def change(place):
    """`change(title="X")` returns a valid proposal with these changes."""
    return lambda **changes: {**DAY, "place": place(), **changes}


@pytest.fixture
def decide_change(client, moderator):
    async def decide(decision):
        page = await client.get("/v1/moderation/event-changes", headers=moderator)
        path = f"/v1/moderation/event-changes/{page.json()['items'][0]['id']}/decisions"
        body = {"decision": decision, "reason": "as asked"}
        return await client.post(path, json=body, headers=moderator)

    return decide


@pytest.mark.both_databases
async def test_host_gets_the_link_with_the_first_email(client, body, submit, find_link):
    event = await submit(body())
    link = f"/v1/hosted-events/{find_link('host@example.org', 'hosted-events')}"
    found = (await client.get(link)).json()
    assert (found["event"]["id"], found["state"]) == (event, "pending_review")
    assert (found["private"], found["change"]) == (False, None)


async def test_approval_repeats_the_link(client, body, submit, find_link, moderator):
    event = await submit(body())
    first = find_link("host@example.org", "hosted-events")
    decision = {"decision": "approve", "reason": "fine"}
    await client.post(f"/v1/moderation/events/{event}/decisions", json=decision, headers=moderator)
    assert find_link("host@example.org", "hosted-events") == first


async def test_host_sees_the_exact_place_and_the_numbers(
    client, publish, at_home, attend, host_link
):
    event = publish(at_home())
    await attend(event, guests=2)
    found = (await client.get(host_link(event))).json()
    assert found["event"]["place"]["address"] == "1218 Secret Lane"
    assert found["people"] == {"requested": 3, "accepted": 0, "waiting": 0}


async def test_host_of_a_home_sees_who_asks(client, publish, at_home, attend, host_link):
    event = publish(at_home())
    await attend(event, message="We met at the clinic.", guests=1)
    [guest] = (await client.get(f"{host_link(event)}/guests")).json()["items"]
    del guest["id"], guest["created_at"]
    assert guest == {
        "event": event,
        "name": "Sample Guest",
        "email": "guest@example.org",
        "message": "We met at the clinic.",
        "guests": 1,
        "status": "requested",
    }


async def test_unconfirmed_guest_is_not_listed(client, publish, at_home, host_link):
    event = publish(at_home())
    guest = {"name": "Sample Guest", "email": "guest@example.org"}
    await client.post(f"/v1/events/{event}/attendances", json=guest)
    assert (await client.get(f"{host_link(event)}/guests")).json()["items"] == []


@pytest.mark.both_databases
async def test_host_accepts_a_guest_who_then_gets_the_address(
    client, publish, at_home, attend, host_link, emails
):
    event = publish(at_home())
    await attend(event)
    path = f"{host_link(event)}/guests"
    [guest] = (await client.get(path)).json()["items"]
    response = await client.post(f"{path}/{guest['id']}/decisions", json={"decision": "accept"})
    assert response.json() == guest | {"status": "accepted"}
    [accepted] = [email for email in emails() if email["Subject"].startswith("Your place")]
    assert "1218 Secret Lane" in accepted.get_content()


async def test_host_withdraws_an_event_under_review(client, body, submit, host_link, moderator):
    event = await submit(body())
    path = host_link(event)
    assert (await client.delete(path)).status_code == 204
    queue = await client.get("/v1/moderation/events", headers=moderator)
    assert queue.json()["items"] == []
    assert (await client.get(path)).status_code == 404


async def test_public_event_is_cancelled_and_not_withdrawn(client, publish, host_link):
    response = await client.delete(host_link(publish()))
    assert response.json()["type"] == "/v1/problems/already-decided"


@pytest.mark.both_databases
async def test_host_cancels_and_guests_are_told(client, publish, attend, host_link, emails):
    event = publish()
    await attend(event)
    path = host_link(event)
    reason = {"reason": "The hall is flooded."}
    response = await client.post(f"{path}/cancellation", json=reason)
    assert response.json()["state"] == "cancelled"
    told = {
        email["To"]: email.get_content() for email in emails() if "ancelled" in email["Subject"]
    }
    assert "The hall is flooded." in told["guest@example.org"]
    assert "host@example.org" in told
    again = await client.post(f"{path}/cancellation", json=reason)
    assert again.json()["type"] == "/v1/problems/event-closed"


async def test_reason_of_the_host_is_not_stored(client, publish, host_link, context):
    event = publish()
    reason = {"reason": "My mother is ill."}
    await client.post(f"{host_link(event)}/cancellation", json=reason)
    with context.database.read() as connection:
        [entry] = audit.list_entries(connection, event)
    assert (entry.actor, entry.reason) == ("host", "Cancelled by the host.")


@pytest.mark.parametrize(
    "reason",
    [
        "See https://evil.example",
        "See www.evil.example",
        "see EVIL.example/x",
        "write to me@evil.example",
        "x" * 301,
        "See evil\uff0eexample",
        "See evil\u2024example",
        "See evil\u3002example",
        "See evil.e\u200bxample",
        "See evil.\u0301example",
        "See http:\\\\evil",
        "See 192.0.2.1",
        "",
    ],
)
async def test_host_cannot_send_links_or_long_texts_to_guests(client, publish, host_link, reason):
    path = f"{host_link(publish())}/cancellation"
    response = await client.post(path, json={"reason": reason})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "reason")


# --- changes --------------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_change_waits_for_a_moderator(client, publish, host_link, change, moderator):
    event = publish()
    proposed = (await client.put(f"{host_link(event)}/change", json=change())).json()["change"]
    assert (proposed["title"], proposed["starts_at"]) == (DAY["title"], DAY["starts_at"])
    assert (await client.get(f"/v1/events/{event}")).json()["title"] == "Vigil for migrants"
    page = await client.get("/v1/moderation/event-changes", headers=moderator)
    [item] = page.json()["items"]
    assert (item["event"]["title"], item["proposed"]) == ("Vigil for migrants", proposed)


async def test_proposing_the_event_as_it_is_leaves_no_change(client, publish, host_link, change):
    event = publish()
    path = f"{host_link(event)}/change"
    shown = (await client.get(host_link(event))).json()["event"]
    place = {name: value for name, value in shown["place"].items() if name != "precision"}
    same = {name: shown[name] for name in (*DAY, "ends_at", "url")} | {"place": place}
    assert (await client.put(path, json=change())).json()["change"] is not None
    assert (await client.put(path, json=same)).json()["change"] is None


@pytest.mark.both_databases
async def test_approved_change_is_public(client, publish, host_link, change, decide_change, ids):
    event = publish()
    moved = change(place={**change()["place"], "locality": "Puebla", "latitude": 19.04})
    await client.put(f"{host_link(event)}/change", json=moved)
    response = await decide_change("approve")
    public = (await client.get(f"/v1/events/{event}")).json()
    assert response.json()["event"]["title"] == public["title"] == DAY["title"]
    assert (public["place"]["locality"], public["starts_at"]) == ("Puebla", DAY["starts_at"])
    assert await ids("q=puebla&near=19.04,-99.13&radius_km=5") == [event]
    assert (await client.get(host_link(event))).json()["change"] is None


async def test_guests_are_told_of_another_time(
    client, publish, attend, host_link, change, decide_change, emails
):
    event = publish()
    await attend(event)
    await client.put(f"{host_link(event)}/change", json=change())
    await decide_change("approve")
    [told] = [email for email in emails() if email["Subject"].startswith("Changed: ")]
    assert told["To"] == "guest@example.org"
    assert "7:00" in told.get_content()


async def test_guests_are_not_told_of_another_text(
    client, publish, attend, host_link, change, decide_change, emails
):
    event = publish()
    await attend(event)
    body = change(starts_at="2026-12-18T18:00:00-06:00")
    await client.put(f"{host_link(event)}/change", json=body)
    await decide_change("approve")
    assert not [email for email in emails() if email["Subject"].startswith("Changed: ")]


async def test_host_of_a_home_learns_that_a_changed_address_stays_hidden(
    client, publish, at_home, host_link, change, decide_change, emails
):
    event = publish(at_home())
    await client.put(f"{host_link(event)}/change", json=change())
    await decide_change("approve")
    [told] = [email for email in emails() if email["Subject"].startswith("Your changes")]
    assert "Your name and the address stay hidden" in told.get_content()


async def test_new_address_of_a_home_goes_to_accepted_guests_only(
    client, publish, at_home, attend, host_link, decide_change, emails
):
    event, home = publish(at_home()), at_home()
    await attend(event)
    await attend(event, "second@example.org")
    path = host_link(event)
    items = (await client.get(f"{path}/guests")).json()["items"]
    first = next(item for item in items if item["email"] == "guest@example.org")
    await client.post(f"{path}/guests/{first['id']}/decisions", json={"decision": "accept"})
    place = {name: value for name, value in home["place"].items() if name != "private"}
    names = ("title", "description", "starts_at", "time_zone")
    moved = {name: home[name] for name in names} | {"place": place | {"address": "2 New Lane"}}
    assert (await client.put(f"{path}/change", json=moved)).status_code == 200
    await decide_change("approve")
    told = {e["To"]: e.get_content() for e in emails() if e["Subject"].startswith("Changed: ")}
    assert "2 New Lane" in told["guest@example.org"]
    assert "New Lane" not in told["second@example.org"]
    assert "Oakland" in told["second@example.org"]
    public = (await client.get(f"/v1/events/{event}")).json()["place"]
    assert (public["address"], public["precision"]) == (None, "area")


async def test_rejected_change_leaves_the_event(
    client, publish, host_link, change, decide_change, emails
):
    event = publish()
    await client.put(f"{host_link(event)}/change", json=change())
    assert (await decide_change("reject")).json()["event"]["title"] == "Vigil for migrants"
    told = emails()[-1]
    assert told["Subject"] == "We cannot publish your changes: Vigil for migrants"
    assert "as asked" in told.get_content()


async def test_decision_on_a_change_that_was_replaced_has_no_effect(
    client, publish, host_link, change, moderator
):
    """A host must not swap a change while a moderator reads it."""
    event = publish()
    path = f"{host_link(event)}/change"
    read = (await client.put(path, json=change(title="Harmless"))).json()["change"]["id"]
    await client.put(path, json=change(title="Harmful"))
    response = await client.post(
        f"/v1/moderation/event-changes/{read}/decisions",
        json={"decision": "approve", "reason": "harmless"},
        headers=moderator,
    )
    assert response.status_code == 404
    assert (await client.get(f"/v1/events/{event}")).json()["title"] == "Vigil for migrants"


async def test_host_withdraws_a_change(client, publish, host_link, change, moderator):
    path = f"{host_link(publish())}/change"
    await client.put(path, json=change())
    assert (await client.delete(path)).status_code == 204
    page = await client.get("/v1/moderation/event-changes", headers=moderator)
    assert page.json()["items"] == []
    assert (await client.delete(path)).status_code == 404


async def test_response_that_is_stored_for_a_repetition_is_encrypted(
    client, publish, at_home, host_link, engine
):
    """The response to a cancellation has the address of the home."""
    link = host_link(publish(at_home()))
    headers = {"Idempotency-Key": "a-sample-key-of-22-chars"}
    for _ in range(2):
        response = await client.post(
            f"{link}/cancellation", json={"reason": "Illness"}, headers=headers
        )
        assert response.json()["event"]["place"]["address"] == "1218 Secret Lane"
    with engine.connect() as connection:
        stored = connection.execute(select(idempotent_requests.c.body)).scalar_one()
    assert b"Secret Lane" not in stored


async def test_proposed_place_of_a_home_is_encrypted(client, publish, at_home, host_link, context):
    home = at_home()
    place = {name: value for name, value in home["place"].items() if name != "private"}
    names = ("title", "description", "starts_at", "time_zone")
    body = {name: home[name] for name in names} | {"title": "Another", "place": place}
    await client.put(f"{host_link(publish(home))}/change", json=body)
    with context.database.read() as connection:
        [row] = connection.execute(select(event_changes)).all()
    assert "Secret Lane" not in str(tuple(row))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_at": "2026-11-01T19:00:00-06:00"}, "starts_at"),
        ({"place": None}, "place"),
        ({"title": ""}, "title"),
        ({"kind": "online"}, "kind"),
        ({"host": {"name": "X", "email": "x@example.org"}}, "host"),
    ],
)
async def test_invalid_change_is_rejected(client, publish, host_link, change, changes, field):
    response = await client.put(f"{host_link(publish())}/change", json=change(**changes))
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]


async def test_event_under_review_cannot_be_changed(client, body, submit, host_link, change):
    """A host must not swap an event while a moderator reads it."""
    response = await client.put(f"{host_link(await submit(body()))}/change", json=change())
    assert response.json()["type"] == "/v1/problems/event-closed"


# --- what a hostile host must not be able to do ---------------------------------------------------


async def test_host_of_a_public_event_sees_no_guests(client, publish, attend, host_link):
    event = publish()
    await attend(event)
    path = host_link(event)
    assert (await client.get(f"{path}/guests")).status_code == 404
    assert "guest@example.org" not in (await client.get(path)).text


async def test_public_event_cannot_become_private(client, publish, host_link, change):
    body = change(place={**change()["place"], "private": True})
    response = await client.put(f"{host_link(publish())}/change", json=body)
    assert [error["field"] for error in response.json()["errors"]] == ["place.private"]


async def test_host_cannot_decide_on_guests_of_another_event(
    client, publish, at_home, attend, host_link, moderator
):
    mine, theirs = publish(at_home()), publish(at_home())
    await attend(theirs)
    page = await client.get("/v1/moderation/attendances", headers=moderator)
    guest = page.json()["items"][0]["id"]
    path = f"{host_link(mine)}/guests/{guest}/decisions"
    assert (await client.post(path, json={"decision": "accept"})).status_code == 404


async def test_links_of_guests_and_hosts_are_not_interchangeable(
    client, publish, guest_link, host_link
):
    event = publish()
    guest, host = await guest_link(event), host_link(event)
    for path in (
        guest.replace("attendances", "hosted-events"),
        host.replace("hosted-events", "attendances"),
    ):
        assert (await client.get(path)).status_code == 404


async def test_many_requests_send_the_host_one_email_a_day(
    client, publish, at_home, attend, emails, clock, context
):
    event = publish(at_home())
    for number in range(4):
        await attend(event, f"guest{number}@example.org")
        clock.forward(hours=1)
    assert _count_notices(emails()) == 1
    clock.forward(hours=21)
    request_notices.email_due(context)
    request_notices.email_due(context)
    assert _count_notices(emails()) == 2


def _count_notices(emails):
    return sum(email["Subject"] == "New requests to come: A potluck" for email in emails)


async def test_notice_that_cannot_be_sent_does_not_stop_the_others(
    publish, at_home, attend, emails, clock, context, engine
):
    homes = [publish(at_home()) for _ in range(2)]
    for number, home in enumerate([*homes, *homes]):
        await attend(home, f"guest{number}@example.org")
    with engine.begin() as connection:
        damaged = update(events).where(events.c.id == homes[0])
        connection.execute(damaged.values(locked_host=b"damaged"))
    sent = _count_notices(emails())
    clock.forward(days=1)
    request_notices.email_due(context)
    assert _count_notices(emails()) == sent + 1


@pytest.mark.parametrize(
    "reason", ["Estoy mal…vuelvo el 18.12.2026", "病气。Sorry", "对不起。我病了"]
)
async def test_host_can_write_a_reason_in_any_script(client, publish, host_link, reason):
    path = f"{host_link(publish())}/cancellation"
    assert (await client.post(path, json={"reason": reason})).status_code == 200


async def test_host_is_not_emailed_about_requests_that_are_gone(
    client, publish, at_home, attend, find_link, emails, clock, context
):
    event = publish(at_home())
    for number in range(2):
        await attend(event, f"guest{number}@example.org")
        await client.delete(
            f"/v1/attendances/{find_link(f'guest{number}@example.org', 'attendances')}"
        )
        clock.forward(hours=1)
    clock.forward(days=1)
    request_notices.email_due(context)
    assert _count_notices(emails()) == 1


@pytest.mark.both_databases
async def test_links_and_changes_are_deleted_a_month_after_the_event(
    client, publish, host_link, change, clock, context
):
    event = publish()
    path = host_link(event)
    await client.put(f"{path}/change", json=change())
    clock.forward(days=25 + 31)
    retention.purge_expired(context)
    assert (await client.get(path)).status_code == 404
    with context.database.read() as connection:
        assert connection.execute(select(event_changes)).first() is None
        assert connection.execute(select(events.c.host_token)).scalar_one() is None


async def test_host_from_before_there_were_links_gets_one(
    client, publish, context, moderator, find_link
):
    event = publish()
    old = context.vault.encrypt({"email": "host@example.org"})
    with context.database.write() as connection:
        connection.execute(update(events).values(host_token=None, locked_host=old))
    decision = {"decision": "cancel", "reason": "Rain."}
    await client.post(f"/v1/moderation/events/{event}/decisions", json=decision, headers=moderator)
    with context.database.read() as connection:
        locked = connection.execute(select(events.c.locked_host)).scalar_one()
    path = f"/v1/hosted-events/{context.vault.decrypt(locked)['token']}"
    assert (await client.get(path)).json()["state"] == "cancelled"

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from crowds import count_accepted, disable_locking
from signing import find_token
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select

from imd_campaign.events import store
from imd_campaign.events.attendance import AttendanceKind
from imd_campaign.events.emails import email_guest
from imd_campaign.events.tables import attendances
from imd_campaign.startup import open_database
from imd_campaign.submissions.kinds import Consent, Submitted

pytestmark = pytest.mark.anyio


async def places_left(client, event):
    return (await client.get(f"/v1/events/{event}")).json()["places_left"]


async def ask(client, event, email="guest@example.org", **more):
    guest = {"name": "Sample Guest", "email": email, **more}
    return await client.post(f"/v1/events/{event}/attendances", json=guest)


@pytest.mark.both_databases
async def test_place_is_taken_only_on_confirmation(client, publish, confirm_last):
    event = publish(capacity=5)
    response = await ask(client, event, guests=2)
    before = await places_left(client, event)
    confirmation = await confirm_last()
    assert (response.status_code, response.json()["status"]) == (202, "confirmation_sent")
    assert (before, await places_left(client, event)) == (5, 2)
    assert confirmation.json() == {
        "kind": "attendance",
        "state": "confirmed",
        "name": None,
        "expires_at": None,
        "event": event,
        "title": "Vigil for migrants",
        "starts_at": "2026-12-18T18:00:00-06:00",
        "time_zone": "America/Mexico_City",
        "guests": None,
        "message": None,
        "private": False,
        "status": "accepted",
    }


async def test_link_shows_what_it_confirms(client, publish, emails):
    event = publish()
    await ask(client, event, guests=2)
    shown = (await client.get(f"/v1/confirmations/{find_token(emails()[0])}")).json()
    assert (shown["state"], shown["name"], shown["guests"]) == ("pending", "Sample Guest", 2)
    assert (shown["status"], shown["expires_at"]) == (None, "2026-11-30T12:00:00+00:00")


async def test_event_without_capacity_accepts_everybody(client, publish, attend):
    event = publish()
    assert (await attend(event, guests=10)).json()["status"] == "accepted"
    assert await places_left(client, event) is None


@pytest.mark.both_databases
async def test_group_larger_than_the_places_left_waits(client, publish, attend):
    event = publish(capacity=2)
    assert (await attend(event, guests=2)).json()["status"] == "waiting"
    assert (await attend(event, "other@example.org", guests=1)).json()["status"] == "accepted"
    assert await places_left(client, event) == 0


async def test_unsubscribing_leaves_a_confirmed_guest_as_it_is(client, publish, emails):
    event = publish(capacity=5)
    await ask(client, event, guests=2)
    link = f"/v1/confirmations/{find_token(emails()[0])}"
    confirmed = await client.post(link)
    response = await client.post(f"{link}/unsubscription")
    assert (response.status_code, await places_left(client, event)) == (204, 2)
    assert (await client.get(link)).json() == confirmed.json()


@pytest.mark.both_databases
async def test_known_guest_takes_no_second_place(client, publish, attend, emails):
    event = publish(capacity=5)
    await attend(event)
    await ask(client, event, "GUEST@EXAMPLE.ORG")
    [again] = [email for email in emails() if email["Subject"] == "You are already signed up"]
    assert "/confirm/" not in again.get_content()
    assert await places_left(client, event) == 4


@pytest.mark.both_databases
async def test_two_links_for_one_event_take_one_place(client, publish, emails):
    event = publish(capacity=5)
    for name in ("First Spelling", "Second Spelling"):
        await ask(client, event, name=name)
        emails()
    tokens = [find_token(email) for email in emails()]
    answers = [await client.post(f"/v1/confirmations/{token}") for token in tokens]
    assert [answer.json()["status"] for answer in answers] == ["accepted", "accepted"]
    assert await places_left(client, event) == 4


async def test_response_does_not_reveal_who_attends(client, publish, attend):
    event = publish(capacity=1)
    await attend(event)
    again, newcomer = await ask(client, event), await ask(client, event, "new@example.org")
    assert again.json() == newcomer.json()


async def test_consent_to_publish_is_not_asked_of_guests(client, publish, confirm_last):
    await ask(client, publish())
    response = await confirm_last(public=True)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "public")


async def test_guest_can_correct_the_name(client, publish, confirm_last, context):
    await ask(client, publish())
    await confirm_last(name="Corrected Guest")
    with context.database.read() as connection:
        locked = connection.execute(select(attendances.c.locked)).scalar_one()
    assert context.vault.decrypt(locked)["name"] == "Corrected Guest"


async def test_event_that_is_over_by_then_cannot_be_confirmed(
    client, publish, confirm_last, emails, clock
):
    event = publish(ends_at="2026-12-18T19:00:00-06:00")
    clock.forward(days=25, hours=12)
    await ask(client, event)
    emails()
    clock.forward(hours=1)
    response = await confirm_last()
    assert (response.status_code, response.json()["type"]) == (409, "/v1/problems/event-closed")


async def test_guest_is_asked_in_words_of_the_moderated_event(client, publish, emails):
    await ask(client, publish(title="Vigil"), name="Visit example.net")
    [email] = emails()
    assert email["Subject"] == "Please confirm that you will come"
    assert "Vigil" in email.get_content()
    assert "example.net" not in email.as_string()


async def test_guest_email_has_time_and_place_in_the_events_language(publish, attend, emails):
    event = publish(lang="fr", title="Veillée")
    await attend(event)
    email = emails()[-1]
    assert email["Subject"] == "Votre place est réservée : Veillée"
    lines = email.get_content().splitlines()
    when = ["vendredi 18 décembre 2026, 18:00", "Heure locale de Mexico"]
    where = ["Sample Church", "5 Sample Street", "Mexico City", "Mexique"]
    start = lines.index("Veillée") + 1
    assert lines[start : start + 6] == when + where


async def test_guest_email_is_in_the_language_of_the_rsvp(publish, attend, emails):
    await attend(publish(lang="fr", title="Veillée"), lang="sw")
    email = emails()[-1]
    assert email["Subject"] == "Una nafasi: Veillée"
    assert email["Content-Language"] == "sw"
    assert "Ijumaa, 18 Desemba 2026 18:00" in email.get_content()


async def test_later_emails_are_in_the_language_of_the_rsvp(
    client, publish, attend, moderator, emails
):
    event = publish(lang="en")
    for email, lang in (("a@example.org", "ur"), ("b@example.org", None)):
        await attend(event, email, lang=lang)
    decision = {"decision": "cancel", "reason": "The hall is closed."}
    await client.post(f"/v1/moderation/events/{event}/decisions", json=decision, headers=moderator)
    recipients = {(email["To"], email["Content-Language"]) for email in emails()}
    assert recipients >= {
        ("a@example.org", "ur"),
        ("b@example.org", "en"),
        ("host@example.org", "en"),
    }
    assert ("a@example.org", "en") not in recipients


def test_guest_without_a_language_gets_the_events_language(context, publish, emails):
    event_id = publish(lang="es")
    guest = {"name": "Sample Guest", "email": "guest@example.org", "token": "sample"}
    with context.database.write() as connection:
        event = store.lock(connection, event_id)
        email_guest(context, connection, "cancelled", guest, event, reason="Rain.")
    assert [email["Content-Language"] for email in emails()] == ["es"]


async def test_past_event_accepts_no_guests(client, publish, clock):
    event = publish(ends_at="2026-12-18T19:00:00-06:00")
    clock.forward(days=25, hours=12, minutes=59)
    assert (await ask(client, event)).status_code == 202
    clock.forward(minutes=1)
    response = await ask(client, event, "late@example.org")
    assert (response.status_code, response.json()["type"]) == (409, "/v1/problems/event-closed")


async def test_event_without_an_end_is_over_after_its_day(client, publish, clock):
    event = publish()
    clock.forward(days=25, hours=17, minutes=59)  # 23:59 in Mexico City
    assert (await ask(client, event)).status_code == 202
    clock.forward(minutes=1)
    assert (await ask(client, event, "late@example.org")).status_code == 409


async def test_cancelled_event_accepts_no_guests_and_notifies_them(
    client, publish, attend, emails, moderator
):
    event = publish()
    await attend(event)
    decision = {"decision": "cancel", "reason": "storm warning"}
    await client.post(f"/v1/moderation/events/{event}/decisions", headers=moderator, json=decision)
    assert (await attend(event, "late@example.org")).status_code == 409
    [cancellation] = [email for email in emails() if email["Subject"].startswith("Cancelled")]
    assert cancellation["To"] == "guest@example.org"
    assert "storm warning" in cancellation.get_content()


async def test_event_under_review_accepts_no_guests(body, submit, attend):
    event = await submit(body())
    assert (await attend(event)).status_code == 404


@pytest.mark.both_databases
async def test_moderator_cannot_exceed_the_capacity(client, publish, attend, moderator):
    event = publish(capacity=2)
    await attend(event, guests=1)
    await attend(event, "second@example.org", guests=1)
    page = await client.get(f"/v1/moderation/attendances?event={event}", headers=moderator)
    waiting = [item for item in page.json()["items"] if item["status"] == "waiting"]
    response = await client.post(
        f"/v1/moderation/attendances/{waiting[0]['id']}/decisions",
        headers=moderator,
        json={"decision": "accept", "reason": "please"},
    )
    assert (response.status_code, response.json()["available"]) == (409, 0)


async def test_guest_cannot_be_decided_on_twice(client, publish, at_home, attend, moderator):
    event = publish(at_home())
    await attend(event)
    page = await client.get("/v1/moderation/attendances", headers=moderator)
    path = f"/v1/moderation/attendances/{page.json()['items'][0]['id']}/decisions"
    decision = {"decision": "decline", "reason": "full"}
    assert (await client.post(path, headers=moderator, json=decision)).status_code == 200
    response = await client.post(path, headers=moderator, json=decision)
    assert response.json()["type"] == "/v1/problems/already-decided"


@pytest.mark.parametrize(
    ("guest", "field"),
    [
        ({"email": "guest@example.org"}, "name"),
        ({"name": "Sample Guest"}, "email"),
        ({"name": "Sample Guest", "email": "guest@"}, "email"),
        ({"name": "Sample Guest", "email": "guest@example.org", "guests": -1}, "guests"),
        ({"name": "Sample Guest", "email": "guest@example.org", "guests": 11}, "guests"),
        ({"name": "Sample Guest", "email": "guest@example.org", "phone": "1"}, "phone"),
    ],
)
async def test_invalid_field_is_reported(client, publish, guest, field):
    response = await client.post(f"/v1/events/{publish()}/attendances", json=guest)
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]


# --- concurrent requests --------------------------------------------------------------------------

CLIENTS = 12
CAPACITY = 5
LONG_ENOUGH = 0.3  # for all to count before one inserts, on a busy machine


@pytest.fixture
def attend_concurrently(context, settings, publish):
    """Send concurrent requests that pause between counting and inserting."""

    def run(prepare=lambda database: None, seconds=0.02):
        event = publish(capacity=CAPACITY)
        database = open_database(settings.model_copy(update={"database_connections": CLIENTS}))
        prepare(database)
        concurrent_context = type(context)(settings, database, context.vault, context.clock)
        barrier = threading.Barrier(CLIENTS)

        def pause_after_counting(_, __, statement, *___):
            if "sum" in statement:
                time.sleep(seconds)

        sqlalchemy_event.listen(database.engine, "after_cursor_execute", pause_after_counting)

        def attend_as_guest(number):
            barrier.wait()
            guest = {"name": "Sample Guest", "email": f"guest{number}@example.org", "guests": 0}
            submitted = Submitted({"target": event, "lang": None}, guest)
            with concurrent_context.database.write() as connection:
                effect = AttendanceKind().take_effect(
                    concurrent_context, connection, submitted, Consent()
                )
                return store.get_attendance(connection, effect.outcome)["status"]

        with ThreadPoolExecutor(CLIENTS) as pool:
            statuses = list(pool.map(attend_as_guest, range(CLIENTS)))
        database.engine.dispose()
        return statuses.count("accepted"), count_accepted(context, event)

    return run


@pytest.mark.both_databases
def test_concurrent_guests_do_not_exceed_the_capacity(attend_concurrently):
    assert attend_concurrently() == (CAPACITY, CAPACITY)


@pytest.mark.both_databases
def test_concurrent_guests_exceed_the_capacity_without_the_lock(attend_concurrently, monkeypatch):
    """Control: shows that the test above depends on the lock."""

    def read_without_lock(connection, event):
        query = select(store.events).where(store.events.c.id == event)
        return connection.execute(query).mappings().one_or_none()

    monkeypatch.setattr(store, "lock", read_without_lock)
    accepted, _ = attend_concurrently(disable_locking, LONG_ENOUGH)
    assert accepted > CAPACITY

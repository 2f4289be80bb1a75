import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, select

from imd_campaign import db
from imd_campaign.events import attendance, store
from imd_campaign.events.emails import email_guest
from imd_campaign.events.schemas import AttendanceForm
from imd_campaign.events.tables import attendances
from imd_campaign.startup import open_database

pytestmark = pytest.mark.anyio


@pytest.fixture
def attend(client):
    async def post(event, email="guest@example.org", guests=0, **more):
        guest = {"name": "Sample Guest", "email": email, "guests": guests, **more}
        return await client.post(f"/v1/events/{event}/attendances", json=guest)

    return post


@pytest.fixture
def moderator(key):
    return key("events:moderate")


async def places_left(client, event):
    return (await client.get(f"/v1/events/{event}")).json()["places_left"]


@pytest.mark.both_databases
async def test_accepted_guests_take_places(client, publish, attend):
    event = publish(capacity=5)
    response = await attend(event, guests=2)
    assert (response.status_code, response.json()["status"]) == (202, "accepted")
    assert await places_left(client, event) == 2


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


@pytest.mark.both_databases
@pytest.mark.parametrize("email", ["guest@example.org", "GUEST@EXAMPLE.ORG"])
async def test_repeated_email_address_takes_no_second_place(client, publish, attend, email):
    event = publish(capacity=5)
    await attend(event)
    response = await attend(event, email)
    assert (response.status_code, response.json()["status"]) == (202, "accepted")
    assert await places_left(client, event) == 4


async def test_response_does_not_reveal_who_attends(publish, attend):
    event = publish(capacity=1)
    await attend(event)
    again, newcomer = await attend(event), await attend(event, "new@example.org")
    assert again.json() == newcomer.json()
    assert again.json()["status"] == "waiting"


async def test_guest_gets_one_email_per_event(publish, attend, emails):
    event = publish()
    await attend(event)
    await attend(event)
    assert len(emails()) == 1


async def test_guest_email_has_time_and_place_in_the_events_language(publish, attend, emails):
    event = publish(lang="fr", title="Veillée")
    await attend(event)
    [email] = emails()
    assert email["Subject"] == "Votre place est réservée : Veillée"
    lines = email.get_content().splitlines()
    when = ["vendredi 18 décembre 2026, 18:00", "Heure locale de Mexico"]
    where = ["Sample Church", "5 Sample Street", "Mexico City", "Mexique"]
    start = lines.index("Veillée") + 1
    assert lines[start : start + 6] == when + where


async def test_guest_email_is_in_the_language_of_the_rsvp(publish, attend, emails):
    await attend(publish(lang="fr", title="Veillée"), lang="sw")
    [email] = emails()
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
    event_id, guest = publish(lang="es"), {"name": "Sample Guest", "email": "guest@example.org"}
    with context.database.write() as connection:
        event = store.lock(connection, event_id)
        email_guest(context, connection, "cancelled", guest, event, reason="Rain.")
    assert [email["Content-Language"] for email in emails()] == ["es"]


async def test_guest_name_is_not_in_the_email(client, publish, emails):
    event = publish()
    guest = {"name": "Visit example.net", "email": "victim@example.org"}
    await client.post(f"/v1/events/{event}/attendances", json=guest)
    assert "example.net" not in emails()[0].as_string()


async def test_past_event_accepts_no_guests(publish, attend, clock):
    event = publish(ends_at="2026-12-18T19:00:00-06:00")
    clock.forward(days=25, hours=12, minutes=59)
    assert (await attend(event)).status_code == 202
    clock.forward(minutes=1)
    response = await attend(event, "late@example.org")
    assert (response.status_code, response.json()["type"]) == (409, "/v1/problems/event-closed")


async def test_event_without_an_end_is_over_after_its_day(publish, attend, clock):
    event = publish()
    clock.forward(days=25, hours=17, minutes=59)  # 23:59 in Mexico City
    assert (await attend(event)).status_code == 202
    clock.forward(minutes=1)
    assert (await attend(event, "late@example.org")).status_code == 409


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


async def test_event_under_review_accepts_no_guests(client, body, attend):
    event = (await client.post("/v1/events", json=body())).json()["id"]
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


@pytest.fixture
def attend_concurrently(context, settings, publish):
    """Send concurrent requests that pause between counting and inserting."""

    def run(prepare=lambda database: None):
        event = publish(capacity=CAPACITY)
        database = open_database(settings.model_copy(update={"database_connections": CLIENTS}))
        prepare(database)
        concurrent_context = type(context)(settings, database, context.vault, context.clock)
        barrier = threading.Barrier(CLIENTS)

        def pause_after_counting(_, __, statement, *___):
            if "sum" in statement:
                time.sleep(0.02)

        sqlalchemy_event.listen(database.engine, "after_cursor_execute", pause_after_counting)

        def attend_as_guest(number):
            barrier.wait()
            guest = AttendanceForm(name="Sample Guest", email=f"guest{number}@example.org")
            return attendance.attend(concurrent_context, event, guest).status

        with ThreadPoolExecutor(CLIENTS) as pool:
            statuses = list(pool.map(attend_as_guest, range(CLIENTS)))
        database.engine.dispose()
        return statuses.count("accepted"), _count_accepted(context, event)

    return run


def _count_accepted(context, event):
    with context.database.read() as connection:
        accepted = (attendances.c.event == event) & (attendances.c.status == "accepted")
        return connection.execute(select(func.count()).where(accepted)).scalar_one()


def disable_locking(database):
    if database.engine.dialect.name == "sqlite":  # run each statement outside a transaction
        sqlalchemy_event.remove(database.engine, "begin", db._begin_sqlite)
        database._write_lock = None


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
    accepted, _ = attend_concurrently(disable_locking)
    assert accepted > CAPACITY

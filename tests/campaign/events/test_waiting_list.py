"""The waiting list moves up whenever places become free."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from crowds import count_accepted, disable_locking
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select

from imd_campaign.events import attendance, store
from imd_campaign.events.attendance import AttendanceKind
from imd_campaign.events.tables import attendances
from imd_campaign.startup import open_database
from imd_campaign.submissions.kinds import Consent, Submitted

pytestmark = pytest.mark.anyio


@pytest.fixture
def sign_up(context, clock):
    """Add a confirmed guest; return the id."""

    def add(event, name, guests=0):
        clock.forward(seconds=1)
        details = {"name": name, "email": f"{name}@example.org", "guests": guests}
        submitted = Submitted({"target": event, "lang": None}, details)
        with context.database.write() as connection:
            return AttendanceKind().take_effect(context, connection, submitted, Consent()).outcome

    return add


@pytest.fixture
def leave(context):
    def leave(attendance_id):
        with context.database.write() as connection:
            attendance.leave(context, connection, attendance_id)

    return leave


@pytest.fixture
def statuses(context):
    def read():
        query = select(attendances.c.locked, attendances.c.status)
        with context.database.read() as connection:
            rows = connection.execute(query).all()
        return {context.vault.decrypt(locked)["name"]: status for locked, status in rows}

    return read


@pytest.mark.both_databases
def test_first_to_confirm_moves_up_first(publish, sign_up, leave, statuses):
    event = publish(capacity=1)
    first = sign_up(event, "first")
    sign_up(event, "second")
    sign_up(event, "third")
    leave(first)
    assert statuses() == {"second": "accepted", "third": "waiting"}


def test_smaller_party_passes_a_larger_one_that_does_not_fit(publish, sign_up, leave, statuses):
    event = publish(capacity=2)
    first = sign_up(event, "first")
    sign_up(event, "stays")
    sign_up(event, "pair", guests=1)
    sign_up(event, "single")
    leave(first)
    assert statuses() == {"stays": "accepted", "pair": "waiting", "single": "accepted"}


def test_guest_who_moves_up_is_emailed_the_place(publish, sign_up, leave, emails):
    event = publish(capacity=1)
    first = sign_up(event, "first")
    sign_up(event, "second")
    emails()
    leave(first)
    email = emails()[-1]
    assert (email["To"], email["Subject"]) == (
        "second@example.org",
        "Your place is confirmed: Vigil for migrants",
    )
    assert "5 Sample Street" in email.get_content()


async def test_more_capacity_lets_the_list_move_up(client, publish, sign_up, statuses, host_link):
    event = publish(capacity=1)
    for name in ("first", "second", "third"):
        sign_up(event, name)
    response = await client.patch(host_link(event), json={"capacity": 2})
    assert response.json()["people"] == {"requested": 0, "accepted": 2, "waiting": 1}
    await client.patch(host_link(event), json={"capacity": None})
    assert set(statuses().values()) == {"accepted"}


async def test_less_capacity_takes_no_place_away(client, publish, sign_up, statuses, host_link):
    event = publish(capacity=3)
    for name in ("first", "second"):
        sign_up(event, name)
    response = await client.patch(host_link(event), json={"capacity": 1})
    assert response.json()["event"]["places_left"] == 0
    assert set(statuses().values()) == {"accepted"}


@pytest.mark.both_databases
async def test_nobody_moves_up_at_a_home_without_being_accepted(
    client, publish, at_home, sign_up, leave, statuses, host_link
):
    event = publish(at_home(capacity=1))
    ids = [sign_up(event, name) for name in ("first", "second", "third")]
    path = host_link(event)
    for attendance_id in ids[:2]:
        await client.post(f"{path}/guests/{attendance_id}/decisions", json={"decision": "accept"})
    assert statuses() == {"first": "accepted", "second": "waiting", "third": "requested"}
    leave(ids[0])
    assert statuses() == {"second": "accepted", "third": "requested"}
    await client.patch(path, json={"capacity": None})
    assert statuses() == {"second": "accepted", "third": "requested"}


def test_nobody_moves_up_once_the_event_is_over(publish, sign_up, leave, statuses, clock, emails):
    event = publish(capacity=1)
    first = sign_up(event, "first")
    sign_up(event, "second")
    clock.forward(days=27)
    leave(first)
    assert statuses() == {"second": "waiting"}


# --- concurrent requests --------------------------------------------------------------------------

GUESTS = 6
CAPACITY = 6


@pytest.fixture
def leave_concurrently(context, settings, publish, sign_up):
    """Let all accepted guests leave at once, with a pause after counting the places."""

    def run(prepare=lambda database: None):
        event = publish(capacity=CAPACITY)
        leaving = [sign_up(event, f"leaves{number}") for number in range(GUESTS)]
        for number in range(2 * GUESTS):
            sign_up(event, f"waits{number}")
        database = open_database(settings.model_copy(update={"database_connections": GUESTS}))
        prepare(database)
        concurrent_context = type(context)(settings, database, context.vault, context.clock)
        barrier = threading.Barrier(GUESTS)

        def pause_after_counting(_, __, statement, *___):
            if "sum" in statement:
                time.sleep(0.03)

        sqlalchemy_event.listen(database.engine, "after_cursor_execute", pause_after_counting)

        def leave(attendance_id):
            barrier.wait()
            with concurrent_context.database.write() as connection:
                attendance.leave(concurrent_context, connection, attendance_id)

        with ThreadPoolExecutor(GUESTS) as pool:
            failures = [future.exception() for future in [pool.submit(leave, i) for i in leaving]]
        database.engine.dispose()
        assert not any(failures)
        return count_accepted(context, event)

    return run


@pytest.mark.both_databases
def test_places_of_all_who_leave_at_once_are_given_once(leave_concurrently):
    assert leave_concurrently() == CAPACITY


@pytest.mark.both_databases
def test_places_are_given_twice_without_the_lock(leave_concurrently, monkeypatch):
    """Control: shows that the test above depends on the lock; a race is not lost every time."""

    def read_without_lock(connection, event):
        query = select(store.events).where(store.events.c.id == event)
        return connection.execute(query).mappings().one_or_none()

    monkeypatch.setattr(store, "lock", read_without_lock)
    assert any(leave_concurrently(disable_locking) != CAPACITY for _ in range(5))

"""What waits for moderators, on both databases."""

import pytest

from imd_campaign.crypto import new_id
from imd_campaign.errors import NotFound
from imd_campaign.events import event_changes, review, store
from imd_campaign.events.attendance import fingerprint_guest
from imd_campaign.events.guests import make_locked_values
from imd_campaign.events.schemas import EventChangeForm, EventForm
from imd_campaign.events.submission import make_row
from imd_campaign.pagination import PageRequest

pytestmark = pytest.mark.both_databases

PAGE = PageRequest(1)


@pytest.fixture
def add(context, clock):
    def add(body, *, state="pending_review", **changed):
        clock.forward(seconds=1)
        row = make_row(context.vault, EventForm.model_validate(body), now=clock.now, state=state)
        row |= {"id": new_id("evt"), **changed}
        with context.database.write() as connection:
            store.add(connection, row)
        return row

    return add


@pytest.fixture
def propose(context):
    def propose(event, body, title):
        same = ("description", "starts_at", "time_zone")
        form = EventChangeForm.model_validate(
            {name: body[name] for name in same} | {"title": title, "place": body["place"]}
        )
        with context.database.write() as connection:
            event_changes.propose(context, connection, event, form)

    return propose


@pytest.fixture
def ask(context, clock):
    def ask(event):
        attendance = {
            "id": new_id("att"),
            "event": event["id"],
            "fingerprint": fingerprint_guest(context, event["id"], "guest@example.org"),
            **make_locked_values(context, {"name": "Sample Guest", "email": "guest@example.org"}),
            "guests": 2,
            "status": "requested",
            "created_at": clock.now,
        }
        with context.database.write() as connection:
            store.add_attendance(connection, attendance)
        return attendance["id"]

    return ask


def test_queues_are_counted_with_their_oldest(context, clock, add, body, at_home, propose, ask):
    first = clock.now
    add(body())
    add(body())
    propose(add(body(), state="public"), body(), "Vigil with music")
    ask(add(at_home(), state="public", locked_host=None, host_token=None))
    ask(add(at_home(), state="public"))
    queues = review.measure_queues(context)
    assert (queues.events.total, queues.changes.total, queues.guests.total) == (2, 1, 1)
    assert (queues.events.oldest_at - first).total_seconds() == 1


def test_lists_have_pages(context, add, body, at_home, propose, ask):
    for title in ("First", "Second"):
        propose(add(body(), state="public"), body(), title)
        ask(add(at_home(), state="public", locked_host=None, host_token=None))
    for read in (review.list_changes, review.list_guests):
        first = read(context, PAGE)
        second = read(context, PageRequest(1, first.next))
        assert first.items[0].id != second.items[0].id
        assert second.next is None


def test_next_event_is_the_one_submitted_after_it_and_then_the_first(context, add, body):
    first, second = add(body()), add(body())
    assert review.find_next(context, first["id"]) == second["id"]
    assert review.find_next(context, second["id"]) == first["id"]


def test_duplicates_are_of_the_same_day_with_the_same_link(context, add, online):
    link = "https://example.org/live"
    other = add(online(title="Another title", url=link))
    add(online(title="A third title", url="https://example.org/else"))
    found = review.list_duplicates(context, add(online(url=link))["id"])
    assert [one.event.id for one in found] == [other["id"]]


def test_guest_of_a_host_is_not_found(context, add, at_home, ask):
    guest = ask(add(at_home(), state="public"))
    with pytest.raises(NotFound):
        review.get_guest(context, guest)

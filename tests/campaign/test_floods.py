"""During a flood, people on other networks get their e-mail next, and everybody gets one."""

import secrets
from collections import Counter
from datetime import timedelta

import pytest
from signing import FORM, START, process_all, sign
from sqlalchemy import event, func, insert, select, update

from imd_campaign.confirmations.admission import BATCH_SIZE
from imd_campaign.confirmations.processing import process_due
from imd_campaign.mail import store as mail
from imd_campaign.mail.tables import outbox
from imd_campaign.networks.limits import MAX_EMAILS, MAX_WAIT, Schedule
from imd_campaign.networks.tables import network_uses
from imd_campaign.petitions import signatures
from imd_campaign.petitions.schemas import SignatureForm
from imd_campaign.petitions.tables import petitions
from imd_campaign.submissions.lanes import Lane
from imd_campaign.submissions.service import Origin
from imd_campaign.submissions.tables import submissions

pytestmark = pytest.mark.anyio

FLOOD, HOME, SCHOOL = (letter * 16 for letter in (b"f", b"h", b"s"))
HONEST = "honest.person@example.org"
SIZE = 5000


async def submit(context, email: str, network: bytes | None = FLOOD) -> None:
    form = SignatureForm(**FORM | {"email": email})
    await signatures.sign(context, "convention", form, Origin(network=network))


def flood(context, number: int, network: bytes | None = FLOOD) -> None:
    """Store submissions from a network for as many mailboxes."""
    details = context.vault.encrypt({"email": FORM["email"], **signature_details()})
    with context.database.write() as connection:
        target = str(connection.execute(select(petitions.c.id)).scalar_one())
        row = {"kind": "signature", "target": target, "state": "accepted", "lane": Lane.NEW}
        row |= {"network": network, "details": details}
        row |= {"created_at": context.now(), "due_at": context.now()}
        rows = [row | {"mailbox": secrets.token_bytes(32)} for _ in range(number)]
        connection.execute(insert(submissions), rows)


def signature_details() -> dict[str, str | None]:
    return {"name": FORM["name"], "country": FORM["country"], "source": None}


def count_lanes(context, state: str = "accepted") -> Counter[Lane]:
    with context.database.read() as connection:
        query = select(submissions.c.lane).where(submissions.c.state == state)
        return Counter(map(Lane, connection.execute(query).scalars()))


def list_asked(context) -> int:
    return sum(count_lanes(context, "asked").values())


def is_asked(context, lane: Lane = Lane.NEW, network: bytes = HOME) -> bool:
    with context.database.read() as connection:
        query = select(submissions.c.state).where(
            submissions.c.network == network, submissions.c.lane == lane
        )
        return connection.execute(query).scalars().all() == ["asked"]


def with_settings(context, **changes):
    settings = context.settings.model_copy(update=changes)
    return type(context)(settings, context.database, context.vault, context.clock)


# --- one network -------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_person_in_a_flood_of_many_mailboxes_is_asked_at_the_next_tick(context, petition):
    flood(context, SIZE // 2)
    await submit(context, HONEST, HOME)
    flood(context, SIZE // 2)
    process_all(context)
    assert is_asked(context)
    assert list_asked(context) == MAX_EMAILS + 1


async def test_person_is_ahead_of_the_flood_in_the_outbox(context, petition, clock):
    flood(context, 200)
    process_all(context)
    clock.forward(minutes=30)
    process_all(context)
    clock.forward(seconds=1)
    await submit(context, HONEST, HOME)
    process_all(context)
    with context.database.write() as connection:
        queued = mail.claim_due(connection, "lse", clock.now, clock.now, 1000)
        newest = connection.execute(select(func.max(outbox.c.created_at))).scalar_one()
    assert len(queued) == 201
    assert [row["created_at"] for row in queued].index(newest) == MAX_EMAILS


@pytest.mark.both_databases
async def test_everybody_on_a_busy_network_is_asked_within_two_hours(context, petition, clock):
    flood(context, 1000)
    asked = []
    for _ in range(MAX_WAIT // timedelta(minutes=10) + 2):
        process_all(context)
        asked.append(list_asked(context))
        clock.forward(minutes=10)
    assert asked[:3] == [MAX_EMAILS, 2 * MAX_EMAILS, 3 * MAX_EMAILS]
    assert asked[-1] == 1000


async def test_neighbours_of_a_flood_wait_two_hours_at_most(context, petition, clock):
    flood(context, 300)
    process_all(context)
    await submit(context, HONEST)
    process_all(context)
    clock.forward(hours=2)
    process_all(context)
    assert count_lanes(context) == {}


async def test_people_who_share_a_network_do_not_wait(context, petition):
    flood(context, MAX_EMAILS, SCHOOL)
    process_all(context)
    assert list_asked(context) == MAX_EMAILS


async def test_stranger_on_a_busy_network_does_not_delay_a_mailbox(context, petition):
    """A stranger on a busy network enters the address of somebody who signs at home."""
    flood(context, MAX_EMAILS + 10)
    await submit(context, HONEST)
    process_all(context)
    assert not is_asked(context, Lane.SLOW, FLOOD)
    await submit(context, HONEST, HOME)
    process_all(context)
    assert is_asked(context)


@pytest.mark.both_databases
async def test_what_waits_shows_nothing_about_other_mailboxes(context, petition, emails):
    """A mailbox counts for its network, whether it gets an e-mail or not."""
    for _ in range(3):
        await submit(context, FORM["email"], HOME)
        process_all(context)
    uses = []
    for email in (FORM["email"], "new@example.org"):
        await submit(context, email, SCHOOL)
        process_all(context)
        with context.database.read() as connection:
            query = select(func.sum(network_uses.c.number)).where(network_uses.c.network == SCHOOL)
            uses.append(connection.execute(query).scalar_one())
    assert uses == [1, 2]


def test_planned_emails_never_exceed_the_window_until_they_have_waited_long_enough():
    schedule = Schedule([])
    times = [schedule.plan(START, START + MAX_WAIT) for _ in range(1000)]
    in_time = [at for at in times if at < START + MAX_WAIT]
    assert max(Counter(in_time).values()) == MAX_EMAILS
    assert times == sorted(times)
    assert times[-1] == START + MAX_WAIT


# --- all networks ------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_all_networks_together_stay_within_the_budget(context, petition, clock):
    few = with_settings(context, confirmation_rate=50)
    flood(context, 120, None)
    asked = []
    for _ in range(3):
        process_all(few)
        asked.append(list_asked(context))
        clock.forward(minutes=1)
    assert asked == [50, 100, 120]


def flood_from_everywhere(context, number: int) -> None:
    for place in range(number):
        flood(context, 1, b"%16d" % place)


async def test_proven_form_is_ahead_of_a_flood_from_many_networks(context, petition, clock):
    few = with_settings(context, confirmation_rate=20)
    flood_from_everywhere(context, BATCH_SIZE + 50)
    await submit(context, HONEST, HOME)
    with context.database.write() as connection:
        is_home = submissions.c.network == HOME
        connection.execute(update(submissions).where(is_home).values(lane=Lane.PROVEN))
    process_all(few)
    assert is_asked(context, Lane.PROVEN)


async def test_flood_with_proofs_does_not_stop_people_without_for_ever(context, petition, clock):
    few = with_settings(context, confirmation_rate=20)
    await submit(context, HONEST, HOME)
    minutes = 0
    while not is_asked(context):
        flood(context, 25, None)
        with context.database.write() as connection:
            is_new = submissions.c.network.is_(None)
            connection.execute(update(submissions).where(is_new).values(lane=Lane.PROVEN))
        process_all(few)
        clock.forward(minutes=1)
        minutes += 1
    assert 55 <= minutes <= 80


async def test_full_outbox_lets_submissions_wait(context, petition):
    small = with_settings(context, outbox_limit=30)
    flood(context, 50, None)
    process_all(small)
    assert (list_asked(context), process_due(small)) == (30, 0)


async def test_notices_do_not_fill_the_outbox_for_confirmations(context, petition):
    small = with_settings(context, outbox_limit=30)
    now = context.now()
    row = {"kind": "event", "priority": 2, "state": "queued", "created_at": now, "due_at": now}
    with context.database.write() as connection:
        rows = [{**row, "id": f"ltr_{n}", "attempts": 0} for n in range(100)]
        connection.execute(insert(outbox), rows)
    flood(context, 1)
    process_all(small)
    assert list_asked(context) == 1


# --- the queue ---------------------------------------------------------------------------------


@pytest.fixture
async def full_client(client, app):
    context = app.state.context
    app.state.context = with_settings(context, submission_limit=3)
    yield client
    app.state.context = context


async def test_full_queue_rejects_before_it_accepts(full_client, petition, context):
    flood(context, 3)
    response = await sign(full_client)
    assert response.status_code == 503
    assert response.json()["type"] == "/v1/problems/queue-full"
    assert response.headers["retry-after"] == "60"
    assert sum(count_lanes(context).values()) == 3


async def test_what_waits_for_its_mailbox_does_not_fill_the_queue(full_client, petition, context):
    for _ in range(4):
        await submit(context, FORM["email"], None)
        process_all(context)
    await submit(context, FORM["email"], None)
    with context.database.write() as connection:
        connection.execute(update(submissions).values(state="accepted", lane=Lane.HELD))
    assert (await sign(full_client)).status_code == 202


async def test_queue_is_not_counted_for_each_form(client, petition, context, engine):
    statements: list[str] = []
    event.listen(
        client._transport.app.state.context.database.engine,
        "before_cursor_execute",
        lambda *args: statements.append(args[2]),
    )
    for _ in range(10):
        await sign(client)
    assert sum("count" in statement for statement in statements) <= 2

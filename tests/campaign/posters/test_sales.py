import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest
from sqlalchemy import event, func, select

from imd_campaign import db, retention, tables
from imd_campaign.crypto import open_sealed
from imd_campaign.errors import SoldOut
from imd_campaign.posters import sales, store
from imd_campaign.posters.schemas import OrderForm, ReservationForm
from imd_campaign.posters.tables import prints
from imd_campaign.startup import open_database

pytestmark = pytest.mark.anyio

RUN = 5


async def count_available(client):
    poster = (await client.get("/v1/posters/paths")).json()
    return poster["editions"][1]["available"]


@pytest.mark.both_databases
async def test_reservation_holds_numbered_prints(client, reserve):
    response = await reserve(quantity=2)
    assert response.status_code == 201
    reserved = response.json()
    assert reserved.pop("id").startswith("rsv_")
    assert reserved == {
        "poster": "paths",
        "edition": "limited",
        "quantity": 2,
        "numbers": [1, 2],
        "total": {"amount": 18000, "currency": "USD"},
        "expires_at": "2026-11-23T12:15:00+00:00",
    }
    assert await count_available(client) == 3


async def test_open_edition_is_unnumbered_and_unlimited(reserve):
    for _ in range(3):
        response = await reserve("open", 10)
        assert (response.status_code, response.json()["numbers"]) == (201, [])


@pytest.mark.both_databases
async def test_reservations_hold_different_prints(reserve):
    reserved = [(await reserve(quantity=2)).json()["numbers"] for _ in range(2)]
    assert reserved == [[1, 2], [3, 4]]


@pytest.mark.both_databases
async def test_reserving_too_many_prints_fails_and_holds_none(client, reserve):
    await reserve(quantity=4)
    response = await reserve(quantity=2)
    assert (response.status_code, response.json()["type"]) == (409, "/v1/problems/sold-out")
    assert response.json()["available"] == 1
    assert await count_available(client) == 1


@pytest.mark.both_databases
async def test_reservation_expires_after_15_minutes(client, reserve, clock):
    await reserve(quantity=5)
    clock.forward(minutes=14, seconds=59)
    assert await count_available(client) == 0
    clock.forward(seconds=3)  # public numbers may be two seconds old
    assert await count_available(client) == 5
    assert (await reserve(quantity=5)).json()["numbers"] == [1, 2, 3, 4, 5]


@pytest.mark.both_databases
async def test_ordered_prints_stay_sold(client, reserve, order, clock):
    await order((await reserve(quantity=2)).json()["id"])
    clock.forward(hours=1)
    assert await count_available(client) == 3
    assert (await reserve()).json()["numbers"] == [3]


@pytest.mark.both_databases
async def test_order_has_the_documented_fields(client, reserve, order):
    response = await order((await reserve(quantity=2)).json()["id"])
    assert response.status_code == 201
    placed = response.json()
    again = await client.get(f"/v1/orders/{placed['id']}")
    assert again.json() == placed
    assert again.headers["cache-control"] == "no-store"
    assert placed.pop("id").startswith("ord_")
    assert placed.pop("payment")["state"] == "due"
    assert placed == {
        "state": "placed",
        "poster": "paths",
        "edition": "limited",
        "quantity": 2,
        "numbers": [1, 2],
        "total": {"amount": 18000, "currency": "USD"},
        "created_at": "2026-11-23T12:00:00+00:00",
    }


@pytest.mark.both_databases
async def test_ordering_twice_returns_the_same_order(reserve, order, clock):
    reservation = (await reserve()).json()["id"]
    first = (await order(reservation)).json()
    clock.forward(hours=1)
    assert (await order(reservation)).json() == first


async def test_expired_reservation_cannot_be_ordered(reserve, order, clock):
    reservation = (await reserve()).json()["id"]
    clock.forward(minutes=15)
    response = await order(reservation)
    assert (response.status_code, response.json()["type"]) == (
        410,
        "/v1/problems/reservation-expired",
    )


async def test_open_edition_order_has_no_numbers(reserve, order):
    response = await order((await reserve("open", 3)).json()["id"])
    assert (response.status_code, response.json()["numbers"]) == (201, [])


@pytest.mark.both_databases
async def test_expired_reservations_are_deleted_and_orders_are_kept(
    context, reserve, order, clock, client
):
    placed = (await order((await reserve()).json()["id"])).json()
    await reserve(quantity=2)
    clock.forward(days=2)
    retention.purge_expired(context)
    reservations = tables.metadata.tables["reservations"]
    with context.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(reservations)).scalar_one() == 1
    assert (await client.get(f"/v1/orders/{placed['id']}")).json() == placed
    assert await count_available(client) == 4


async def test_only_the_private_key_decrypts_the_buyer(context, reserve, order, private_key):
    response = await order((await reserve()).json()["id"])
    assert "Hidden" not in response.text
    orders = tables.metadata.tables["orders"]
    with context.database.read() as connection:
        sealed = connection.execute(select(orders.c.sealed)).scalar_one()
    assert "Hidden" not in sealed
    assert open_sealed(sealed, private_key)["address"]["lines"] == ["12 Hidden Street"]


async def test_buyer_gets_one_confirmation_email(reserve, order, emails):
    reservation = (await reserve(quantity=2)).json()["id"]
    await order(reservation)
    await order(reservation)
    [email] = emails()
    assert email["To"] == "buyer@example.org"
    assert email["Subject"] == "Your order: Paths"
    assert "2 × limited edition, no. 1 and 2" in email.get_content()
    assert "US$180.00" in email.get_content()
    assert "Hidden" not in email.get_content()


async def test_buyer_gets_the_email_in_their_language(reserve, order, emails):
    await order((await reserve("open", 3)).json()["id"], lang="es")
    [email] = emails()
    assert email["Subject"] == "Tu pedido: Caminos"
    assert email["Content-Language"] == "es"
    assert "3 × edición abierta" in email.get_content()
    assert "75,00\xa0US$" in email.get_content()


async def test_payment_details_are_in_the_buyers_language(client, reserve, order):
    placed = (await order((await reserve()).json()["id"], lang="pt-BR")).json()
    again = (await client.get(f"/v1/orders/{placed['id']}")).json()
    assert placed["payment"]["detail"].startswith("Nada foi pago ainda.")
    assert again == placed


async def test_repeated_idempotency_key_reserves_once(client, poster):
    form, headers = {"edition": "limited"}, {"Idempotency-Key": "one-of-the-sample-keys"}
    path = f"/v1/posters/{poster}/reservations"
    first = await client.post(path, json=form, headers=headers)
    again = await client.post(path, json=form, headers=headers)
    assert again.json() == first.json()
    assert await count_available(client) == 4


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "edition"),
        ({"edition": "golden"}, "edition"),
        ({"edition": "limited", "quantity": 0}, "quantity"),
        ({"edition": "limited", "quantity": 11}, "quantity"),
        ({"edition": "limited", "quantity": "1"}, "quantity"),
        ({"edition": "limited", "number": 17}, "number"),
    ],
)
async def test_invalid_reservation_field_is_reported(client, poster, form, field):
    response = await client.post(f"/v1/posters/{poster}/reservations", json=form)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, field)


async def test_reserving_an_unknown_poster_is_not_found(client):
    response = await client.post("/v1/posters/none/reservations", json={"edition": "open"})
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reservation": "rsv_none"}, "reservation"),
        ({"name": ""}, "name"),
        ({"email": "nobody"}, "email"),
        ({"address": {"lines": [], "locality": "Madrid", "country": "ES"}}, "address.lines"),
        ({"address": {"lines": ["a"], "locality": "Madrid"}}, "address.country"),
        (
            {"address": {"lines": ["a"], "locality": "Madrid", "country": "ES", "postal_code": ""}},
            "address.postal_code",
        ),
    ],
)
async def test_invalid_order_field_is_reported(reserve, order, changes, field):
    reservation = (await reserve()).json()["id"]
    response = await order(reservation, **{"reservation": reservation, **changes})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, field)


# --- concurrent requests --------------------------------------------------------------------------

CLIENTS = 12


@pytest.fixture
def reserve_concurrently(context, settings, poster):
    """Make concurrent reservations that pause between finding and reserving a print."""

    def run(prepare=lambda database: None):
        database = open_database(settings.model_copy(update={"database_connections": CLIENTS}))
        prepare(database)
        concurrent_context = type(context)(settings, database, context.vault, context.clock)
        barrier = threading.Barrier(CLIENTS)

        def pause_after_finding(_, __, statement, *___):
            if statement.startswith("SELECT prints.number"):
                time.sleep(0.02)

        event.listen(database.engine, "after_cursor_execute", pause_after_finding)

        def reserve(_):
            barrier.wait()
            try:
                return sales.reserve(concurrent_context, poster, ReservationForm(edition="limited"))
            except SoldOut:
                return None

        with ThreadPoolExecutor(CLIENTS) as pool:
            reserved = [result for result in pool.map(reserve, range(CLIENTS)) if result]
        database.engine.dispose()
        return reserved

    return run


def disable_locking(database):
    if database.engine.dialect.name == "sqlite":  # run each statement outside a transaction
        event.remove(database.engine, "begin", db._begin_sqlite)
        database._write_lock = None


def collect_numbers(reserved):
    return sorted(chain.from_iterable(reservation.numbers for reservation in reserved))


@pytest.mark.both_databases
def test_concurrent_reservations_hold_each_print_once(reserve_concurrently):
    assert collect_numbers(reserve_concurrently()) == [1, 2, 3, 4, 5]


@pytest.mark.both_databases
def test_concurrent_reservations_oversell_without_the_lock(reserve_concurrently, monkeypatch):
    """Control: shows that the test above depends on the lock."""
    monkeypatch.setattr(store, "skip_locked_rows", lambda query: query)
    assert len(collect_numbers(reserve_concurrently(disable_locking))) > RUN


@pytest.mark.both_databases
def test_oversold_print_is_sold_once(context, reserve_concurrently, monkeypatch, buyer):
    """An order takes only the prints that its reservation still holds."""
    monkeypatch.setattr(store, "skip_locked_rows", lambda query: query)
    reserved, sold = reserve_concurrently(disable_locking), []
    for reservation in reserved:
        form = OrderForm.model_validate({**buyer, "reservation": reservation.id})
        try:
            sold += sales.order(context, form).numbers
        except sales.ReservationExpired:
            continue
    assert len(sold) == len(set(sold)) <= RUN
    with context.database.read() as connection:
        sold_prints = connection.execute(select(func.count()).where(prints.c.sold_to.is_not(None)))
        assert sold_prints.scalar_one() == len(sold)


@pytest.mark.both_databases
def test_concurrent_orders_of_one_reservation_make_one_order(context, poster, buyer):
    reservation = sales.reserve(context, poster, ReservationForm(edition="limited"))
    form = OrderForm.model_validate({**buyer, "reservation": reservation.id})
    with ThreadPoolExecutor(8) as pool:
        orders = list(pool.map(lambda _: sales.order(context, form), range(8)))
    assert len({order.id for order in orders}) == 1

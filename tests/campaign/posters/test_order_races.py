"""A crowd that confirms at once: each numbered print is sold once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest
from crowds import disable_locking
from sqlalchemy import event

from imd_campaign.errors import OrderLimitReached, SoldOut
from imd_campaign.posters import orders, store
from imd_campaign.posters.orders import Buyer
from imd_campaign.posters.schemas import Address, ReservedPrints
from imd_campaign.startup import open_database
from imd_campaign.submissions.service import fingerprint_mailbox

pytestmark = pytest.mark.both_databases

RUN = 5
CLIENTS = 12
ADDRESS = Address(lines=["12 Hidden Street"], locality="Madrid", country="ES")


@pytest.fixture
def place_concurrently(context, settings, poster, clock):
    """Place orders at once, with a pause between finding and selling a print."""

    def run(mailboxes, prepare=lambda database: None):
        database = open_database(settings.model_copy(update={"database_connections": CLIENTS}))
        prepare(database)
        concurrent_context = type(context)(settings, database, context.vault, context.clock)
        barrier = threading.Barrier(CLIENTS)
        prints = ReservedPrints(
            poster=poster, edition="limited", quantity=1, price=9000, currency="USD",
            expires_at=clock(),
        )  # fmt: skip

        def pause_after_finding(_, __, statement, *___):
            if statement.startswith("SELECT prints.number"):
                time.sleep(0.02)

        event.listen(database.engine, "after_cursor_execute", pause_after_finding)

        def place(email):
            mailbox = fingerprint_mailbox(context, email)
            buyer = Buyer("Sample Buyer", email, ADDRESS, None, mailbox)
            barrier.wait()
            try:
                with database.write() as connection:
                    return orders.place(concurrent_context, connection, prints, buyer)
            except (SoldOut, OrderLimitReached):
                return None

        with ThreadPoolExecutor(CLIENTS) as pool:
            placed = [order for order in pool.map(place, mailboxes) if order]
        database.engine.dispose()
        return placed

    return run


@pytest.fixture
def sold_numbers(monkeypatch):
    """The numbers that were given to orders, in any order."""
    found, sell = [], store.sell

    def record(connection, order, numbers):
        sell(connection, order, numbers)
        found.append(numbers)

    monkeypatch.setattr(store, "sell", record)
    return lambda: sorted(chain.from_iterable(found))


def make_crowd():
    return [f"buyer.{number}@example.org" for number in range(CLIENTS)]


def test_crowd_gets_each_print_once(place_concurrently, sold_numbers):
    assert len(place_concurrently(make_crowd())) == RUN
    assert sold_numbers() == [1, 2, 3, 4, 5]


def test_crowd_is_oversold_without_the_lock(place_concurrently, sold_numbers, monkeypatch):
    """Control: shows that the test above depends on the lock."""
    monkeypatch.setattr(store, "skip_locked_rows", lambda query: query)
    place_concurrently(make_crowd(), disable_locking)
    assert len(sold_numbers()) > RUN


def test_mailbox_that_confirms_all_at_once_gets_two_prints(place_concurrently):
    assert len(place_concurrently(["buyer@example.org"] * CLIENTS)) == 2

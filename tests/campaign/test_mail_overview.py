"""The outbox in numbers, without addresses."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from imd_campaign.audit.service import Author
from imd_campaign.mail import overview
from imd_campaign.mail.tables import outbox
from imd_campaign.suppressions import service as suppressions

pytestmark = pytest.mark.both_databases


@pytest.fixture
def queued(context, clock):
    """Two new confirmations, one that was tried an hour ago, and one that was sent."""
    now = context.now()
    common = {
        "priority": 0,
        "created_at": now,
        "due_at": now,
        "attempts": 0,
        "kind": "confirmation",
    }
    rows = [
        {"id": "ltr_1", "state": "queued"},
        {"id": "ltr_2", "state": "queued", "created_at": now - timedelta(minutes=5)},
        {"id": "ltr_3", "state": "queued", "attempts": 3, "due_at": now + timedelta(hours=1)},
        {"id": "ltr_4", "state": "sent", "kind": "order"},
    ]
    with context.database.write() as connection:
        connection.execute(insert(outbox), [common | row for row in rows])


def test_what_waits_is_counted_by_kind_with_its_times(context, queued):
    found = overview.read_overview(context)
    now = context.now()
    assert found.waiting == [
        overview.WaitingKind(
            "confirmation", 3, 1, now - timedelta(minutes=5), now + timedelta(hours=1)
        )
    ]
    assert (found.total_waiting, found.total_tried) == (3, 1)
    assert found.states == {"queued": 3, "sent": 1}


def test_suppressed_addresses_are_counted_by_reason(context):
    with context.database.write() as connection:
        for number, status in enumerate(["5.1.1", "5.1.10", "5.2.2", "5.7.1"]):
            for day in range(3):
                moment = context.now() - timedelta(days=2 - day)
                address = suppressions.fingerprint_address(context, f"p{number}@example.org")
                suppressions.record_bounce(connection, address, status, moment)
    assert overview.read_overview(context).suppressed == {"no_mailbox": 2, "cannot_receive": 1}


def test_retrying_makes_tried_emails_due_and_is_audited(context, queued):
    retried = overview.retry_now(context, Author("stf_1", "The server is back", context.now()))
    with context.database.read() as connection:
        due = connection.execute(text("SELECT count(*) FROM outbox WHERE due_at <= created_at"))
        audited = connection.execute(text("SELECT actor, action, reason FROM audit")).all()
        assert (retried, due.scalar()) == (1, 3)
    assert audited == [("stf_1", "retry-emails", "The server is back")]

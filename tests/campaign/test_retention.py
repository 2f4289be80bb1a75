"""What is kept for how long: one table, for staff and in the docs."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from imd_campaign import retention, retention_schedule
from imd_campaign.mail import store as mail
from imd_campaign.posters.tables import editions, orders, posters
from imd_campaign.retention_schedule import list_rules
from imd_campaign.settings import Settings
from imd_campaign.tables import metadata

PAGE = Path(__file__).parents[2] / "docs/campaign/personal-data.md"
# They hold texts, numbers and positions of the campaign itself, or what is derived from other rows.
WITHOUT_PEOPLE = {
    *("campaigns", "campaign_texts", "petition_texts", "tallies", "source_tallies"),
    *("public_counts", "posters", "poster_texts", "poster_files", "editions", "prints"),
    *("share_kits", "share_kit_texts", "resources", "resource_texts", "secret_checks", "leases"),
    *("switches", "petition_announcements", "payments", "partners", "partner_links"),
    *("partner_tallies", "partner_counts", "partner_days"),
    *("event_index", "event_terms", "event_columns", "event_cells", "event_index_versions"),
}


def make_table(settings: Settings) -> str:
    rows = [f"| {rule.data} | {rule.kept} | {rule.why} |" for rule in list_rules(settings)]
    return "\n".join(["| Data | Kept | Why |", "|---|---|---|", *rows])


def test_docs_have_the_table_of_the_code(settings: Settings):
    assert make_table(settings) in PAGE.read_text(encoding="utf-8")


def test_every_table_has_a_rule_or_no_people(settings: Settings):
    ruled = {rule.table.name for rule in list_rules(settings)}
    assert ruled | WITHOUT_PEOPLE == set(metadata.tables)
    assert not ruled & WITHOUT_PEOPLE


def find_kept(context, data: str):
    [kept] = [one for one in retention_schedule.measure(context) if one.rule.data.startswith(data)]
    return kept


def add_sent_email(context) -> None:
    now = context.now()
    row = {"id": "ltr_1", "kind": "confirmation", "priority": 0, "created_at": now, "due_at": now}
    with context.database.write() as connection:
        mail.add(connection, [row])
        mail.finish(connection, "ltr_1", "sent", now)


@pytest.mark.both_databases
def test_next_deletion_is_when_the_oldest_row_expires(context, clock):
    add_sent_email(context)
    kept = find_kept(context, "e-mails that have ended")
    assert (kept.rows, kept.next_deletion) == (1, clock.now + timedelta(days=30))
    clock.forward(days=31)
    retention.purge_expired(context)
    kept = find_kept(context, "e-mails that have ended")
    assert (kept.rows, kept.next_deletion) == (0, None)


def add_order(context, state: str) -> None:
    poster = {"slug": "paths", "artist": "Sample Artist", "year": 2026, "state": "on_sale"}
    edition = {"poster": "paths", "id": "open", "position": 0, "kind": "open", "titles": {}}
    edition |= {"size": "", "amount": 2500, "currency": "USD"}
    order = {"id": "ord_1", "state": state, "poster": "paths", "edition": "open", "quantity": 1}
    order |= {"amount": 2500, "currency": "USD", "mailbox": b"m", "sealed": "sealed"}
    with context.database.write() as connection:
        connection.execute(insert(posters).values(poster))
        connection.execute(insert(editions).values(edition))
        connection.execute(insert(orders).values(order | {"created_at": context.now()}))


@pytest.mark.both_databases
def test_buyer_is_deleted_once_no_law_needs_the_invoice(context, clock):
    add_order(context, "sent")
    due = clock.now + timedelta(days=context.settings.order_days)
    assert find_kept(context, "paid orders").next_deletion == due
    clock.forward(days=context.settings.order_days)
    retention.purge_expired(context)
    assert find_kept(context, "paid orders").rows == 1
    clock.forward(seconds=1)
    retention.purge_expired(context)
    assert find_kept(context, "paid orders").rows == 0
    assert find_kept(context, "orders without their buyer").rows == 1
    with context.database.read() as connection:
        assert connection.execute(orders.select()).one().mailbox is None


def test_unpaid_order_keeps_its_buyer_until_it_expires(context, clock):
    add_order(context, "placed")
    clock.forward(days=context.settings.order_days + 1)
    retention.purge_expired(context)
    assert find_kept(context, "unpaid orders").rows == 1

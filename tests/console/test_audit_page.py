import re

import pytest

from imd_campaign.audit import service as audit
from imd_campaign.staff import sessions

ENTRY = re.compile(r'<b><bdi dir="ltr">([\w.-]+)</bdi></b>')


@pytest.fixture
def record(context):
    def add(action, actor="shell:sample", **details):
        with context.database.write() as connection:
            audit.record(
                connection,
                now=context.now(),
                actor=actor,
                action=action,
                subject="evt_1",
                reason="A sample reason",
                **details,
            )

    return add


@pytest.fixture
def admin(sign_in):
    return sign_in("admin")


def list_actions(browser, query=""):
    return ENTRY.findall(browser.get(f"/staff/audit{query}").text)


def test_newest_entry_is_first(admin, record):
    record("event.approve")
    record("event.reject")
    assert list_actions(admin) == ["event.reject", "event.approve"]


def test_entry_shows_who_what_why_and_details(admin, record):
    record("event.approve", actor=admin.person.account_id, source="a partner")
    page = admin.get("/staff/audit").text
    wanted = ("Sample Person", "event.approve", "A sample reason", "evt_1", "source: a partner")
    assert [text for text in wanted if text not in page] == []


def test_filter_by_action(admin, record):
    record("event.approve")
    record("event.reject")
    assert list_actions(admin, "?action=event.reject") == ["event.reject"]


def test_filter_by_day_includes_the_last_day(admin, record, clock):
    record("event.approve")
    clock.forward(days=1)
    record("event.reject")
    clock.forward(days=1)
    record("event.cancel")
    admin = _stay(admin)
    query = "?from=2026-11-21&until=2026-11-21"
    assert list_actions(admin, query) == ["event.reject"]


def _stay(browser):
    """Sign in anew: the session has ended meanwhile."""
    context = browser.person.context
    with context.database.write() as connection:
        token = sessions.begin(context, connection, browser.person.account_id, "Firefox, Android")
    browser.client.cookies.set("__Host-imd-staff-session", token, domain="campaign.example")
    return browser


def test_filter_by_actor_has_no_name_in_its_address(admin, record):
    record("event.approve")
    record("event.reject", actor="shell:other")
    page = admin.get("/staff/audit").text
    key = re.search(r'<option value="([0-9a-f]+)">shell:other', page)[1]
    assert list_actions(admin, f"?actor={key}") == ["event.reject"]


@pytest.mark.parametrize(
    "query", ["?from=yesterday", "?actor=nobody", "?action=%00", "?until=9999-12-31"]
)
def test_filter_that_cannot_be_read_filters_nothing(admin, record, query):
    record("event.approve")
    assert list_actions(admin, query) == ["event.approve"]


def test_long_log_has_pages(admin, record):
    for number in range(31):
        record(f"act-{number}")
    page = admin.get("/staff/audit").text
    link = page.partition('rel="next" href="')[2].partition('"')[0]
    assert list_actions(admin, link.removeprefix("/staff/audit")) == ["act-0"]

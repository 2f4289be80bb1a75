"""Pages about petitions, invalid signatures, orders, keys, e-mail and switches."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text

from imd_campaign.api_keys import service as keys
from imd_campaign.mail.tables import outbox
from imd_campaign.petitions.invalidation import service as invalidation
from imd_campaign.petitions.tables import ledger
from imd_campaign.posters import orders
from imd_campaign.submissions import store as submissions
from imd_campaign.submissions.service import fingerprint_mailbox
from imd_campaign.switches import service as switches
from imd_console.key_creation import SCOPE_NAMES
from imd_console.problems import DECIDED

PASSWORD = "four words are enough"
REASON = {"reason": "A sample reason"}
NEW = "/staff/invalidations/new"
SECRET = "sealed-for-the-organisation"
TEXTS = {"lang": "en", "title": "Stand up", "summary": "S", "text": "T", "target": "All"}


def read_audit(context):
    with context.database.read() as connection:
        query = "SELECT actor, action, reason FROM audit ORDER BY id DESC LIMIT 1"
        return tuple(connection.execute(text(query)).one())


def follow(browser, response):
    assert (response.status_code, response.text) == (303, "")
    return browser.get(response.headers["location"])


# --- petitions -----------------------------------------------------------------------------------


def test_petition_has_exact_numbers_and_no_names(sign_in, petition):
    browser = sign_in("admin")
    assert "Stand up" in browser.get("/staff/petitions").text
    page = browser.get("/staff/petitions/convention").text
    assert re.search(r"Kenya</bdi></th><td>3</td>", page)
    assert "Sample Signer" not in page
    assert "<title>Stand up · Staff console</title>" in page


def test_totals_are_checked_on_request(sign_in, petition, context):
    browser = sign_in("admin")
    checked = browser.post("/staff/petitions/check", page="/staff/petitions")
    assert "Totals, ledger and signatures agree." in checked.text
    with context.database.write() as connection:
        connection.execute(text("UPDATE petitions SET total = 9"))
    checked = browser.post("/staff/petitions/check", page="/staff/petitions")
    assert "convention, total: 5 numbered in the ledger, 9 counted" in checked.text


# --- invalid signatures --------------------------------------------------------------------------


def test_invalidation_is_counted_first_then_done_and_undone(sign_in, petition, context):
    browser = sign_in("admin")
    preview = browser.post(NEW, {"country": "KE"})
    assert "3 signatures meet the conditions" in preview.text
    assert (SECRET in preview.text, "Sample Signer" in preview.text) == (False, False)
    assert invalidation.list_invalidations(context) == []
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', preview.text))
    done = follow(browser, browser.post(NEW, hidden | REASON))
    assert "Not counted" in done.text
    assert read_audit(context) == (
        browser.person.account_id,
        "invalidate-signatures",
        REASON["reason"],
    )
    path = done.url.path
    undone = follow(browser, browser.post(path, REASON))
    assert "Undone: counted again" in undone.text
    with context.database.read() as connection:
        changes = connection.execute(select(ledger.c.change).order_by(ledger.c.id)).scalars().all()
    assert changes == [1] * 5 + [-1] * 3 + [1] * 3


def test_signature_that_arrives_after_the_preview_is_not_invalidated(sign_in, petition, context):
    browser = sign_in("admin")
    preview = browser.post(NEW, {"country": "KE"})
    [until] = re.findall(r'name="until" value="([^"]*)"', preview.text)
    assert until == context.now().isoformat()


def test_form_offers_petitions_and_countries(sign_in, petition):
    page = sign_in("admin").get(f"{NEW}?petition=convention").text
    assert '<option value="convention" selected>Stand up</option>' in page
    assert '<option value="KE">Kenya</option>' in page


@pytest.mark.parametrize(
    ("entered", "message"),
    [
        ({}, "Choose at least one of these:"),
        ({"country": "ZZ"}, "Choose a country from the list."),
        ({"since": "yesterday"}, "Enter a date and a time"),
        ({"burst_minutes": "many"}, "Enter a whole number."),
        ({"burst_minutes": "0"}, "Enter a number of minutes"),
        ({"since": "2026-11-01T00:00"}, "Choose at least one of these:"),
        ({"email": "nobody", "current": PASSWORD}, "Enter an e-mail address"),
        ({"country": "ES"}, "No signature meets these conditions."),
    ],
)
def test_condition_that_cannot_be_meant_is_explained(sign_in, petition, entered, message):
    response = sign_in("admin").post(NEW, entered)
    assert (response.status_code, message in response.text) == (422, True)


def test_invalidation_needs_a_reason(sign_in, petition, context):
    response = sign_in("admin").post(NEW, {"country": "KE", "confirm": "yes"})
    assert (response.status_code, invalidation.list_invalidations(context)) == (422, [])


def test_mailbox_to_invalidate_is_in_no_url_and_not_recorded(sign_in, petition, context):
    browser = sign_in("admin")
    entered = {"email": "P1@example.org", "current": browser.person.password}
    response = browser.post(NEW, {**entered, "confirm": "yes", **REASON})
    assert "example" not in response.headers["location"]
    page = follow(browser, response)
    assert ("p1@" in page.text.lower(), "not recorded" in page.text) == (False, True)


@pytest.mark.parametrize("address", ["p1@example.org", "nobody@example.org"])
def test_look_up_by_address_needs_the_password_and_is_recorded(sign_in, petition, context, address):
    browser = sign_in("admin")
    refused = browser.post(NEW, {"email": address})
    assert (refused.status_code, 'href="#current"' in refused.text) == (422, True)
    with context.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar() == 0
    found = browser.post(NEW, {"email": address, "current": browser.person.password})
    assert ("1 signature meets" in found.text) == address.startswith("p1")
    assert browser.person.password not in found.text
    assert read_audit(context)[:2] == (browser.person.account_id, "look-up-signer")
    with context.database.read() as connection:
        assert "example" not in str(connection.execute(text("SELECT * FROM audit")).all())


# --- orders --------------------------------------------------------------------------------------


def test_order_is_marked_as_paid_and_then_listed_as_paid(sign_in, order, context):
    browser = sign_in("fulfilment")
    assert "€30.00" in browser.get("/staff/orders").text
    opened = browser.post("/staff/orders/order", order, page="/staff/orders")
    assert ("Mark as paid" in opened.text, SECRET in opened.text) == (True, False)
    chosen = {**order, "decision": "paid", **REASON}
    response = browser.post("/staff/orders", chosen)
    assert "ord_sample" not in response.headers["location"]
    assert "There are none." in follow(browser, response).text
    assert "€30.00" in browser.get("/staff/orders?state=paid").text
    assert read_audit(context) == (browser.person.account_id, "order.paid", REASON["reason"])


def test_order_is_not_sent_before_it_is_paid(sign_in, order):
    chosen = {**order, "decision": "sent", **REASON}
    response = sign_in("fulfilment").post("/staff/orders", chosen)
    assert (response.status_code, DECIDED in response.text) == (409, True)


@pytest.mark.parametrize("entered", [{}, {"current": "not the password"}])
def test_order_is_not_cancelled_without_the_own_password(sign_in, order, context, entered):
    chosen = {**order, "decision": "cancel", **entered, "reason": "A typed reason"}
    response = sign_in("fulfilment").post("/staff/orders", chosen)
    assert (response.status_code, 'href="#current"' in response.text) == (422, True)
    assert "A typed reason</textarea>" in response.text
    assert orders.get(context, "ord_sample").state == "placed"


def test_order_is_cancelled_with_the_own_password(sign_in, order, context):
    browser = sign_in("fulfilment")
    chosen = {**order, "decision": "cancel", "current": browser.person.password, **REASON}
    assert browser.post("/staff/orders", chosen).status_code == 303
    assert orders.get(context, "ord_sample").state == "cancelled"


def test_stock_lists_editions(sign_in, order):
    page = sign_in("fulfilment").get("/staff/orders/stock").text
    assert ("Open edition" in page, "No limit" in page) == (True, True)


# --- keys ----------------------------------------------------------------------------------------


def test_key_is_shown_once(sign_in, context):
    browser = sign_in("admin")
    entered = {"name": "Sample partner", "scopes": ["signatures:read"], **REASON}
    entered["current"] = browser.person.password
    created = browser.post("/staff/keys/new", entered)
    path = created.headers["location"]
    assert re.search(r"imd_\w{38}", browser.get(path).text)
    assert not re.search(r"imd_\w{38}", browser.get(path).text)
    assert read_audit(context)[1:] == ("create-key", REASON["reason"])


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"quota": "5"}, "quota"),
        ({"quota": "none", "scopes": ["signatures:write"]}, "quota"),
        ({"current": "wrong"}, "current"),
        ({"reason": ""}, "reason"),
    ],
)
def test_key_with_an_error_is_not_created(sign_in, context, changed, field):
    browser = sign_in("admin")
    entered = {"name": "Partner", "scopes": ["signatures:read"], **REASON}
    entered |= {"current": browser.person.password} | changed
    response = browser.post("/staff/keys/new", entered)
    assert (response.status_code, f'href="#{field}"' in response.text) == (422, True)
    assert keys.list_keys(context.database) == []


def test_quota_is_changed_and_key_revoked(sign_in, context):
    scopes = ["signatures:write"]
    _, key = keys.create(context.database, name="Partner", scopes=scopes, now=context.now())
    browser, path = sign_in("admin"), f"/staff/keys/{key.id}"
    assert "5,000" in follow(browser, browser.post(path, {"quota": "5000", **REASON})).text
    assert "Revoked" in follow(browser, browser.post(f"{path}/revoke", REASON)).text
    assert read_audit(context)[1:] == ("revoke-key", REASON["reason"])


# --- e-mail --------------------------------------------------------------------------------------


def test_queue_is_shown_in_numbers_and_tried_again(sign_in, context):
    now = context.now()
    values = {"id": "ltr_1", "kind": "confirmation", "state": "queued", "attempts": 2}
    values |= {"priority": 0, "created_at": now, "due_at": now + timedelta(hours=1)}
    with context.database.write() as connection:
        connection.execute(insert(outbox).values(values))
    browser = sign_in("admin")
    assert "1 could not be delivered yet" in browser.get("/staff/email").text
    follow(browser, browser.post("/staff/email/retry", REASON, page="/staff/email"))
    with context.database.read() as connection:
        assert connection.execute(select(outbox.c.due_at)).scalar() == now


def test_mailbox_is_unblocked_and_its_address_is_in_no_url(sign_in, context):
    with context.database.write() as connection:
        mailbox = fingerprint_mailbox(context, "person@example.org")
        submissions.block(connection, mailbox, context.now())
    browser, entered = sign_in("admin"), {"email": "person@example.org", **REASON}
    response = browser.post("/staff/email/unblock", entered)
    assert response.headers["location"] == "/staff/email"
    assert "allowed again" in follow(browser, response).text
    again = browser.post("/staff/email/unblock", entered)
    assert (again.status_code, "neither stopped nor bounced" in again.text) == (422, True)


# --- switches ------------------------------------------------------------------------------------


def test_switch_is_turned_on_with_a_reason_and_off_again(sign_in, context):
    browser, path = sign_in("admin"), "/staff/switches/stop_email"
    assert browser.post(path, {"state": "on", "reason": ""}).status_code == 422
    follow(browser, browser.post(path, {"state": "on", **REASON}))
    assert is_on(context, switches.STOP_EMAIL)
    assert read_audit(context)[1:] == ("turn_on", REASON["reason"])
    follow(browser, browser.post(path, {"state": "off", **REASON}))
    assert not is_on(context, switches.STOP_EMAIL)


def is_on(context, name):
    with context.database.read() as connection:
        return switches.is_on(connection, name)


def test_read_only_can_be_turned_off_while_it_is_on(sign_in, context):
    browser, path = sign_in("admin"), "/staff/switches/read_only"
    follow(browser, browser.post(path, {"state": "on", **REASON}))
    follow(browser, browser.post(path, {"state": "off", **REASON}))
    assert not is_on(context, switches.READ_ONLY)


def test_closed_campaign_stays_read_only(sign_in, context):
    with context.database.write() as connection:
        switches.close_campaign(connection, switches.Change("shell:x", "Over", context.now()))
    browser, path = sign_in("admin"), "/staff/switches/read_only"
    assert browser.post(path, {"state": "off", **REASON}).status_code == 409
    assert is_on(context, switches.READ_ONLY)


def test_unknown_switch_is_not_found(sign_in):
    assert sign_in("admin").get("/staff/switches/panic").status_code == 404


def test_page_offers_scopes_that_exist():
    assert set(SCOPE_NAMES) <= set(keys.SCOPES)

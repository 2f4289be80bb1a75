"""What hostile requests get: other sites, other forms, other hosts."""

import logging
import re
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from starlette.testclient import TestClient

from imd_campaign.api_keys.service import Caller
from imd_campaign.context import Context
from imd_campaign.events import moderation
from imd_campaign.events.schemas import EventDecision
from imd_campaign.staff import accounts
from imd_campaign.startup import open_database, open_vault
from imd_campaign.switches import service as switches
from imd_console.app import create_app

from .conftest import SITE, make_settings

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
PAGES = ["/staff", "/staff/events", "/staff/account", "/staff/nothing", "/staff/events/nothing"]


def end_others(browser, **options):
    """Send a form that a signed-in person may send."""
    return browser.post("/staff/account/sessions", page="/staff/account", **options)


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_neither_cached_nor_framed(sign_in, path):
    response = sign_in("moderator").get(path)
    assert {name: response.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize("path", PAGES)
def test_pages_have_no_script_no_style_and_no_foreign_address(sign_in, path):
    page = sign_in("moderator").get(path).text
    assert re.findall(r"<script|<style|style=|\bon\w+=|https?://|javascript:", page) == []


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_form_from_another_site_is_refused(sign_in, site):
    assert end_others(sign_in("moderator"), headers={"Sec-Fetch-Site": site}).status_code == 403


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://campaign.example", "https://campaign.example:8443"]
)
def test_form_with_another_origin_is_refused(sign_in, origin):
    assert end_others(sign_in("moderator"), headers={"Origin": origin}).status_code == 403


@pytest.mark.parametrize("origin", ["https://campaign.example", "null"])
def test_form_of_our_own_pages_is_accepted(sign_in, origin):
    assert end_others(sign_in("moderator"), headers={"Origin": origin}).status_code == 303


def test_form_is_accepted_at_another_host_of_the_server_behind_a_proxy(open_at):
    console = open_at(SITE, "http://api.example")
    form = console.get("/staff/login")
    token = re.search(r'name="token" value="([0-9a-f]+)"', form.text)[1]
    cookie = form.headers["set-cookie"].partition(";")[0]
    headers = {"Origin": "https://api.example", "Cookie": cookie}
    response = console.post("/staff/login", data={"token": token}, headers=headers)
    assert response.status_code == 422


def test_form_without_a_token_is_refused(sign_in):
    browser = sign_in("moderator")
    assert browser.client.post("/staff/account/sessions", data={"x": "y"}).status_code == 403


def test_form_with_the_token_of_another_session_is_refused(sign_in):
    admin, moderator = sign_in("admin"), sign_in("moderator")
    foreign = re.search(r'name="token" value="([0-9a-f]+)"', admin.get("/staff").text)[1]
    response = moderator.client.post("/staff/account/sessions", data={"token": foreign})
    assert response.status_code == 403


def test_nobody_can_be_signed_in_by_a_form_of_another_site(browser, add_person, clock):
    person = add_person("admin")
    clock.forward(minutes=1)
    data = {"email": person.email, "password": person.password, "code": person.code()}
    assert browser.client.post("/staff/login", data=data).status_code == 403


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"token=x&" + b"a" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"a=b" for _ in range(300)), "application/x-www-form-urlencoded", 400),
        (b"\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 415),
        (b"--x", "multipart/form-data; boundary=x", 415),
    ],
)
def test_body_that_is_no_small_form_is_refused(sign_in, body, kind, status):
    browser = sign_in("moderator")
    response = browser.client.post("/staff/logout", content=body, headers={"Content-Type": kind})
    assert response.status_code == status


def test_path_with_a_null_character_is_not_found(sign_in):
    assert sign_in("moderator").get("/staff/events/%00").status_code == 404


def test_twice_sent_session_cookie_signs_nobody_in(sign_in):
    browser = sign_in("moderator")
    token = browser.client.cookies["__Host-imd-staff-session"]
    browser.client.cookies.clear()
    cookie = f"__Host-imd-staff-session=x; __Host-imd-staff-session={token}"
    assert browser.client.get("/staff", headers={"Cookie": cookie}).status_code == 303


def test_text_of_others_is_escaped(sign_in, add_person):
    add_person("moderator", name="<b>Sample</b>")
    page = sign_in("admin").get("/staff/accounts").text
    assert "&lt;b&gt;Sample&lt;/b&gt;" in page


def test_errors_and_logs_have_no_personal_data(browser, add_person, caplog):
    caplog.set_level(logging.DEBUG)
    person = add_person("admin")
    data = {"email": person.email, "password": "my secret password", "code": "123456"}
    browser.post("/staff/login", data)
    assert [text for text in (*data.values(), person.email) if text in caplog.text] == []


def test_log_has_the_template_of_a_path(browser, caplog):
    caplog.set_level(logging.INFO, logger="imd_console.access")
    browser.get("/staff/invitations/a-secret-token")
    assert "GET /staff/invitations/{token} 410" in caplog.text
    assert "a-secret-token" not in caplog.text


def test_requests_are_counted_by_their_template(browser, context):
    browser.get("/staff/invitations/a-secret-token")
    metrics = generate_latest(context.metrics.registry).decode()
    assert 'method="GET",route="/staff/invitations/{token}",status="410"} 1.0' in metrics
    assert "a-secret-token" not in metrics


def test_representations_hide_names_tokens_and_entries(sign_in, context):
    account = sign_in("admin").person
    assert "Sample Person" not in repr(accounts.get_account(context, account.account_id))


# --- HTTPS ---------------------------------------------------------------------------------------


@pytest.fixture
def open_at(context, tmp_path):
    """Open a console whose site has this URL, at another URL."""
    opened = []

    def start(site_url: str, base_url: str, peer: str = "127.0.0.1") -> TestClient:
        settings = make_settings(Path(tmp_path / "campaign.sqlite3"), site_url=site_url)
        database = open_database(settings)
        opened.append(database)
        own = Context(settings, database, open_vault(settings), context.clock)
        return TestClient(create_app(lambda: own), base_url=base_url, client=(peer, 50000))

    yield start
    for database in opened:
        database.engine.dispose()


def test_cookies_need_no_https_on_the_loopback_address(open_at):
    response = open_at("http://127.0.0.1:1218", "http://127.0.0.1:1218").get("/staff/login")
    assert response.status_code == 200
    assert response.headers["set-cookie"].startswith("imd-staff-local-form=")


@pytest.mark.parametrize(
    ("site_url", "base_url", "peer"),
    [
        ("http://campaign.example", "http://campaign.example", "127.0.0.1"),
        ("http://127.0.0.1:1218", "http://campaign.example", "127.0.0.1"),
        ("http://127.0.0.1:1218", "http://127.0.0.1:1218", "198.51.100.7"),
    ],
)
def test_console_needs_https_elsewhere(open_at, site_url, base_url, peer):
    response = open_at(site_url, base_url, peer).get("/staff/login")
    assert response.status_code == 403
    assert "HTTPS only" in response.text
    assert "set-cookie" not in response.headers


def test_database_that_is_down_is_a_page(browser, context):
    context.database.engine.dispose()
    Path(context.settings.database_url.removeprefix("sqlite:///")).write_bytes(b"not a database")
    browser.client.cookies.set("__Host-imd-staff-session", "x")
    response = browser.get("/staff")
    assert response.status_code in (500, 503)
    assert "Nothing was changed" in response.text


# --- what was typed ------------------------------------------------------------------------------

TYPED = "Checked <b>with</b> the parish\n\nby phone"
SHOWN = "Checked &lt;b&gt;with&lt;/b&gt; the parish&#10;&#10;by phone</textarea>"


def decide(browser, event, **options):
    data = {"decision": "approve", "reason": TYPED}
    return browser.post(f"/staff/events/{event}", data, **options)


def test_reason_is_shown_again_if_the_session_has_ended(sign_in, add_event, clock):
    browser, event = sign_in("moderator"), add_event()
    form = browser.get(f"/staff/events/{event}").text
    token = re.search(r'name="token" value="([0-9a-f]+)"', form)[1]
    clock.forward(minutes=31)
    data = {"decision": "approve", "reason": TYPED, "token": token}
    response = browser.client.post(f"/staff/events/{event}", data=data)
    assert (response.status_code, SHOWN in response.text) == (403, True)


def test_reason_is_shown_again_if_somebody_else_has_decided(sign_in, add_event, context):
    browser, event = sign_in("moderator"), add_event()
    form = EventDecision(decision="reject", reason="A sample reason")
    moderation.decide_event(context, Caller("acc_1", "staff", frozenset()), event, form)
    assert SHOWN in decide(browser, event).text


def test_reason_is_shown_again_while_the_campaign_is_read_only(sign_in, add_event, context):
    browser, event = sign_in("moderator"), add_event()
    change = switches.Change("shell:test", "A sample reason", context.now())
    with context.database.write() as connection:
        switches.turn(connection, switches.READ_ONLY, change, is_on=True)
    response = decide(browser, event)
    assert (response.status_code, SHOWN in response.text) == (503, True)


@pytest.mark.parametrize("role", ["moderator", None])
def test_reason_from_another_site_is_not_shown(sign_in, browser, add_event, role):
    opened = sign_in(role) if role else browser
    response = decide(opened, add_event(), headers={"Sec-Fetch-Site": "cross-site"})
    assert "Checked" not in response.text

"""Pages in Chromium: axe-core finds no errors, and phones can use them.

https://github.com/dequelabs/axe-core
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from imd_campaign.partners import service as partners
from imd_campaign.petitions import partner_numbers
from imd_campaign.staff import accounts, invitations

from .conftest import HOME, PASSWORD, SITE

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
FOUND = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
}"""
PARTNER = "/staff/partners/sources/sample-union"
PHONE = {"width": 320, "height": 640}
TOO_SMALL = """() => [...document.querySelectorAll("main a, nav a, button, input, select, summary")]
    .filter((element) => element.type !== "hidden" && !element.closest("p, dd, .soft"))
    .filter((element) => element.getBoundingClientRect().height < (element.type ? 24 : 44))
    .map((element) => element.outerHTML.slice(0, 120))"""
PARTNER_FORMS = ("partner_new", "partner_link", "partner_key", "partner_revoke")
CALENDAR_FORMS = ("calendar_new", "calendar_remove")
IS_WIDER = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium) -> Iterator[Page]:
    page = chromium.new_page(viewport=PHONE)
    yield page
    page.close()


@pytest.fixture
def admin(sign_in, page):
    """A signed-in person, whose requests of the page reach the console without a server."""
    browser = sign_in("admin")

    def answer(route: Route) -> None:
        request = route.request
        kind = request.headers.get("content-type")
        response = browser.client.request(
            request.method,
            request.url,
            content=request.post_data_buffer,
            headers={"Content-Type": kind} if kind else {},
        )
        headers: dict[str, Any] = dict(response.headers)
        route.fulfill(status=response.status_code, headers=headers, body=response.content)

    page.route("**/*", answer)
    return browser


@pytest.fixture
def paths(
    admin,
    context,
    add_event,
    add_guest,
    propose,
    calendar,
    add_cancelled_event,
    petition,
    order,
) -> dict[str, str]:
    """One path for each template."""
    link = invitations.invite(context, "moderator", actor="shell:test", reason="A sample reason")
    home = add_event(state="public", **HOME)
    waiting = add_event()
    place = {name: value for name, value in HOME["place"].items() if name != "private"}
    change = propose(home, title="A potluck with music", place=place | {"locality": "Puebla"})
    guest = add_guest(add_event(state="public", is_staff_run=True, **HOME))
    partners.add(context, "sample-union", "Sample Union", actor="shell:test")
    partners.make_link(context, "sample-union", actor="shell:test", reason="A sample reason")
    partners.make_key(context, "sample-union", [], actor="shell:test")
    partner_numbers.publish_due(context)
    cancelled = add_cancelled_event()
    account = f"/staff/accounts/{admin.person.account_id}"
    return {
        "overview": "/staff",
        "events": "/staff/events",
        "event": f"/staff/events/{add_event(**HOME)}",
        "event_private": f"/staff/events/{waiting}/private-place",
        "changes": "/staff/changes",
        "change": f"/staff/changes/{change}",
        "event_of_a_calendar": f"/staff/events/{cancelled}",
        "calendars": "/staff/calendars",
        "calendar_new": "/staff/calendars/new",
        "calendar_remove": f"/staff/calendars/{calendar}/remove",
        "guests": "/staff/guests",
        "guest": f"/staff/guests/{guest}",
        "petitions": "/staff/petitions",
        "petition": "/staff/petitions/convention",
        "invalidations": "/staff/invalidations",
        "invalidation_new": "/staff/invalidations/new",
        "orders": "/staff/orders",
        "stock": "/staff/orders/stock",
        "email": "/staff/email",
        "email_unblock": "/staff/email/unblock",
        "partners": "/staff/partners",
        "partner": PARTNER,
        "partner_new": "/staff/partners/new",
        "partner_link": f"{PARTNER}/link",
        "partner_key": f"{PARTNER}/key",
        "partner_revoke": f"{PARTNER}/revoke",
        "keys": "/staff/keys",
        "key_new": "/staff/keys/new",
        "switches": "/staff/switches",
        "switch": "/staff/switches/busy",
        "accounts": "/staff/accounts",
        "invite": "/staff/accounts/invite",
        "staff_account": account,
        "staff_change": f"{account}/role",
        "audit": "/staff/audit?action=staff.invite",
        "account": "/staff/account",
        "password": "/staff/account/password",
        "app_password": "/staff/account/app",
        "recovery_codes": "/staff/account/recovery-codes",
        "problem": "/staff/nothing",
        "invitation": link.removeprefix(SITE),
    }


def axe(page: Page) -> list[str]:
    assert AXE.exists(), "axe-core is missing: run scripts/browser-tools"
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(FOUND)


def find_errors(page: Page) -> list[str]:
    return [*axe(page), *(["wider than the screen"] if page.evaluate(IS_WIDER) else [])]


def find_errors_of_size(page: Page) -> list[str]:
    """Look for targets that are too small for thumbs, and for text that does not fit doubled."""
    small = [f"too small: {element}" for element in page.evaluate(TOO_SMALL)]
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    return [*small, *(["doubled text does not fit"] if page.evaluate(IS_WIDER) else [])]


def test_pages_have_no_errors_in_light_and_from_left_to_right(page, paths):
    found = {}
    for name, path in paths.items():
        page.goto(SITE + path)
        found[name] = [*find_errors(page), *find_errors_of_size(page)]
    assert {name: errors for name, errors in found.items() if errors} == {}


def test_pages_have_no_errors_in_dark_and_from_right_to_left(page, paths, admin, context):
    page.emulate_media(color_scheme="dark")
    accounts.set_language(context, admin.person.account_id, "ar")
    found = {}
    for name, path in paths.items():
        page.goto(SITE + path)
        found[name] = find_errors(page)
    assert {name: errors for name, errors in found.items() if errors} == {}


def test_axe_finds_no_errors_in_a_form_with_errors(page, paths):
    forms = (
        "event",
        "event_private",
        "invite",
        "password",
        "app_password",
        "invitation",
        "key_new",
    )
    for name in (*forms, *PARTNER_FORMS, *CALENDAR_FORMS):
        page.goto(SITE + paths[name])
        page.locator("main form").last.evaluate("form => form.requestSubmit()")
        page.locator("#errors").wait_for()
        assert axe(page) == []


def test_axe_finds_no_errors_where_a_form_leads_to_another_page(page, paths):
    page.goto(SITE + paths["invalidation_new"])
    page.locator("#country").select_option("KE")
    page.locator("main form .act").click()
    assert (axe(page), page.evaluate(IS_WIDER)) == ([], False)
    page.goto(SITE + paths["orders"])
    page.locator(".cards button").click()
    assert (axe(page), page.evaluate(IS_WIDER)) == ([], False)


def test_login_form_has_no_errors(page, admin):
    admin.client.cookies.clear()
    page.goto(f"{SITE}/staff/login")
    assert axe(page) == []
    assert page.evaluate(IS_WIDER) is False


def test_new_app_is_set_up_with_the_keyboard_alone(page, admin):
    page.goto(f"{SITE}/staff/account/app")
    page.locator("#current").focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("figure.code svg").wait_for()
    assert axe(page) == []


def test_skip_link_leads_to_the_content(page, admin):
    page.goto(f"{SITE}/staff")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_reading_direction_of_a_page_is_that_of_its_language(page, admin, context):
    accounts.set_language(context, admin.person.account_id, "ar")
    page.goto(f"{SITE}/staff")
    mark = page.locator(".mark").bounding_box()
    assert mark["x"] > PHONE["width"] / 2

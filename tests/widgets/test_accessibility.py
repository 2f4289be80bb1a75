"""axe-core finds no errors, in light and dark, left to right and right to left.

https://github.com/dequelabs/axe-core
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page
from sample_campaign import SampleCampaign, leave_data, publish_numbers

from imd_sdk.testing import Rejected

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
FOUND = """async () => {
    const { violations } = await axe.run(document, { iframes: false, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
}"""
APPEARANCES = [(scheme, lang) for scheme in ("light", "dark") for lang in ("en", "ar")]
WIDGETS = [
    "/w/counter/convention",
    "/w/counter/convention?show=milestones,places,signers",
    "/w/counter/nothing",
    "/w/countdown",
    "/w/countdown?seconds=on",
    "/w/events",
    "/w/event-list",
    "/w/posters",
    "/w/share",
    "/w/sign/convention",
    "/w/countdown?accent=0a7d5a&corners=round&font=serif",
    "/w/events?accent=808080",
    "/w/share?accent=7a0000",
    "/screen/convention",
]
CONFIRM = "POST /v1/confirmations/{token}"
PAGES = [
    "/",
    "/?widget=counter&accent=red",
    "/petitions/convention",
    "/petitions/convention/thanks",
    "/petitions/convention/sheet",
    "/confirm",
    "/confirm/good",
    "/confirm/rejected",
    "/confirm/rejected/allowed",
    "/confirm/old",
    "/your-data",
    "/your-data/sent",
    "/your-data/erased",
    "/your-data/nothing",
    "/share/mastodon/convention",
    "/events/evt_1",
    "/events/evt_1/thanks",
    "/posters/many-paths/thanks",
    "/events/calendar",
    "/posters/many-paths",
    "/check",
    "/privacy",
    "/nothing",
]

OWN_PAGES = [
    "/events/evt_home",
    "/attendances/accepted",
    "/attendances/accepted/cancel",
    "/attendances/declined",
    "/attendances/cancelled",
    "/attendances/unknown",
    "/hosted-events/host",
    "/hosted-events/host/change",
    "/hosted-events/host/cancel",
    "/hosted-events/withdrawn",
]

pytestmark = pytest.mark.browser


def axe(page: Page) -> list[str]:
    assert AXE.exists(), "axe-core is missing: run scripts/browser-tools"
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(FOUND)


def check_appearances(page: Page, server_url: str, path: str) -> dict[str, list[str]]:
    found = {}
    for scheme, lang in APPEARANCES:
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{server_url}{path}{'&' if '?' in path else '?'}lang={lang}")
        found[f"{scheme} {lang}"] = axe(page)
    return {look: errors for look, errors in found.items() if errors}


@pytest.fixture
def narrow_page(chromium) -> Page:
    page = chromium.new_page(viewport={"width": 600, "height": 900})
    yield page
    page.close()


@pytest.mark.parametrize("path", OWN_PAGES)
def test_axe_finds_no_errors_on_pages_of_guests_and_hosts(narrow_page, server_url, campaign, path):
    campaign.add_home()
    assert check_appearances(narrow_page, server_url, path) == {}


@pytest.mark.parametrize("path", WIDGETS + PAGES)
def test_axe_finds_no_errors(narrow_page, server_url, campaign, path):
    campaign.places = [{"country": "KE", "count": 90}]
    campaign.signers = [{"name": "Sample Person", "country": "KE", "date": "2026-11-20"}]
    assert check_appearances(narrow_page, server_url, path) == {}


@pytest.mark.parametrize("send", [SampleCampaign.attend, SampleCampaign.submit_event])
def test_axe_finds_no_errors_in_a_confirmation_for_events(narrow_page, server_url, campaign, send):
    path = send(campaign)
    assert check_appearances(narrow_page, server_url, path) == {}
    campaign.client().confirmations.confirm(path.rpartition("/")[2])
    assert check_appearances(narrow_page, server_url, path) == {}


def test_axe_finds_no_errors_in_an_order(narrow_page, server_url, campaign):
    path = campaign.order_prints()
    assert check_appearances(narrow_page, server_url, path) == {}
    campaign.fail_next(Rejected("sold-out", extra={"available": 1}), on=CONFIRM)
    narrow_page.goto(server_url + path)
    narrow_page.locator("button.act").click()
    narrow_page.locator("[name=edition]").first.wait_for(state="attached")
    assert axe(narrow_page) == []
    order = campaign.client().confirmations.confirm(path.rpartition("/")[2]).order
    assert check_appearances(narrow_page, server_url, f"/orders/{order}") == {}
    staff = campaign.client(api_key=campaign.key("orders:manage"))
    staff.moderation.decide_order(order, decision="paid", reason="A sample.")
    assert check_appearances(narrow_page, server_url, f"/orders/{order}/certificate") == {}


def test_axe_finds_no_errors_in_the_page_of_a_partner(narrow_page, server_url, campaign):
    assert check_appearances(narrow_page, server_url, publish_numbers(campaign)) == {}


def test_axe_finds_no_errors_in_personal_data(narrow_page, server_url, campaign):
    path = leave_data(campaign)
    [signature] = campaign.client().personal_data.get(path.rpartition("/")[2]).signatures
    for page in ("", f"/withdraw/{signature.id}", "/erase"):
        assert check_appearances(narrow_page, server_url, path + page) == {}
    campaign.client().personal_data.block(path.rpartition("/")[2])
    assert check_appearances(narrow_page, server_url, path) == {}


def test_axe_finds_no_errors_after_signing(narrow_page, server_url, campaign):
    campaign.campaign["links"]["donate"] = "https://campaign.example/donate"
    campaign.client().confirmations.confirm("good")
    assert check_appearances(narrow_page, server_url, "/confirm/good") == {}


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_axe_finds_no_errors_in_an_invalid_order(narrow_page, server_url, lang):
    narrow_page.goto(f"{server_url}/posters/many-paths?lang={lang}")
    narrow_page.locator("[value=limited]").check()
    narrow_page.locator("button.act").click()
    narrow_page.locator("form").last.evaluate(
        "form => { form.noValidate = true; form.requestSubmit() }"
    )
    narrow_page.locator("#errors").wait_for()
    assert axe(narrow_page) == []


@pytest.mark.parametrize(
    "path", ["/petitions/convention", "/events/evt_1", "/confirm", "/your-data"]
)
def test_axe_finds_no_errors_in_an_invalid_form(narrow_page, server_url, path):
    narrow_page.goto(server_url + path)
    narrow_page.locator("form").evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    narrow_page.locator("#errors").wait_for()
    assert axe(narrow_page) == []


def test_axe_finds_no_errors_in_a_sold_out_poster(narrow_page, server_url, campaign):
    campaign.poster["editions"][1]["available"] = 0
    assert check_appearances(narrow_page, server_url, "/w/posters") == {}
    assert narrow_page.locator(".out").count() == 1


def test_axe_finds_an_error(narrow_page):
    narrow_page.set_content("<html><title>A page</title><main><img src='x'></main></html>")
    assert {fault.partition(":")[0] for fault in axe(narrow_page)} >= {"image-alt"}

"""The Nu Html Checker (https://validator.github.io/validator/) finds no error in what is served."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from sample_campaign import publish_numbers

from imd_sdk.testing import Rejected
from imd_widgets.languages import read_languages

VNU = Path(__file__).parents[2] / "node_modules/vnu-jar/build/dist/vnu.jar"
QUICK = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m"]  # it runs for seconds
KNOWN = [
    # https://drafts.csswg.org/css-ui-4/#field-sizing: newer than the checker's list.
    "CSS: “field-sizing”",
    # https://www.w3.org/TR/SVG2/geometry.html#RProperty and paths.html#PathLengthAttribute
    "CSS: “r”",
    "Attribute “pathLength” not allowed on element “line”",
    # The snippet may have attributes only, and there is no other way to set a width of 100%.
    "Bad value “100%” for attribute “width” on element “iframe”",
]
PATHS = [
    "/w/counter/convention",
    "/w/counter/convention?show=milestones,places,signers&updates=off",
    "/w/counter/nothing",
    "/w/counter/convention?theme=red&near=x",
    "/w/countdown",
    "/w/countdown?seconds=on",
    "/w/events",
    "/w/event-list",
    "/w/posters",
    "/w/share",
    "/w/sign/convention",
    "/w/counter/convention?accent=0a7d5a&corners=round&font=serif",
    "/screen/convention",
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
    "/confirm/nothing",
    "/share/mastodon/convention",
    "/events/evt_1",
    "/events/evt_1/thanks",
    "/posters/many-paths/thanks",
    "/events/evt_1/calendar",
    "/events/calendar",
    "/posters/many-paths",
    "/check",
    "/privacy",
    "/nothing",
]
SAME_ORIGIN = {"Origin": "http://widgets.example"}
CONFIRM = "POST /v1/confirmations/{token}"
FORMS = ["/petitions/convention", "/events/evt_1", "/posters/many-paths", "/confirm"]

pytestmark = pytest.mark.anyio


def errors(folder: Path) -> list[str]:
    assert VNU.exists(), "vnu-jar is missing: run scripts/browser-tools"
    java = shutil.which("java")
    assert java, "Java is missing: run scripts/system-packages"
    files = sorted(map(str, folder.glob("*.html")))
    wanted = ["--format", "json", "--exit-zero-always", "--stdout"]
    said = subprocess.run(
        [java, *QUICK, "-jar", VNU, *wanted, *files], capture_output=True, check=True, text=True
    )
    found = [told for told in json.loads(said.stdout)["messages"] if told["type"] != "info"]
    return [
        f"{Path(told['url']).name}: {told['message']}"
        for told in found
        if not told["message"].startswith(tuple(KNOWN))
    ]


@pytest.mark.parametrize("lang", ["en", "ar"])
async def test_pages_and_widgets_are_valid_html(browser, campaign, tmp_path, lang):
    campaign.places = [{"country": "KE", "count": 90}]
    campaign.signers = [{"name": "Sample Person", "country": "KE", "date": "2026-11-20"}]
    for path in PATHS:
        response = await browser.get(f"{path}{'&' if '?' in path else '?'}lang={lang}")
        name = re.sub(r"\W+", "_", path)
        (tmp_path / f"{name}.html").write_bytes(response.content)
    assert errors(tmp_path) == []


async def test_forms_with_errors_are_valid_html(browser, tmp_path):
    for number, path in enumerate(FORMS):
        response = await browser.post(f"{path}?lang=ar", data={}, headers=SAME_ORIGIN)
        assert response.status_code >= 400
        (tmp_path / f"{number}.html").write_bytes(response.content)
    assert errors(tmp_path) == []


async def test_confirmation_pages_of_events_are_valid_html(browser, campaign, tmp_path):
    for path in (campaign.attend(), campaign.submit_event()):
        name = path.rpartition("/")[2]
        before = await browser.get(f"{path}?lang=ar")
        (tmp_path / f"{name}-before.html").write_bytes(before.content)
        campaign.client().confirmations.confirm(name)
        after = await browser.get(f"{path}?lang=ar")
        (tmp_path / f"{name}-after.html").write_bytes(after.content)
    assert errors(tmp_path) == []


async def test_pages_of_an_order_are_valid_html(browser, campaign, tmp_path):
    path = campaign.order_prints()
    campaign.fail_next(Rejected("sold-out", extra={"available": 1}), on=CONFIRM)
    values = {"name": "Sample Buyer"}
    offers = await browser.post(f"{path}?lang=ar", data=values, headers=SAME_ORIGIN)
    (tmp_path / "offers.html").write_bytes(offers.content)
    (tmp_path / "before.html").write_bytes((await browser.get(f"{path}?lang=ar")).content)
    order = campaign.client().confirmations.confirm(path.rpartition("/")[2]).order
    placed = await browser.get(f"/orders/{order}?lang=ar")
    (tmp_path / "order.html").write_bytes(placed.content)
    staff = campaign.client(api_key=campaign.key("orders:manage"))
    staff.moderation.decide_order(order, decision="paid", reason="A sample.")
    certificate = await browser.get(f"/orders/{order}/certificate?lang=ar")
    (tmp_path / "certificate.html").write_bytes(certificate.content)
    statuses = [page.status_code for page in (offers, placed, certificate)]
    assert statuses == [409, 200, 200]
    assert errors(tmp_path) == []


async def test_page_of_a_partner_is_valid_html(browser, campaign, tmp_path):
    path = publish_numbers(campaign)
    (tmp_path / "partner.html").write_bytes((await browser.get(f"{path}?lang=ar")).content)
    assert errors(tmp_path) == []


async def test_page_after_signing_is_valid_html(browser, campaign, tmp_path):
    campaign.campaign["links"]["donate"] = "https://campaign.example/donate"
    campaign.client().confirmations.confirm("good")
    response = await browser.get("/confirm/good?lang=ar")
    (tmp_path / "signed.html").write_bytes(response.content)
    assert errors(tmp_path) == []


async def test_no_translation_breaks_a_page(browser, tmp_path):
    for tag in read_languages():
        for path in ("/w/counter/convention", "/w/share", "/petitions/convention", "/confirm/good"):
            response = await browser.get(f"{path}?lang={tag}")
            (tmp_path / f"{tag}{path.replace('/', '_')}.html").write_bytes(response.content)
    assert errors(tmp_path) == []


def test_checker_finds_an_error(tmp_path):
    (tmp_path / "bad.html").write_text("<!doctype html><html lang=en><title>A</title><p></div>")
    assert len(errors(tmp_path)) == 1

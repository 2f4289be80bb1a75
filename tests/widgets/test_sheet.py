"""The sheet for signatures on paper, and signatures through a partner."""

import re

import pytest

from imd_widgets.languages import read_languages
from imd_widgets.petitions.sheet import draw_code

SITE_URL = "http://widgets.example"
SAME_ORIGIN = {"Origin": SITE_URL, "Content-Type": "application/x-www-form-urlencoded"}
PATH = "/petitions/convention/sheet"

pytestmark = pytest.mark.anyio


async def test_sheet_has_the_petition_and_rows_to_sign(browser, campaign):
    petition = campaign.client().petitions.get("convention")
    text = (await browser.get(PATH)).text
    assert petition.title in text
    assert petition.target in text
    assert text.count("<tr>") == 13
    assert '<meta name="robots" content="noindex">' in text


async def test_code_opens_the_form_with_the_source(browser):
    text = (await browser.get(f"{PATH}?lang=es&source=sample-union")).text
    url = f"{SITE_URL}/petitions/convention?lang=es&source=sample-union"
    assert str(draw_code(url)) in text


@pytest.mark.parametrize("source", ["<b>", "A", "x" * 65])
async def test_source_that_cannot_be_one_is_left_out(browser, source):
    text = (await browser.get(PATH, params={"source": source})).text
    assert str(draw_code(f"{SITE_URL}/petitions/convention?lang=en")) in text
    assert "source=" not in text


@pytest.mark.parametrize(("paper", "size"), [("a4", "A4"), ("letter", "letter"), ("x", "A4")])
async def test_paper_is_chosen(browser, paper, size):
    text = (await browser.get(f"{PATH}?paper={paper}")).text
    assert re.search(r"@page ?\{\s*size: ?(\w+)", text)[1] == size


async def test_sheet_names_who_is_responsible(served_with):
    settings = {"operator": "Sample Network", "contact": "data@sample.example"}
    async with served_with(**settings) as browser:
        text = (await browser.get(PATH)).text
    assert "Responsible for your data: Sample Network" in text
    assert "write to data@sample.example" in text


async def test_sheet_exists_in_every_language(browser):
    for tag in read_languages():
        response = await browser.get(f"{PATH}?lang={tag}")
        assert (response.status_code, f'<html lang="{tag}"' in response.text) == (200, True)


async def test_unknown_petition_has_no_sheet(browser):
    assert (await browser.get("/petitions/nothing/sheet")).status_code == 404


# --- signatures through a partner ----------------------------------------------------------------


async def test_form_with_a_source_signs_for_it(browser, campaign):
    page = (await browser.get("/petitions/convention?source=sample-union")).text
    assert 'action="/petitions/convention?lang=en&amp;source=sample-union"' in page
    person = {"name": "Sample", "email": "a@example.org", "country": "KE"}
    path = "/petitions/convention?lang=en&source=sample-union"
    await browser.post(path, data=person, headers=SAME_ORIGIN)
    assert campaign.received[-1]["source"] == "sample-union"


async def test_form_without_a_source_sends_none(browser, campaign):
    person = {"name": "Sample", "email": "a@example.org", "country": "KE"}
    await browser.post("/petitions/convention?source=A", data=person, headers=SAME_ORIGIN)
    assert campaign.received[-1].get("source") is None


@pytest.mark.parametrize("widget", ["sign", "counter"])
async def test_widget_with_a_source_links_to_the_form_with_it(browser, widget):
    text = (await browser.get(f"/w/{widget}/convention?source=sample-union")).text
    assert "/petitions/convention?lang=en&amp;source=sample-union" in text


async def test_widget_rejects_a_source_that_cannot_be_one(browser):
    assert (await browser.get("/w/sign/convention?source=A+B")).status_code == 400


async def test_petition_says_who_verified_its_signatures(browser, campaign):
    partner = campaign.client(api_key=campaign.key("signatures:attest", "partners:read"))
    for number in range(10):
        partner.petitions.attest("convention", name="X", country="KE", reference=f"1.{number}")
    campaign.clock.advance(days=1)
    partner.partners.numbers("sample-partner")
    text = (await browser.get("/petitions/convention")).text
    assert "About 10 of these signatures were collected and verified by Sample Partner." in text

"""The page of a poster."""

import pytest

pytestmark = pytest.mark.anyio


async def test_page_shows_image_editions_and_remaining_prints(browser):
    text = (await browser.get("/posters/many-paths?lang=es")).text
    assert 'alt="A tree before a large red sun."' in text
    assert "90,00\N{NO-BREAK SPACE}US$" in text
    assert "Quedan 37 de 100" in text
    assert "<p>Second paragraph.</p>" in text


async def test_sold_out_poster_has_no_form(browser, campaign):
    campaign.poster["state"] = "over"
    text = (await browser.get("/posters/many-paths")).text
    assert "<form" not in text
    assert "All prints of this poster are sold out." in text


async def test_sold_out_edition_is_disabled(browser, campaign):
    campaign.poster["editions"][1]["available"] = 0
    assert 'value="limited" disabled' in (await browser.get("/posters/many-paths")).text

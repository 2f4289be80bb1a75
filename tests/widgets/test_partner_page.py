"""The page behind a partner's link."""

import pytest
from sample_campaign import publish_numbers

from imd_widgets.embedding.partner_page import draw_bars
from imd_widgets.languages import read_languages

SITE_URL = "http://widgets.example"

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(campaign) -> str:
    return publish_numbers(campaign)


async def test_page_shows_the_numbers_and_the_country(browser, path):
    text = (await browser.get(path)).text
    assert "Signatures through Sample Union" in text
    assert "Kenya" in text
    assert 'class="bars"' in text
    assert "Verified by you: 20" in text


async def test_page_is_nobody_elses(browser, path):
    response = await browser.get(path)
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in response.text


async def test_embed_codes_have_the_source(browser, path):
    text = (await browser.get(f"{path}?lang=es")).text
    assert f"{SITE_URL}/petitions/convention?lang=es&amp;source=sample-union" in text
    assert f"{SITE_URL}/w/sign/convention?lang=es&amp;amp;source=sample-union" in text
    assert "/petitions/convention/sheet?lang=es&amp;source=sample-union" in text


async def test_page_exists_in_every_language(browser, path):
    for tag in read_languages():
        response = await browser.get(f"{path}?lang={tag}")
        assert (response.status_code, f'<html lang="{tag}"' in response.text) == (200, True)


async def test_page_of_a_new_partner_has_no_chart(browser, campaign):
    text = (await browser.get(f"/partners/{campaign.partner_link('new')}")).text
    assert 'class="bars"' not in text


async def test_unknown_link_is_not_found(browser):
    assert (await browser.get("/partners/unknown")).status_code == 404


async def test_unreachable_campaign_is_503(browser, campaign, path):
    campaign.down = True
    assert (await browser.get(path)).status_code == 503


def test_bars_are_as_high_as_the_largest_allows():
    low, high = draw_bars([10, 20])
    assert (low.height, high.height, high.y) == (80, 160, 0)
    assert draw_bars([0, 0]) == draw_bars([]) == []

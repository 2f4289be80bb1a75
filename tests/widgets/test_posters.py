"""The posters widget: editions, prices and remaining prints."""

import gzip
import re
from copy import deepcopy
from html import unescape
from pathlib import Path

import pytest

pytestmark = pytest.mark.anyio

DOCS = Path(__file__).parents[2] / "docs/widgets/posters.md"


@pytest.fixture
def get_html(browser):
    async def get_html(query="", status=200):
        response = await browser.get(f"/w/posters{query}")
        assert response.status_code == status
        return response.text

    return get_html


def visible_text(html: str) -> str:
    bare = re.sub(r"<(style|svg).*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def strip_direction_marks(text: str) -> str:
    """Return the text without direction marks."""
    return re.sub("[\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}]", "", text)


@pytest.fixture
def edition(campaign):
    return lambda number: campaign.poster["editions"][number]


async def test_editions_have_size_and_price(get_html):
    text = visible_text(await get_html())
    assert "Many Paths Sample Studio · 2026" in text
    assert "Open edition US$25.00 50 × 70 cm" in text


@pytest.mark.parametrize(
    ("lang", "price"), [("es", "90,00 US$"), ("fr", "90,00 $US"), ("ar", "90.00 US$")]
)
async def test_prices_are_formatted_for_the_language(get_html, lang, price):
    assert price in strip_direction_marks(visible_text(await get_html(f"?lang={lang}")))


async def test_currency_symbol_keeps_its_order_in_arabic(get_html):
    mark = "\N{LEFT-TO-RIGHT MARK}"
    assert f"90.00\N{NO-BREAK SPACE}{mark}US${mark}" in await get_html("?lang=ar")


@pytest.mark.parametrize(
    ("amount", "currency", "price"),
    [(2500, "JPY", "JP¥2,500"), (3500, "KWD", "KWD3.500"), (1234, "IQD", "IQD1.234")],
)
async def test_minor_units_are_those_of_the_currency(get_html, edition, amount, currency, price):
    edition(0)["price"] = {"amount": amount, "currency": currency}
    assert price in visible_text(await get_html())


@pytest.mark.parametrize(
    ("lang", "left"),
    [("en", "37 of 100 left"), ("es", "Quedan 37 de 100"), ("ar", "بقيت 37 نسخة من 100")],
)
async def test_remaining_prints_are_shown_in_words_and_drawn(get_html, lang, left):
    html = await get_html(f"?lang={lang}")
    assert left in visible_text(html)
    assert 'cx="63.0%"' in html


async def test_open_edition_has_no_remaining_number(get_html):
    html = await get_html("?edition=open")
    assert " left" not in visible_text(html)
    assert 'class="way"' not in html


async def test_sold_out_edition_is_marked_and_others_stay(get_html, edition):
    edition(1)["available"] = 0
    text = visible_text(await get_html())
    assert "Sold out" in text
    assert "Order a print" in text


async def test_button_of_a_sold_out_poster_shows_the_poster(get_html, campaign):
    campaign.poster["state"] = "over"
    text = visible_text(await get_html())
    assert text.count("Sold out") == 2
    assert "Order a print" not in text
    assert "See the poster" in text


async def test_image_has_our_url_size_and_alternative_text(get_html):
    html = await get_html()
    assert (
        '<img class="picture" src="/posters/many-paths/files/many-paths.svg" width="680"'
        ' height="952" alt="A tree before a large red sun." lang="en"'
    ) in html


async def test_small_print_file_replaces_a_missing_preview(get_html, campaign):
    files = campaign.poster["files"]
    files[1]["purpose"] = "print"
    assert 'src="/posters/many-paths/files/many-paths.svg"' in await get_html()


async def test_large_file_is_not_shown_as_an_image(get_html, campaign):
    campaign.poster["files"][1]["bytes"] = 30_000_000
    assert "<img" not in await get_html()


async def test_poster_without_an_image_is_shown_as_text(get_html, campaign):
    campaign.poster["files"] = []
    html = await get_html()
    assert "<img" not in html
    assert "Many Paths" in html


async def test_print_files_show_type_and_size_and_link_to_our_page(get_html, browser):
    html = await get_html("?lang=fr")
    assert "PDF · 3,4 Mo" in visible_text(html)
    page = (await browser.get(re.search(r'href="([^"#]*)#files"', html)[1])).text
    assert 'id="files"' in page
    assert 'href="/posters/many-paths/files/many-paths.pdf"' in page


async def test_button_links_to_the_poster_in_the_same_language(get_html):
    assert 'href="/posters/many-paths?lang=es"' in await get_html("?lang=es")
    assert 'class="act"' not in await get_html("?button=hide")


async def test_single_poster_can_be_selected(get_html, campaign):
    campaign.posters = [
        campaign.poster,
        deepcopy(campaign.poster) | {"slug": "b", "title": "Other"},
    ]
    whole, one = await get_html(), await get_html("?poster=many-paths")
    assert re.findall(r"<h\d[^>]*>(.*?)</h\d>", whole) == ["Posters", "Many Paths", "Other"]
    assert re.findall(r"<h\d[^>]*>(.*?)</h\d>", one) == ["Many Paths"]
    assert whole.count('loading="lazy"') == 1
    assert whole.count('fetchpriority="high"') == 1


async def test_single_edition_can_be_selected(get_html):
    text = visible_text(await get_html("?edition=limited"))
    assert "Silk-screened" in text
    assert "Open edition" not in text


@pytest.mark.parametrize("query", ["?poster=nothing", "?edition=nothing"])
async def test_unknown_poster_or_edition_is_a_404_page(get_html, query):
    assert "This is no longer available" in await get_html(query, status=404)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?poster=../x", "short name, such as many-paths"),
        ("?edition=<b>", "short name, such as limited"),
        ("?button=maybe", "The button must be one of: show, hide."),
        ("?colour=red", "There is no option “colour”."),
    ],
)
async def test_invalid_option_is_explained(get_html, query, told):
    assert told in visible_text(await get_html(query, status=400))


async def test_empty_list_says_so(get_html, campaign):
    campaign.posters = []
    assert "No posters yet" in await get_html()


async def test_posters_stay_with_a_note_while_the_campaign_is_down(get_html, campaign, clock):
    await get_html()
    campaign.down = True
    clock.advance(3600)
    html = await get_html()
    assert "37 of 100 left" in html
    assert "The campaign cannot be reached right now." in html


async def test_campaign_that_was_never_reached_is_explained(get_html, campaign):
    campaign.down = True
    assert "The campaign cannot be reached right now" in await get_html(status=503)


async def test_campaign_text_is_escaped_and_keeps_its_language(get_html, campaign):
    campaign.poster["title"] = "<script>alert(1)</script>"
    campaign.poster["alternative_text"] = '"><img src=x onerror=alert(1)>'
    html = await get_html("?lang=ar")
    assert "<script>alert" not in html
    assert html.count("<img") == 1
    assert '<h1 lang="en" dir="auto">' in html


@pytest.mark.parametrize("lang", ["en", "ar"])
async def test_widget_without_its_image_is_small(get_html, lang):
    html = await get_html(f"?lang={lang}")
    assert len(gzip.compress(html.encode())) <= 4000
    assert not re.search(r"<(script src|iframe)\b|stylesheet", html)


async def test_unchanged_data_keep_the_etag(browser, clock):
    first = await browser.get("/w/posters")
    clock.advance(40)
    assert (await browser.get("/w/posters")).headers["etag"] == first.headers["etag"]

"""The posters of the day: what is printed, what it costs, what is left."""

import gzip
import re
from copy import deepcopy
from html import unescape
from pathlib import Path

import pytest

pytestmark = pytest.mark.anyio

DOCS = Path(__file__).parents[2] / "docs/widgets/posters.md"


@pytest.fixture
def see(browser):
    async def see(query="", status=200):
        answer = await browser.get(f"/w/posters{query}")
        assert answer.status_code == status
        return answer.text

    return see


def words(html: str) -> str:
    bare = re.sub(r"<(style|svg).*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def spoken(text: str) -> str:
    """Without the marks that only steer the direction."""
    return re.sub("[\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}]", "", text)


@pytest.fixture
def edition(campaign):
    return lambda number: campaign.poster["editions"][number]


async def test_editions_have_size_and_price(see):
    text = words(await see())
    assert "Many Paths Sample Studio · 2026" in text
    assert "Open edition US$25.00 50 × 70 cm" in text


@pytest.mark.parametrize(
    ("lang", "price"), [("es", "90,00 US$"), ("fr", "90,00 $US"), ("ar", "90.00 US$")]
)
async def test_prices_are_written_as_the_language_does(see, lang, price):
    assert price in spoken(words(await see(f"?lang={lang}")))


async def test_the_sign_of_a_currency_keeps_its_order_where_lines_run_to_the_left(see):
    mark = "\N{LEFT-TO-RIGHT MARK}"
    assert f"90.00\N{NO-BREAK SPACE}{mark}US${mark}" in await see("?lang=ar")


@pytest.mark.parametrize(
    ("amount", "currency", "price"),
    [(2500, "JPY", "JP¥2,500"), (3500, "KWD", "KWD3.500"), (1234, "IQD", "IQD1.234")],
)
async def test_minor_units_are_those_of_the_currency(see, edition, amount, currency, price):
    edition(0)["price"] = {"amount": amount, "currency": currency}
    assert price in words(await see())


@pytest.mark.parametrize(
    ("lang", "left"),
    [("en", "37 of 100 left"), ("es", "Quedan 37 de 100"), ("ar", "بقيت 37 نسخة من 100")],
)
async def test_what_is_left_of_a_numbered_edition_is_said_and_drawn(see, lang, left):
    html = await see(f"?lang={lang}")
    assert left in words(html)
    assert 'cx="63.0%"' in html


async def test_an_open_edition_counts_nothing(see):
    html = await see("?edition=open")
    assert " left" not in words(html)
    assert 'class="way"' not in html


async def test_a_sold_out_edition_says_so_and_the_other_stays(see, edition):
    edition(1)["available"] = 0
    text = words(await see())
    assert "Sold out" in text
    assert "Order a print" in text


async def test_where_all_is_sold_the_button_shows_the_poster(see, campaign):
    campaign.poster["state"] = "over"
    text = words(await see())
    assert text.count("Sold out") == 2
    assert "Order a print" not in text
    assert "See the poster" in text


async def test_the_picture_is_ours_has_its_size_and_says_what_it_shows(see):
    html = await see()
    assert (
        '<img class="picture" src="/posters/many-paths/files/many-paths.svg" width="680"'
        ' height="952" alt="A tree before a large red sun." lang="en"'
    ) in html


async def test_without_a_preview_a_small_drawing_to_print_is_shown(see, campaign):
    files = campaign.poster["files"]
    files[1]["purpose"] = "print"
    assert 'src="/posters/many-paths/files/many-paths.svg"' in await see()


async def test_a_large_drawing_is_not_shown_as_a_picture(see, campaign):
    campaign.told["many-paths.svg"] = {"bytes": 30_000_000}
    assert "<img" not in await see()


async def test_a_poster_without_a_picture_is_told_in_words(see, campaign):
    campaign.poster["files"] = []
    html = await see()
    assert "<img" not in html
    assert "Many Paths" in html


async def test_files_to_print_have_kind_and_size_and_wait_on_our_page(see, browser):
    html = await see("?lang=fr")
    assert "PDF · 3,4 Mo" in words(html)
    page = (await browser.get(re.search(r'href="([^"#]*)#files"', html)[1])).text
    assert 'id="files"' in page
    assert 'href="/posters/many-paths/files/many-paths.pdf"' in page


async def test_the_button_leads_to_our_page_in_the_same_language(see):
    assert 'href="/posters/many-paths?lang=es"' in await see("?lang=es")
    assert 'class="act"' not in await see("?button=hide")


async def test_one_of_several_can_be_chosen(see, campaign):
    campaign.posters = [
        campaign.poster,
        deepcopy(campaign.poster) | {"slug": "b", "title": "Other"},
    ]
    whole, one = await see(), await see("?poster=many-paths")
    assert re.findall(r"<h\d[^>]*>(.*?)</h\d>", whole) == ["Posters", "Many Paths", "Other"]
    assert re.findall(r"<h\d[^>]*>(.*?)</h\d>", one) == ["Many Paths"]
    assert whole.count('loading="lazy"') == 1
    assert whole.count('fetchpriority="high"') == 1


async def test_one_edition_can_be_chosen(see):
    text = words(await see("?edition=limited"))
    assert "Silk-screened" in text
    assert "Open edition" not in text


@pytest.mark.parametrize("query", ["?poster=nothing", "?edition=nothing"])
async def test_what_is_not_there_is_a_designed_404(see, query):
    assert "This is no longer available" in await see(query, status=404)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?poster=../x", "short name, such as many-paths"),
        ("?edition=<b>", "short name, such as limited"),
        ("?button=maybe", "The button must be one of: show, hide."),
        ("?colour=red", "There is no option “colour”."),
    ],
)
async def test_invalid_option_is_explained(see, query, told):
    assert told in words(await see(query, status=400))


async def test_no_posters_yet_is_told(see, campaign):
    campaign.posters = []
    assert "No posters yet" in await see()


async def test_a_campaign_that_went_down_leaves_the_posters_and_says_so(see, campaign, clock):
    await see()
    campaign.down = True
    clock.pass_by(3600)
    html = await see()
    assert "37 of 100 left" in html
    assert "The campaign cannot be reached right now." in html


async def test_campaign_that_was_never_reached_is_explained(see, campaign):
    campaign.down = True
    assert "The campaign cannot be reached right now" in await see(status=503)


async def test_words_of_the_campaign_keep_their_language_and_are_text(see, campaign):
    campaign.poster["title"] = "<script>alert(1)</script>"
    campaign.poster["alternative_text"] = '"><img src=x onerror=alert(1)>'
    html = await see("?lang=ar")
    assert "<script>alert" not in html
    assert html.count("<img") == 1
    assert '<h1 lang="en" dir="auto">' in html


@pytest.mark.parametrize("lang", ["en", "ar"])
async def test_without_the_picture_it_is_small(see, lang):
    html = await see(f"?lang={lang}")
    assert len(gzip.compress(html.encode())) <= 4000
    assert not re.search(r"<(script src|iframe)\b|stylesheet", html)


async def test_what_is_read_again_and_is_the_same_makes_no_new_widget(browser, clock):
    first = await browser.get("/w/posters")
    clock.pass_by(40)
    assert (await browser.get("/w/posters")).headers["etag"] == first.headers["etag"]

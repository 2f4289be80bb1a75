"""Preview images of links to pages."""

import asyncio
import re
from datetime import date
from html import unescape
from io import BytesIO

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from imd_widgets.caching import image_cache
from imd_widgets.caching.cache import Unavailable
from imd_widgets.caching.image_cache import ImageCache
from imd_widgets.images.artwork import MAX_PIXELS, open_scaled
from imd_widgets.images.text_fitting import (
    can_draw,
    shorten,
    tidy,
    wrap,
)
from imd_widgets.images.title_card import TitleCard
from imd_widgets.images.title_drawing import draw_title_card
from imd_widgets.languages import read_languages
from imd_widgets.registry import WIDGETS

pytestmark = pytest.mark.anyio

HOME = "http://widgets.example"
LANGUAGES = read_languages()
PAGES = ["/", "/petitions/convention", "/events/evt_1", "/posters/many-paths", "/check", "/privacy"]
FOR_ONE_READER = ["/confirm", "/confirm/good", "/events/calendar", "/share/mastodon/convention"]
WIDGET_PATHS = [widget.path.format(petition="convention") for widget in WIDGETS]
SIZE = (1200, 630)
ART = (255, 0, 255)


async def tags(browser, path: str) -> dict[str, str]:
    head = (await browser.get(path)).text.partition("</head>")[0]
    found = re.findall(r'<meta (?:property|name)="([\w:]+)"[^>]*? content="(.*?)">', head)
    return {name: unescape(value) for name, value in reversed(found)}


async def load_image(browser, path: str) -> Image.Image:
    response = await browser.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/png"
    return Image.open(BytesIO(response.content)).convert("RGB")


async def drawn(browser, path: str = "/events/evt_1.png") -> bytes:
    return (await browser.get(path)).content


def png(size: tuple[int, int] = (60, 80), colour: tuple[int, int, int] = ART) -> bytes:
    written = BytesIO()
    Image.new("RGB", size, colour).save(written, "PNG")
    return written.getvalue()


@pytest.mark.parametrize("path", WIDGET_PATHS)
async def test_widget_has_an_image_for_large_previews(browser, path):
    meta = await tags(browser, f"{path}?lang=es")
    assert (await load_image(browser, meta["og:image"])).size == SIZE
    assert meta["twitter:card"] == "summary_large_image"


@pytest.mark.parametrize("path", [*PAGES, *FOR_ONE_READER])
async def test_image_has_the_declared_size(browser, path):
    meta = await tags(browser, f"{path}?lang=es")
    assert meta["og:image"].startswith(HOME)
    assert meta["og:image:alt"]
    assert (int(meta["og:image:width"]), int(meta["og:image:height"])) == SIZE
    assert (await load_image(browser, meta["og:image"])).size == SIZE
    assert meta["twitter:card"] == "summary_large_image"


@pytest.mark.parametrize("path", PAGES)
async def test_page_has_its_url_and_its_languages(browser, path):
    meta = await tags(browser, f"{path}?lang=zh&utm_source=letter")
    assert meta["og:url"] == f"{HOME}{path}?lang=zh"
    assert meta["og:locale"] == "zh_CN"
    text = (await browser.get(f"{path}?lang=zh")).text
    others = re.findall(r'og:locale:alternate" content="(\w+)"', text)
    assert len(others) == len(set(others)) == len(LANGUAGES) - 1
    assert {"en_US", "ar_EG", "pt_BR"} <= set(others)


@pytest.mark.parametrize(
    ("path", "public"),
    [
        ("/petitions/convention/thanks", "/petitions/convention"),
        ("/events/evt_1/thanks", "/events/evt_1"),
        ("/posters/many-paths/thanks", "/posters/many-paths"),
        ("/events/evt_1/calendar", "/events/evt_1"),
    ],
)
async def test_thanks_page_is_shared_as_the_public_page(browser, path, public):
    meta = await tags(browser, f"{path}?lang=es")
    assert meta["og:url"] == f"{HOME}{public}?lang=es"
    assert meta["og:image"] == f"{HOME}{public}.png?lang=es"
    assert meta["robots"] == "noindex"


async def test_token_is_not_repeated_in_the_tags(browser):
    head = (await browser.get("/confirm/good")).text.partition("</head>")[0]
    assert "/confirm/" not in head


@pytest.mark.parametrize("path", ["/petitions/convention.png", "/events/evt_1.png"])
async def test_every_language_has_its_own_image(browser, path):
    seen = {await drawn(browser, f"{path}?lang={lang}") for lang in ("en", "es", "ar", "hi", "zh")}
    assert len(seen) == 5


async def test_arabic_image_begins_on_the_right(browser):
    arabic = (await load_image(browser, "/petitions/convention.png?lang=ar")).convert("L")
    halves = [arabic.crop((0, 0, 600, 100)), arabic.crop((600, 0, 1200, 100))]
    assert [half.getextrema()[0] < 100 for half in halves] == [False, True]


async def test_petition_image_has_no_number(browser, campaign, clock):
    before = await drawn(browser, "/petitions/convention.png")
    campaign.total += 1
    clock.advance(120)
    assert await drawn(browser, "/petitions/convention.png") == before


async def test_event_image_does_not_show_the_place(browser, campaign, clock):
    before = await drawn(browser)
    campaign.event["place"] |= {"name": "Home of a person", "address": "1 Hidden Street"}
    clock.advance(120)
    assert await drawn(browser) == before
    campaign.event["place"]["locality"] = "Puebla"
    clock.advance(120)
    assert await drawn(browser) != before


async def test_event_image_shows_the_day_in_the_events_time_zone(browser, campaign):
    campaign.event |= {"starts_at": "2026-12-19T02:00:00+00:00", "ends_at": None}
    meta = await tags(browser, "/events/evt_1")
    assert meta["og:image:alt"] == "Sample vigil · 18 December · Mexico City · Mexico"


async def test_cancelled_event_has_another_image(browser, campaign, clock):
    before = await drawn(browser)
    campaign.event["state"] = "cancelled"
    clock.advance(120)
    assert await drawn(browser) != before


async def test_title_missing_from_fonts_is_replaced_by_the_kind_of_event(browser, campaign, clock):
    campaign.event["title"] = "\N{CJK UNIFIED IDEOGRAPH-9F98} ᚠᚢᚦ"
    unknown = await drawn(browser)
    campaign.event["title"] = "Vigil"
    clock.advance(120)
    assert await drawn(browser) == unknown


async def test_emoji_and_controls_are_left_out_of_a_title(browser, campaign, clock):
    plain = await drawn(browser)
    campaign.event["title"] = "\N{RIGHT-TO-LEFT OVERRIDE}Sample \N{PARTY POPPER}\n vigil"
    clock.advance(120)
    assert await drawn(browser) == plain


async def test_poster_image_shows_the_artwork(browser, campaign):
    campaign.replace_files(previews={"many-paths.png": png()})
    shown = await load_image(browser, "/posters/many-paths.png")
    assert ART in [shown.getpixel((x, 315)) for x in range(700, 1200, 20)]
    mirrored = await load_image(browser, "/posters/many-paths.png?lang=ar")
    assert ART in [mirrored.getpixel((x, 315)) for x in range(0, 500, 20)]


@pytest.mark.parametrize("content", [b"", b"not an image", png()[:80]])
async def test_poster_with_unreadable_artwork_has_an_image(browser, campaign, content):
    campaign.replace_files(previews={"many-paths.png": content})
    assert (await load_image(browser, "/posters/many-paths.png")).size == SIZE


async def test_image_without_unreachable_artwork_is_not_cached(browser, campaign):
    campaign.poster["files"][1] |= {"media_type": "image/png", "name": "missing.png"}
    response = await browser.get("/posters/many-paths.png")
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")


def test_artwork_with_too_many_pixels_is_not_opened():
    assert open_scaled(png((MAX_PIXELS // 1000 + 1, 1000)), (100, 100)) is None


@pytest.mark.parametrize("path", ["/petitions/none.png", "/events/none.png", "/posters/none.png"])
async def test_image_of_an_unknown_page_is_not_found(browser, path):
    assert (await browser.get(path)).status_code == 404


async def test_image_without_a_campaign_is_requested_again(browser, campaign):
    campaign.down = True
    response = await browser.get("/petitions/convention.png")
    assert (response.status_code, response.headers["retry-after"]) == (503, "30")
    assert (await load_image(browser, "/pictures/day.png")).size == SIZE


@pytest.mark.parametrize("tag", sorted(LANGUAGES))
def test_date_and_country_of_an_event_can_be_drawn(tag):
    language = LANGUAGES[tag]
    words = (language.date(date(2026, 12, 18), "full"), *language.territories.values())
    undrawn = [word for word in words if not can_draw(tag, tidy(word))]
    assert undrawn == []


async def test_concurrent_requests_draw_an_image_once():
    drawn = []

    def draw() -> bytes:
        drawn.append(1)
        return b"image"

    images = ImageCache()
    got = await asyncio.gather(*(images.get("key", draw) for _ in range(20)))
    assert (got, drawn) == ([b"image"] * 20, [1])


async def test_drawing_queue_is_bounded(monkeypatch):
    monkeypatch.setattr(image_cache, "MAX_WAITING", 3)
    images = ImageCache()

    async def ask(key: int) -> bool:
        try:
            await images.get(key, lambda: b"image")
        except Unavailable:
            return False
        return True

    assert sum(await asyncio.gather(*(ask(key) for key in range(10)))) == 3


async def test_drawing_does_not_block_the_server(browser):
    async with anyio.create_task_group() as tasks:
        for lang in ("fr", "ru", "my"):
            tasks.start_soon(browser.get, f"/petitions/convention.png?lang={lang}")
        with anyio.fail_after(1):
            await browser.get("/healthz")


words = st.text(st.characters(codec="utf-8"), max_size=300)


@given(text=words)
def test_wrapped_text_loses_no_character(text):
    line = tidy(text)
    lines = wrap(line, lambda part: len(part) <= 12)
    assert "".join(lines).replace(" ", "") == line.replace(" ", "")


@given(text=words)
def test_shortened_text_fits(text):
    assert len(shorten(tidy(text), lambda part: len(part) <= 12)) <= 12


@settings(max_examples=12, deadline=None)
@given(title=words, fact=words, tag=st.sampled_from(sorted(LANGUAGES)))
def test_image_is_drawn_for_any_text(title, fact, tag):
    card = TitleCard((title, "Event"), facts=((fact,),), call="Add your name")
    drawn = draw_title_card(card, LANGUAGES[tag], tuple(LANGUAGES.values()))
    assert Image.open(BytesIO(drawn)).size == SIZE

"""All that is drawn has room: in the height reserved, on a narrow phone, in every language."""

import re
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urlencode

import pytest
from opened import FRAMED, PAGES, order_form
from PIL import Image
from playwright.sync_api import Page, expect

from imd_widgets import countdown
from imd_widgets.events import event_list
from imd_widgets.languages import read_languages
from imd_widgets.petitions import counter
from imd_widgets.posters import posters
from imd_widgets.registry import WIDGETS

NAME = "Sample Person With a Long Name"
MORE = [
    *((counter.WIDGET, {"show": name}) for name in counter.SECTIONS),
    (counter.WIDGET, {"show": ",".join(counter.SECTIONS)}),
    (countdown.WIDGET, {"seconds": "on"}),
    (event_list.WIDGET, {"event": "evt_1"}),
]
UNSPACED = {"my", "zh"}
COUNTRIES = ["GB", "VC", "BA", "MX", "PH", "KE"]
LANGUAGES = list(read_languages())
WIDTHS = dict.fromkeys(LANGUAGES, (320,))
WIDTHS |= dict.fromkeys(["en", "es", "fr", "ar", "ru", "my"], (320, 375, 600, 1200))
LOOKS = ["font=serif&corners=round&accent=0a7d5a", "font=system&corners=square&theme=dark"]
TITLE = "Cada persona trabajadora migrante, cada familia: adhesión a la Convención de 1990"
HOSTILE = "\N{RIGHT-TO-LEFT OVERRIDE}\N{LEFT-TO-RIGHT ISOLATE}<script>alert(1)</script>" + "w" * 200
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
HEIGHT = "document.documentElement.getBoundingClientRect().height"
EDGES = """word => {
    const range = document.createRange();
    range.selectNodeContents(word);
    const { left, right } = range.getBoundingClientRect();
    return [left, right];
}"""
LINES_OF_WORDS = """items => items.flatMap(({firstChild: text}) =>
    [...text.data.matchAll(/\\S+/g)].map(({0: word, index}) => {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        return range.getClientRects().length;
    }))"""
OVERFLOWING = """[...document.querySelectorAll('body *')]
    .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display == 'block')
    .map(e => e.className || e.tagName)"""
pytestmark = pytest.mark.browser


def highest(page: Page, lang: str) -> float:
    """How high the page is at most, at every width that a frame in this language is tried in."""
    heights = []
    for width in WIDTHS[lang]:
        page.set_viewport_size({"width": width, "height": 200})
        heights.append(page.evaluate(HEIGHT))
    return max(heights)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pages_and_widgets_fit_a_narrow_phone(same_page, address, campaign, lang):
    campaign.petition["title"] = TITLE
    campaign.total = 1234567
    same_page.set_viewport_size({"width": 320, "height": 600})
    wide = {}
    for path in FRAMED + PAGES:
        same_page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={lang}")
        wide[path] = same_page.evaluate(WIDER)
    assert {path: width for path, width in wide.items() if width > 0} == {}


@pytest.mark.parametrize("width", [320, 1200])
def test_open_language_menu_covers_nothing(page, address, width):
    page.set_viewport_size({"width": width, "height": 600})
    page.goto(f"{address}/petitions/convention")
    page.locator(".tongues summary").click()
    above, opened, below = (
        page.locator(part).bounding_box() for part in (".top .from", ".tongues ul", "h1")
    )
    assert above["y"] + above["height"] <= opened["y"]
    assert opened["y"] + opened["height"] <= below["y"]
    assert page.evaluate(WIDER) <= 0


def test_text_of_double_size_is_not_cut(chromium, address):
    page = chromium.new_page(viewport={"width": 640, "height": 900}, bypass_csp=True)
    for path in FRAMED + PAGES:
        page.goto(address + path)
        page.add_style_tag(content="html{font-size:200%!important}")
        assert (path, page.evaluate(WIDER)) == (path, 0)
    page.close()


@pytest.mark.parametrize("lang", ["fr", "id", "my", "ru"])
def test_text_of_double_size_fits_a_narrow_phone(chromium, address, lang):
    page = chromium.new_page(viewport={"width": 320, "height": 900}, bypass_csp=True)
    for path in FRAMED + PAGES:
        page.goto(f"{address}{path}?lang={lang}")
        page.add_style_tag(content="html{font-size:200%!important}")
        assert (path, page.evaluate(WIDER)) == (path, 0)
    page.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_reserved_height_is_enough(same_page, address, campaign, lang):
    campaign.petition["title"] = campaign.petition["summary"] = TITLE
    for widget in (w for w in WIDGETS if w.name != "event_map"):
        same_page.goto(f"{address}{widget.path.format(petition='convention')}?lang={lang}")
        assert highest(same_page, lang) <= widget.get_height(lang), widget.name


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("lang", ["en", "es", "ar", "ru", "my", "hi"])
def test_reserved_height_is_enough_in_every_typeface(same_page, address, campaign, lang, look):
    campaign.petition["title"] = campaign.petition["summary"] = TITLE
    campaign.events = [campaign.event | {"id": f"evt_{number}"} for number in range(30)]
    further = {"event_list": "&near=Mexico City&radius_km=20000"}
    same_page.set_viewport_size({"width": 320, "height": 200})
    for widget in (w for w in WIDGETS if w.name != "event_map"):
        query = f"lang={lang}&{look}{further.get(widget.name, '')}"
        same_page.goto(f"{address}{widget.path.format(petition='convention')}?{query}")
        assert same_page.evaluate(HEIGHT) <= widget.get_height(lang), widget.name
        assert same_page.evaluate(WIDER) <= 0, widget.name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_reserved_height_is_enough_with_more_sections(same_page, address, campaign, lang):
    campaign.petition["title"] = TITLE
    campaign.places = [{"country": code, "count": 90} for code in COUNTRIES]
    campaign.signers = [{"name": NAME, "country": code, "date": "2026-11-20"} for code in COUNTRIES]
    for widget, chosen in MORE:
        place = widget.path.format(petition="convention")
        same_page.goto(f"{address}{place}?lang={lang}&{urlencode(chosen)}")
        reserved = widget.get_height(lang) + widget.options(**chosen).extra_height
        assert highest(same_page, lang) <= reserved, chosen


@pytest.mark.parametrize("lang", LANGUAGES)
def test_word_of_the_day_fits_a_narrow_phone(same_page, address, clock, lang):
    clock.time = datetime(2026, 12, 18, 12, 0, tzinfo=UTC)
    same_page.set_viewport_size({"width": 320, "height": 600})
    same_page.goto(f"{address}/w/countdown?lang={lang}")
    left, right = same_page.locator("[data-word]").evaluate(EDGES)
    assert left >= 0
    assert right <= 310


@pytest.mark.parametrize("width", [320, 600])
@pytest.mark.parametrize(
    "path",
    ["/w/events?lang=bn", "/w/events?lang=ne", "/w/countdown?lang=ur", "/w/countdown?lang=fa"],
)
def test_tall_characters_do_not_touch_the_line_below(page, address, clock, path, width):
    clock.time = datetime(2026, 12, 18, 12, 0, tzinfo=UTC)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address + path)
    below = page.locator("header h1 + p, [data-word] + span")
    box = below.bounding_box()
    below.evaluate("e => { e.style.visibility = 'hidden' }")
    seen = Image.open(BytesIO(page.screenshot(clip=box)))
    assert len(seen.getcolors()) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_reserved_height_is_enough_for_a_poster(same_page, address, lang):
    same_page.goto(f"{address}/w/posters?lang={lang}")
    assert highest(same_page, lang) <= posters.WIDGET.get_height(lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_reserved_height_is_enough_for_a_long_list(same_page, address, campaign, lang):
    campaign.events = [campaign.event | {"id": f"evt_{number}"} for number in range(30)]
    same_page.goto(f"{address}/w/event-list?lang={lang}&near=Mexico City&radius_km=20000")
    assert same_page.locator(".day li").count() == 25
    assert highest(same_page, lang) <= event_list.WIDGET.get_height(lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_order_form_with_errors_fits_a_narrow_phone(bare, address, campaign, refuse, lang):
    bare.set_viewport_size({"width": 320, "height": 600})
    bare.goto(f"{address}/posters/many-paths?lang={lang}")
    order_form(bare)
    campaign.order_refusal = refuse("name", "address.lines", "address.postal_code")
    bare.get_by_role("button").press("Enter")
    expect(bare.locator(":focus")).to_have_attribute("id", "errors")
    assert bare.evaluate(WIDER) <= 0


def poisoned(value):
    """The same with every word of the campaign made hostile."""
    kept = {"id", "slug", "starts_at", "time_zone", "updated_at", "state", "purpose", "media_type"}
    kept |= {"kind", "precision", "sha256", "href", "lang"}
    if isinstance(value, dict):
        return {n: v if n in kept else poisoned(v) for n, v in value.items()}
    if isinstance(value, list):
        return [poisoned(each) for each in value]
    return HOSTILE if isinstance(value, str) else value


@pytest.fixture
def hostile(campaign) -> None:
    campaign.event = poisoned(campaign.event | {"ends_at": None, "url": None})
    files = campaign.poster["files"]
    campaign.poster = poisoned(campaign.poster) | {"files": files}


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("width", [320, 600, 1200])
@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("path", ["/w/event-list", "/w/posters", "/posters/many-paths"])
def test_hostile_text_is_escaped_and_does_not_overflow(page, address, path, lang, width):
    page.on("dialog", lambda _dialog: pytest.fail("a script of the campaign ran"))
    page.set_viewport_size({"width": width, "height": 600})
    page.goto(f"{address}{path}?lang={lang}")
    assert page.get_by_text("<script>alert(1)</script>").count() > 0
    assert page.evaluate(WIDER) <= 0
    assert page.evaluate(OVERFLOWING) == []


def test_direction_override_ends_with_its_text(page, address, campaign):
    campaign.poster["artist"] = "\N{RIGHT-TO-LEFT OVERRIDE}Studio"
    page.goto(f"{address}/w/posters")
    artist, year = page.evaluate(
        """() => {
            const artist = document.querySelector('bdi'), range = document.createRange();
            range.selectNode(artist.nextSibling);
            return [artist.getBoundingClientRect().right, range.getBoundingClientRect().left];
        }"""
    )
    assert year >= artist - 1


@pytest.mark.parametrize("width", [320, 600, 1200])
def test_title_of_another_direction_is_aligned_with_the_others(page, address, width):
    page.set_viewport_size({"width": width, "height": 600})
    page.goto(f"{address}/w/event-list?lang=ar")
    title, kind = page.evaluate(
        "[...document.querySelectorAll('.day li div > :not(.go)')].slice(0, 2)"
        ".map(e => { const r = document.createRange(); r.selectNodeContents(e);"
        " return r.getBoundingClientRect().right; })"
    )
    assert title == pytest.approx(kind, abs=2)


def test_hostile_text_does_not_break_the_layout(page, address, campaign):
    campaign.petition |= {"title": HOSTILE, "summary": HOSTILE}
    campaign.kit |= {
        "hashtags": [HOSTILE],
        "messages": [{"id": "a", "text": HOSTILE}],
        "url": f"https://campaign.example/{HOSTILE}",
    }
    campaign.signers = [{"name": HOSTILE, "country": HOSTILE, "date": "2026-11-20"}]
    campaign.places = [{"country": HOSTILE, "count": 90}]
    page.set_viewport_size({"width": 320, "height": 600})
    for path in (
        *FRAMED,
        f"{FRAMED[0]}?show=places,signers",
        "/share/mastodon/a",
        "/screen/convention",
    ):
        page.goto(address + path)
        assert (path, page.evaluate(WIDER)) == (path, 0)
    page.goto("about:blank")


def test_screen_fills_the_viewport_without_scrolling(page, address, campaign):
    campaign.total = 1234567
    for width, height in ((1920, 1080), (1280, 720), (1024, 768), (800, 1280)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{address}/screen/convention")
        assert page.evaluate(WIDER) <= 0
        assert page.evaluate(HEIGHT) <= height
        number = page.locator("[data-total]").bounding_box()
        assert number["width"] >= width / 2
    page.goto("about:blank")


@pytest.mark.parametrize("width", [320, 600])
@pytest.mark.parametrize("path", ["/w/counter/convention", "/w/share", "/w/events"])
def test_burmese_characters_do_not_touch_the_line_below(page, address, path, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}{path}?lang=my")
    below = page.locator(".num + span, header h1 + p")
    box = below.bounding_box()
    below.evaluate("e => { e.style.visibility = 'hidden' }")
    seen = Image.open(BytesIO(page.screenshot(clip=box)))
    assert len(seen.getcolors()) == 1


@pytest.mark.parametrize("path", ["/w/counter/convention", "/w/sign/convention", "/w/share"])
def test_burmese_digits_do_not_touch_the_line_above(same_page, address, campaign, path):
    campaign.total = 6172
    same_page.set_viewport_size({"width": 320, "height": 900})
    same_page.goto(f"{address}{path}?lang=my")
    above = same_page.locator(".from, .ask p").last
    box = above.bounding_box()
    above.evaluate("e => { e.style.visibility = 'hidden' }")
    seen = Image.open(BytesIO(same_page.screenshot(clip=box)))
    assert len(seen.getcolors()) == 1


@pytest.mark.parametrize("lang", sorted(set(LANGUAGES) - UNSPACED))
def test_headings_break_only_between_words(same_page, address, lang):
    same_page.set_viewport_size({"width": 320, "height": 900})
    same_page.goto(f"{address}/privacy?lang={lang}")
    headings = same_page.locator("h1, h2")
    whole = headings.filter(has_not_text=re.compile("\N{SOFT HYPHEN}"))
    assert set(whole.evaluate_all(LINES_OF_WORDS)) == {1}


def test_korean_lines_break_between_words(page, address):
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(f"{address}/privacy?lang=ko")
    words = page.locator(".prose li").evaluate_all(LINES_OF_WORDS)
    assert len(words) > 20
    assert set(words) == {1}


@pytest.mark.parametrize("lang", ["ar", "fa", "ur"])
@pytest.mark.parametrize(
    "place",
    [
        ("/w/counter/convention", "p[dir]", ".foot p"),
        ("/w/sign/convention", "h1", ".foot p"),
        ("/w/posters", "h1", "h1 + p"),
        ("/posters/many-paths", "h1", "h1 + p"),
    ],
)
def test_english_title_is_aligned_right_in_rtl_languages(same_page, address, lang, place):
    path, title, other = place
    same_page.goto(f"{address}{path}?lang={lang}")
    begins = [same_page.locator(words).first.evaluate(EDGES)[1] for words in (title, other)]
    assert begins[0] == pytest.approx(begins[1], abs=3)

"""Content fits the reserved height and a narrow phone, in every language."""

import re
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urlencode

import pytest
from browser_paths import FRAMED, PAGES, reserve_prints
from PIL import Image
from playwright.sync_api import Page, expect
from sample_campaign import ORDER, SampleCampaign

from imd_sdk.testing import Rejected
from imd_widgets import countdown
from imd_widgets.events import event_list
from imd_widgets.languages import read_languages
from imd_widgets.petitions import counter
from imd_widgets.registry import WIDGETS

LONG_NAME = "Sample Person With a Long Name"
EXTRA_SECTIONS = [
    *((counter.WIDGET, {"show": name}) for name in counter.SECTIONS),
    (counter.WIDGET, {"show": ",".join(counter.SECTIONS)}),
    (countdown.WIDGET, {"seconds": "on"}),
    (event_list.WIDGET, {"event": "evt_1"}),
]
UNSPACED = {"my", "zh"}
COUNTRIES = ["GB", "VC", "BA", "MX", "PH", "KE"]
LANGUAGES = list(read_languages())
LONG_WORDS = ["ar", "es", "fil", "fr", "id", "my", "ru", "so", "ti", "uk"]
WIDTHS = dict.fromkeys(LANGUAGES, (320,))
WIDTHS |= dict.fromkeys(["en", "es", "fr", "ar", "ru", "my"], (320, 375, 600, 1200))
APPEARANCES = ["font=serif&corners=round&accent=0a7d5a", "font=system&corners=square&theme=dark"]
TITLE = "Cada persona trabajadora migrante, cada familia: adhesión a la Convención de 1990"
HOSTILE = "\N{RIGHT-TO-LEFT OVERRIDE}\N{LEFT-TO-RIGHT ISOLATE}<script>alert(1)</script>" + "w" * 200
OVERFLOW_WIDTH = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
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


def max_height(page: Page, lang: str) -> float:
    """Return the greatest height of the page at the widths tested in this language."""
    heights = []
    for width in WIDTHS[lang]:
        page.set_viewport_size({"width": width, "height": 200})
        heights.append(page.evaluate(HEIGHT))
    return max(heights)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pages_and_widgets_fit_a_narrow_phone(shared_page, server_url, campaign, lang):
    campaign.petition["title"] = TITLE
    campaign.total = 1234567
    shared_page.set_viewport_size({"width": 320, "height": 600})
    wide = {}
    for path in FRAMED + PAGES:
        shared_page.goto(f"{server_url}{path}{'&' if '?' in path else '?'}lang={lang}")
        wide[path] = shared_page.evaluate(OVERFLOW_WIDTH)
    assert {path: width for path, width in wide.items() if width > 0} == {}


@pytest.mark.parametrize("lang", LONG_WORDS)
@pytest.mark.parametrize("send", [SampleCampaign.attend, SampleCampaign.submit_event])
def test_confirmation_for_an_event_fits_a_narrow_phone(
    shared_page, server_url, campaign, send, lang
):
    shared_page.set_viewport_size({"width": 320, "height": 600})
    shared_page.goto(f"{server_url}{send(campaign)}?lang={lang}")
    assert shared_page.evaluate(OVERFLOW_WIDTH) <= 0


@pytest.mark.parametrize("lang", LONG_WORDS)
def test_page_after_signing_fits_a_narrow_phone(shared_page, server_url, campaign, lang):
    campaign.campaign["links"]["donate"] = "https://campaign.example/donate"
    campaign.client().confirmations.confirm("good")
    shared_page.set_viewport_size({"width": 320, "height": 600})
    shared_page.goto(f"{server_url}/confirm/good?lang={lang}")
    assert shared_page.evaluate(OVERFLOW_WIDTH) <= 0
    shared_page.goto("about:blank")  # images that load late would miss the server


@pytest.mark.parametrize("width", [320, 1200])
def test_open_language_menu_covers_nothing(page, server_url, width):
    page.set_viewport_size({"width": width, "height": 600})
    page.goto(f"{server_url}/petitions/convention")
    page.locator(".tongues summary").click()
    above, opened, below = (
        page.locator(part).bounding_box() for part in (".top .from", ".tongues ul", "h1")
    )
    assert above["y"] + above["height"] <= opened["y"]
    assert opened["y"] + opened["height"] <= below["y"]
    assert page.evaluate(OVERFLOW_WIDTH) <= 0


def test_text_of_double_size_is_not_cut(chromium, server_url):
    page = chromium.new_page(viewport={"width": 640, "height": 900}, bypass_csp=True)
    for path in FRAMED + PAGES:
        page.goto(server_url + path)
        page.add_style_tag(content="html{font-size:200%!important}")
        assert (path, page.evaluate(OVERFLOW_WIDTH)) == (path, 0)
    page.close()


@pytest.mark.parametrize("lang", ["fr", "id", "my", "ru"])
def test_text_of_double_size_fits_a_narrow_phone(chromium, server_url, lang):
    page = chromium.new_page(viewport={"width": 320, "height": 900}, bypass_csp=True)
    for path in FRAMED + PAGES:
        page.goto(f"{server_url}{path}?lang={lang}")
        page.add_style_tag(content="html{font-size:200%!important}")
        assert (path, page.evaluate(OVERFLOW_WIDTH)) == (path, 0)
    page.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_reserved_height_is_enough(shared_page, server_url, campaign, lang):
    campaign.petition["title"] = campaign.petition["summary"] = TITLE
    for widget in (w for w in WIDGETS if w.name != "event_map"):
        shared_page.goto(f"{server_url}{widget.path.format(petition='convention')}?lang={lang}")
        assert max_height(shared_page, lang) <= widget.get_height(lang), widget.name


@pytest.mark.parametrize("look", APPEARANCES)
@pytest.mark.parametrize("lang", ["en", "es", "ar", "ru", "my", "hi"])
def test_reserved_height_is_enough_in_every_typeface(shared_page, server_url, campaign, lang, look):
    campaign.petition["title"] = campaign.petition["summary"] = TITLE
    campaign.events = [campaign.event | {"id": f"evt_{number}"} for number in range(30)]
    further = {"event_list": "&near=Mexico City&radius_km=20000"}
    shared_page.set_viewport_size({"width": 320, "height": 200})
    for widget in (w for w in WIDGETS if w.name != "event_map"):
        query = f"lang={lang}&{look}{further.get(widget.name, '')}"
        shared_page.goto(f"{server_url}{widget.path.format(petition='convention')}?{query}")
        assert shared_page.evaluate(HEIGHT) <= widget.get_height(lang), widget.name
        assert shared_page.evaluate(OVERFLOW_WIDTH) <= 0, widget.name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_reserved_height_is_enough_with_more_sections(shared_page, server_url, campaign, lang):
    campaign.petition["title"] = TITLE
    campaign.places = [{"country": code, "count": 90} for code in COUNTRIES]
    campaign.signers = [
        {"name": LONG_NAME, "country": code, "date": "2026-11-20"} for code in COUNTRIES
    ]
    for widget, chosen in EXTRA_SECTIONS:
        place = widget.path.format(petition="convention")
        shared_page.goto(f"{server_url}{place}?lang={lang}&{urlencode(chosen)}")
        reserved = widget.get_height(lang) + widget.options(**chosen).extra_height
        assert max_height(shared_page, lang) <= reserved, chosen


@pytest.mark.parametrize("lang", LANGUAGES)
def test_word_of_the_day_fits_a_narrow_phone(shared_page, server_url, clock, lang):
    clock.time = datetime(2026, 12, 18, 12, 0, tzinfo=UTC)
    shared_page.set_viewport_size({"width": 320, "height": 600})
    shared_page.goto(f"{server_url}/w/countdown?lang={lang}")
    left, right = shared_page.locator("[data-word]").evaluate(EDGES)
    assert left >= 0
    assert right <= 310


@pytest.mark.parametrize("width", [320, 600])
@pytest.mark.parametrize(
    "path",
    ["/w/events?lang=bn", "/w/events?lang=ne", "/w/countdown?lang=ur", "/w/countdown?lang=fa"],
)
def test_tall_characters_do_not_touch_the_line_below(page, server_url, clock, path, width):
    clock.time = datetime(2026, 12, 18, 12, 0, tzinfo=UTC)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(server_url + path)
    below = page.locator("header h1 + p, [data-word] + span")
    box = below.bounding_box()
    below.evaluate("e => { e.style.visibility = 'hidden' }")
    seen = Image.open(BytesIO(page.screenshot(clip=box)))
    assert len(seen.getcolors()) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_reserved_height_is_enough_for_a_long_list(shared_page, server_url, campaign, lang):
    campaign.events = [campaign.event | {"id": f"evt_{number}"} for number in range(30)]
    shared_page.goto(f"{server_url}/w/event-list?lang={lang}&near=Mexico City&radius_km=20000")
    assert shared_page.locator(".day li").count() == 25
    assert max_height(shared_page, lang) <= event_list.WIDGET.get_height(lang)


@pytest.mark.parametrize("lang", LONG_WORDS)
def test_order_form_with_errors_fits_a_narrow_phone(no_js_page, server_url, campaign, lang):
    no_js_page.set_viewport_size({"width": 320, "height": 600})
    no_js_page.goto(f"{server_url}/posters/many-paths?lang={lang}")
    reserve_prints(no_js_page)
    wrong = ("name", "address.lines", "address.postal_code")
    campaign.fail_next(Rejected("invalid-body", wrong), on=ORDER)
    no_js_page.get_by_role("button").press("Enter")
    expect(no_js_page.locator(":focus")).to_have_attribute("id", "errors")
    assert no_js_page.evaluate(OVERFLOW_WIDTH) <= 0


def make_hostile(value):
    """Return the value with all texts of the campaign replaced by hostile text."""
    unchanged = {
        "id",
        "slug",
        "starts_at",
        "time_zone",
        "updated_at",
        "state",
        "purpose",
        "media_type",
    }
    unchanged |= {"kind", "precision", "sha256", "href", "lang"}
    if isinstance(value, dict):
        return {n: v if n in unchanged else make_hostile(v) for n, v in value.items()}
    if isinstance(value, list):
        return [make_hostile(each) for each in value]
    return HOSTILE if isinstance(value, str) else value


@pytest.fixture
def hostile(campaign) -> None:
    campaign.event = make_hostile(campaign.event | {"ends_at": None, "url": None})
    files = campaign.poster["files"]
    campaign.poster = make_hostile(campaign.poster) | {"files": files}


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("width", [320, 600, 1200])
@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("path", ["/w/event-list", "/w/posters", "/posters/many-paths"])
def test_hostile_text_is_escaped_and_does_not_overflow(page, server_url, path, lang, width):
    page.on("dialog", lambda _dialog: pytest.fail("a script of the campaign ran"))
    page.set_viewport_size({"width": width, "height": 600})
    page.goto(f"{server_url}{path}?lang={lang}")
    assert page.get_by_text("<script>alert(1)</script>").count() > 0
    assert page.evaluate(OVERFLOW_WIDTH) <= 0
    assert page.evaluate(OVERFLOWING) == []


def test_direction_override_ends_with_its_text(page, server_url, campaign):
    campaign.poster["artist"] = "\N{RIGHT-TO-LEFT OVERRIDE}Studio"
    page.goto(f"{server_url}/w/posters")
    artist, year = page.evaluate(
        """() => {
            const artist = document.querySelector('bdi'), range = document.createRange();
            range.selectNode(artist.nextSibling);
            return [artist.getBoundingClientRect().right, range.getBoundingClientRect().left];
        }"""
    )
    assert year >= artist - 1


@pytest.mark.parametrize("width", [320, 600, 1200])
def test_title_of_another_direction_is_aligned_with_the_others(page, server_url, width):
    page.set_viewport_size({"width": width, "height": 600})
    page.goto(f"{server_url}/w/event-list?lang=ar")
    title, kind = page.evaluate(
        "[...document.querySelectorAll('.day li div > :not(.go)')].slice(0, 2)"
        ".map(e => { const r = document.createRange(); r.selectNodeContents(e);"
        " return r.getBoundingClientRect().right; })"
    )
    assert title == pytest.approx(kind, abs=2)


def test_hostile_text_does_not_break_the_layout(page, server_url, campaign):
    campaign.petition |= {"title": HOSTILE, "summary": HOSTILE}
    campaign.share_kit |= {
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
        page.goto(server_url + path)
        assert (path, page.evaluate(OVERFLOW_WIDTH)) == (path, 0)
    page.goto("about:blank")


def test_screen_fills_the_viewport_without_scrolling(page, server_url, campaign):
    campaign.total = 1234567
    for width, height in ((1920, 1080), (1280, 720), (1024, 768), (800, 1280)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{server_url}/screen/convention")
        assert page.evaluate(OVERFLOW_WIDTH) <= 0
        assert page.evaluate(HEIGHT) <= height
        number = page.locator("[data-total]").bounding_box()
        assert number["width"] >= width / 2
    page.goto("about:blank")


@pytest.mark.parametrize("width", [320, 600])
@pytest.mark.parametrize("path", ["/w/counter/convention", "/w/share", "/w/events"])
def test_burmese_characters_do_not_touch_the_line_below(page, server_url, path, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{server_url}{path}?lang=my")
    below = page.locator(".num + span, header h1 + p")
    box = below.bounding_box()
    below.evaluate("e => { e.style.visibility = 'hidden' }")
    seen = Image.open(BytesIO(page.screenshot(clip=box)))
    assert len(seen.getcolors()) == 1


@pytest.mark.parametrize("path", ["/w/counter/convention", "/w/sign/convention", "/w/share"])
def test_burmese_digits_do_not_touch_the_line_above(shared_page, server_url, campaign, path):
    campaign.total = 6172
    shared_page.set_viewport_size({"width": 320, "height": 900})
    shared_page.goto(f"{server_url}{path}?lang=my")
    above = shared_page.locator(".from, .ask p").last
    box = above.bounding_box()
    above.evaluate("e => { e.style.visibility = 'hidden' }")
    seen = Image.open(BytesIO(shared_page.screenshot(clip=box)))
    assert len(seen.getcolors()) == 1


@pytest.mark.parametrize("lang", sorted(set(LANGUAGES) - UNSPACED))
def test_headings_break_only_between_words(shared_page, server_url, lang):
    shared_page.set_viewport_size({"width": 320, "height": 900})
    shared_page.goto(f"{server_url}/privacy?lang={lang}")
    headings = shared_page.locator("h1, h2")
    whole = headings.filter(has_not_text=re.compile("\N{SOFT HYPHEN}"))
    assert set(whole.evaluate_all(LINES_OF_WORDS)) == {1}


def test_korean_lines_break_between_words(page, server_url):
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(f"{server_url}/privacy?lang=ko")
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
def test_english_title_is_aligned_right_in_rtl_languages(shared_page, server_url, lang, place):
    path, title, other = place
    shared_page.goto(f"{server_url}{path}?lang={lang}")
    begins = [shared_page.locator(words).first.evaluate(EDGES)[1] for words in (title, other)]
    assert begins[0] == pytest.approx(begins[1], abs=3)

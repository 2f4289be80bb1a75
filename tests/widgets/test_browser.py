"""What only a browser can say: policies, sandboxes, sizes, keyboards."""

from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urlencode

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from imd_widgets import countdown
from imd_widgets.events import event_list
from imd_widgets.languages import read_languages
from imd_widgets.petitions import counter
from imd_widgets.posters import posters
from imd_widgets.registry import WIDGETS
from imd_widgets.ways.snippet import SANDBOX

NAME = "Sample Person With a Long Name"
MORE = [
    *((counter.WIDGET, {"show": name}) for name in counter.SECTIONS),
    (counter.WIDGET, {"show": ",".join(counter.SECTIONS)}),
    (countdown.WIDGET, {"seconds": "on"}),
]
COUNTRIES = ["GB", "VC", "BA", "MX", "PH", "KE"]
LANGUAGES = list(read_languages())
WIDTHS = dict.fromkeys(LANGUAGES, (320,))
WIDTHS |= dict.fromkeys(["en", "es", "fr", "ar", "ru", "my"], (320, 375, 600, 1200))
FRAMED = [
    "/w/counter/convention",
    "/w/countdown",
    "/w/event-list",
    "/w/posters",
    "/w/sign/convention",
    "/w/share",
]
PAGES = [
    "/",
    "/?widget=counter",
    "/petitions/convention",
    "/petitions/convention/thanks",
    "/confirm/good",
    "/share/mastodon/convention",
    "/events/evt_1",
    "/events/evt_1/thanks",
    "/posters/many-paths",
    "/events/calendar",
]
GROUND = {"light": "rgb(255, 194, 26)", "dark": "rgb(17, 19, 58)"}
TITLE = "Cada persona trabajadora migrante, cada familia: adhesión a la Convención de 1990"
HOSTILE = '"><script>alert(1)</script>' + "\N{RIGHT-TO-LEFT OVERRIDE}" + "W" * 300
SAYINGS = "e => { said = 0; new MutationObserver(() => said++).observe(e, { childList: true }) }"
SAID = "The milestone of 5,000 is passed."
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FOCUSED = "(e => [e.tagName, getComputedStyle(e).outlineStyle])(document.activeElement)"
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

pytestmark = pytest.mark.browser


def fill(page: Page, email: str = "sample@example.org") -> None:
    page.locator("[name=name]").fill("Sample Person")
    page.locator("[name=email]").fill(email)


def highest(page: Page, lang: str) -> float:
    """How high the page is at most, at every width that a frame in this language is tried in."""
    heights = []
    for width in WIDTHS[lang]:
        page.set_viewport_size({"width": width, "height": 200})
        heights.append(page.evaluate(HEIGHT))
    return max(heights)


@pytest.mark.parametrize("path", FRAMED + PAGES)
def test_styles_and_scripts_pass_their_policy(page, address, path):
    page.goto(address + path)
    page.wait_for_load_state("networkidle")
    ground = page.locator("html" if path in FRAMED else ".band")
    assert ground.evaluate("e => getComputedStyle(e).backgroundColor") == GROUND["light"]


@pytest.mark.parametrize("path", FRAMED)
def test_auto_follows_the_scheme_and_a_choice_does_not(page, address, path):
    page.emulate_media(color_scheme="dark")
    for theme, ground in (("auto", "dark"), ("light", "light"), ("dark", "dark")):
        page.goto(f"{address}{path}?theme={theme}")
        colour = page.locator("html").evaluate("e => getComputedStyle(e).backgroundColor")
        assert colour == GROUND[ground]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_wider_than_a_narrow_phone(page, address, campaign, lang):
    campaign.petition["title"] = TITLE
    campaign.total = 1234567
    page.set_viewport_size({"width": 320, "height": 600})
    wide = {}
    for path in FRAMED + PAGES:
        page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={lang}")
        wide[path] = page.evaluate(WIDER)
    assert {path: width for path, width in wide.items() if width > 0} == {}


def test_the_languages_open_by_keyboard_without_a_script(bare, address):
    bare.goto(f"{address}/petitions/convention")
    arabic = bare.get_by_role("link", name="العربية")
    expect(arabic).to_be_hidden()
    bare.locator(".tongues summary").focus()
    bare.keyboard.press("Enter")
    expect(arabic).to_be_visible()
    arabic.focus()
    bare.keyboard.press("Enter")
    expect(bare.locator("html")).to_have_attribute("dir", "rtl")


@pytest.mark.parametrize("width", [320, 1200])
def test_the_open_list_of_languages_covers_nothing(page, address, width):
    page.set_viewport_size({"width": width, "height": 600})
    page.goto(f"{address}/petitions/convention")
    page.locator(".tongues summary").click()
    above, opened, below = (
        page.locator(part).bounding_box() for part in (".top .from", ".tongues ul", "h1")
    )
    assert above["y"] + above["height"] <= opened["y"]
    assert opened["y"] + opened["height"] <= below["y"]
    assert page.evaluate(WIDER) <= 0


@pytest.mark.parametrize("path", FRAMED + PAGES)
def test_text_of_twice_the_size_is_not_cut(chromium, address, path):
    page = chromium.new_page(viewport={"width": 640, "height": 900}, bypass_csp=True)
    page.goto(address + path)
    page.add_style_tag(content="html{font-size:200%!important}")
    assert page.evaluate(WIDER) <= 0
    page.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_reserved_height_is_enough(page, address, campaign, lang):
    campaign.petition["title"] = campaign.petition["summary"] = TITLE
    for widget in (w for w in WIDGETS if w.name != "event_map"):
        page.goto(f"{address}{widget.path.format(petition='convention')}?lang={lang}")
        assert highest(page, lang) <= widget.height_in(lang), widget.name


LOOKS = ["font=serif&corners=round&accent=0a7d5a", "font=system&corners=square&theme=dark"]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("lang", ["en", "es", "ar", "ru", "my", "hi"])
def test_the_reserved_height_is_enough_in_every_typeface(page, address, campaign, lang, look):
    campaign.petition["title"] = campaign.petition["summary"] = TITLE
    campaign.events = [campaign.event | {"id": f"evt_{number}"} for number in range(30)]
    further = {"event_list": "&near=Mexico City&radius_km=20000"}
    page.set_viewport_size({"width": 320, "height": 200})
    for widget in (w for w in WIDGETS if w.name != "event_map"):
        query = f"lang={lang}&{look}{further.get(widget.name, '')}"
        page.goto(f"{address}{widget.path.format(petition='convention')}?{query}")
        assert page.evaluate(HEIGHT) <= widget.height_in(lang), widget.name
        assert page.evaluate(WIDER) <= 0, widget.name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_height_reserved_for_more_is_enough(page, address, campaign, lang):
    campaign.petition["title"] = TITLE
    campaign.places = [{"country": code, "count": 90} for code in COUNTRIES]
    campaign.signers = [{"name": NAME, "country": code, "date": "2026-11-20"} for code in COUNTRIES]
    for widget, chosen in MORE:
        place = widget.path.format(petition="convention")
        page.goto(f"{address}{place}?lang={lang}&{urlencode(chosen)}")
        reserved = widget.height_in(lang) + widget.options(**chosen).further_height
        assert highest(page, lang) <= reserved, chosen


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_word_of_the_day_keeps_to_the_margin_of_a_narrow_phone(page, address, clock, lang):
    clock.time = datetime(2026, 12, 18, 12, 0, tzinfo=UTC)
    page.set_viewport_size({"width": 320, "height": 600})
    page.goto(f"{address}/w/countdown?lang={lang}")
    left, right = page.locator("[data-word]").evaluate(EDGES)
    assert left >= 0
    assert right <= 310


@pytest.mark.parametrize("width", [320, 600])
@pytest.mark.parametrize(
    "path",
    ["/w/events?lang=bn", "/w/events?lang=ne", "/w/countdown?lang=ur", "/w/countdown?lang=fa"],
)
def test_tall_letters_keep_out_of_the_line_below(page, address, clock, path, width):
    clock.time = datetime(2026, 12, 18, 12, 0, tzinfo=UTC)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address + path)
    below = page.locator("header h1 + p, [data-word] + span")
    box = below.bounding_box()
    below.evaluate("e => { e.style.visibility = 'hidden' }")
    seen = Image.open(BytesIO(page.screenshot(clip=box)))
    assert len(seen.getcolors()) == 1


def test_a_widget_renews_itself_in_a_sandbox_of_another_origin(page, address, campaign):
    page.clock.install()
    page.set_content(
        f'<iframe src="{address}/w/counter/convention" width="600" height="500"'
        ' sandbox="allow-scripts"></iframe>'
    )
    number = page.frame_locator("iframe").locator("[data-total]")
    expect(number).to_have_text("1,234")
    campaign.total += 1
    page.clock.fast_forward(50_000)
    expect(number).to_have_text("1,234")
    page.clock.fast_forward(20_000)
    expect(number).to_have_text("1,235")


def test_a_reader_can_pause_it(page, address, campaign):
    page.clock.install()
    page.goto(f"{address}/w/counter/convention")
    pause = page.get_by_role("button", name="Pause updates")
    pause.press("Enter")
    expect(pause).to_have_attribute("aria-pressed", "true")
    campaign.total += 1
    page.clock.fast_forward(200_000)
    expect(page.locator("[data-total]")).to_have_text("1,234")
    pause.press("Enter")
    expect(page.locator("[data-total]")).to_have_text("1,235")


def test_without_a_script_there_is_no_button_that_does_nothing(bare, address):
    bare.goto(f"{address}/w/counter/convention")
    expect(bare.locator("[data-total]")).to_have_text("1,234")
    expect(bare.locator("button")).to_be_hidden()


def test_a_person_signs_and_confirms_without_a_script(bare, address, campaign):
    bare.goto(f"{address}/petitions/convention?lang=es")
    fill(bare)
    bare.locator("[name=country]").select_option("KE")
    bare.get_by_role("button", name="Firmar").press("Enter")
    expect(bare.locator("h1")).to_have_text("Un paso más")
    bare.goto(f"{address}/confirm/good?lang=es")
    bare.get_by_role("button").press("Enter")
    expect(bare.locator("h1")).to_have_text("Tu nombre cuenta. ¡Gracias!")
    assert campaign.links["good"] == "confirmed"


def test_faults_take_the_focus_and_lead_to_their_fields(bare, address, campaign, refuse):
    campaign.refusal = refuse("email")
    bare.goto(f"{address}/petitions/convention")
    fill(bare, email="nothing")
    bare.get_by_role("button", name="Sign").click()
    expect(bare.locator(":focus")).to_have_attribute("id", "errors")
    bare.locator("#errors a").press("Enter")
    expect(bare.locator("#email")).to_have_value("nothing")
    expect(bare.locator("#email:target")).to_have_count(1)


def test_a_person_says_that_they_come(page, address, campaign):
    page.goto(f"{address}/events/evt_1")
    fill(page)
    page.locator("[name=guests]").select_option("2")
    page.get_by_role("button", name="Tell the host").click()
    expect(page.locator("h1")).to_have_text("You are expected")
    assert campaign.received[0]["guests"] == 2


def test_a_page_with_a_form_cannot_be_framed(chromium, address):
    page = chromium.new_page()
    page.set_content(f'<iframe src="{address}/petitions/convention"></iframe>')
    page.wait_for_timeout(500)
    assert page.frame_locator("iframe").locator("form").count() == 0
    page.close()


@pytest.mark.parametrize("path", FRAMED + PAGES)
def test_every_control_shows_its_focus(page, address, path):
    page.goto(address + path)
    for _ in range(12):
        page.keyboard.press("Tab")
        tag, outline = page.evaluate(FOCUSED)
        assert outline == "solid" or tag in {"BODY", "IFRAME"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_reserved_height_is_enough_for_a_poster(page, address, lang):
    page.goto(f"{address}/w/posters?lang={lang}")
    assert highest(page, lang) <= posters.WIDGET.height_in(lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_reserved_height_is_enough_for_a_long_list(page, address, campaign, lang):
    campaign.events = [campaign.event | {"id": f"evt_{number}"} for number in range(30)]
    page.goto(f"{address}/w/event-list?lang={lang}&near=Mexico City&radius_km=20000")
    assert page.locator(".day li").count() == 25
    assert highest(page, lang) <= event_list.WIDGET.height_in(lang)


def order_form(page: Page) -> None:
    page.locator("[value=limited]").check()
    page.locator("[name=quantity]").select_option("2")
    page.get_by_role("button").press("Enter")


def test_a_person_orders_prints_without_a_script(bare, address, campaign):
    bare.goto(f"{address}/posters/many-paths?lang=es")
    order_form(bare)
    expect(bare.locator("h1")).to_have_text("Reservado para ti")
    fill(bare)
    bare.locator("[name=lines]").fill("1 Sample Street\nSample House")
    bare.locator("[name=locality]").fill("Sampletown")
    bare.locator("[name=country]").select_option("KE")
    bare.get_by_role("button").press("Enter")
    expect(bare.locator("h1")).to_have_text("Tu pedido ha llegado")
    assert bare.url == f"{address}/orders/ord_secret?lang=es"
    assert campaign.received[-1]["address"]["lines"] == ["1 Sample Street", "Sample House"]


def hold_calls(campaign) -> list[str]:
    return [asked for asked in campaign.asked if asked.endswith("/reservations")]


def test_a_hold_reloaded_is_the_same_hold(bare, address, campaign):
    bare.goto(f"{address}/posters/many-paths")
    order_form(bare)
    expect(bare.locator("h1")).to_have_text("Held for you")
    bare.reload()
    expect(bare.locator("h1")).to_have_text("Held for you")
    assert len(hold_calls(campaign)) == 2
    assert len(campaign.holds) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_order_form_and_its_faults_fit_a_narrow_phone(bare, address, campaign, refuse, lang):
    bare.set_viewport_size({"width": 320, "height": 600})
    bare.goto(f"{address}/posters/many-paths?lang={lang}")
    order_form(bare)
    campaign.order_refusal = refuse("name", "address.lines", "address.postal_code")
    bare.get_by_role("button").press("Enter")
    expect(bare.locator(":focus")).to_have_attribute("id", "errors")
    assert bare.evaluate(WIDER) <= 0


def test_the_keyboard_walks_the_editions(page, address):
    page.goto(f"{address}/posters/many-paths")
    page.locator("[value=open]").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[value=limited]")).to_be_checked()


def test_a_picture_keeps_its_place_before_it_has_come(page, address):
    page.route("**/files/*", lambda _route: None)
    page.set_viewport_size({"width": 600, "height": 600})
    page.goto(f"{address}/w/posters", wait_until="commit")
    page.wait_for_selector("footer")
    box = page.locator(".picture").bounding_box()
    assert box["height"] / box["width"] == pytest.approx(952 / 680, abs=0.01)


def test_a_hostile_picture_opened_alone_runs_nothing(chromium, address, campaign):
    campaign.files["many-paths.svg"] = (
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>"
        b"document.documentElement.id = 'ran'</script></svg>"
    )
    page = chromium.new_page()
    page.goto(f"{address}/posters/many-paths/files/many-paths.svg")
    assert page.evaluate("document.documentElement.id") == ""
    page.close()


HOSTILE = "\N{RIGHT-TO-LEFT OVERRIDE}\N{LEFT-TO-RIGHT ISOLATE}<script>alert(1)</script>" + "w" * 200


OVERFLOWING = """[...document.querySelectorAll('body *')]
    .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display == 'block')
    .map(e => e.className || e.tagName)"""


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
def test_hostile_words_are_text_and_break_nothing(page, address, path, lang, width):
    page.on("dialog", lambda _dialog: pytest.fail("a script of the campaign ran"))
    page.set_viewport_size({"width": width, "height": 600})
    page.goto(f"{address}{path}?lang={lang}")
    assert page.get_by_text("<script>alert(1)</script>").count() > 0
    assert page.evaluate(WIDER) <= 0
    assert page.evaluate(OVERFLOWING) == []


def test_an_override_of_direction_ends_with_its_word(page, address, campaign):
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


@pytest.mark.parametrize("path", ["/w/event-list", "/w/posters"])
def test_the_keyboard_walks_every_link_of_a_widget(page, address, path):
    page.goto(address + path)
    links = page.locator("a").count()
    reached = set()
    for _ in range(links + 2):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('href')"))
    assert reached >= set(
        page.locator("a").evaluate_all("es => es.map(e => e.getAttribute('href'))")
    )


@pytest.mark.parametrize("width", [320, 600, 1200])
def test_a_title_of_another_direction_begins_where_the_others_do(page, address, width):
    page.set_viewport_size({"width": width, "height": 600})
    page.goto(f"{address}/w/event-list?lang=ar")
    title, kind = page.evaluate(
        "[...document.querySelectorAll('.day li div > :not(.go)')].slice(0, 2)"
        ".map(e => { const r = document.createRange(); r.selectNodeContents(e);"
        " return r.getBoundingClientRect().right; })"
    )
    assert title == pytest.approx(kind, abs=2)


def framed(page: Page, address: str, path: str):
    page.set_content(
        f'<iframe src="{address}{path}" width="600" height="900" sandbox="{SANDBOX}"></iframe>'
    )
    return page.frame_locator("iframe")


def test_in_the_snippets_sandbox_an_event_goes_into_a_calendar(chromium, page, address):
    begun: list[str] = []
    browser = chromium.new_browser_cdp_session()
    browser.send("Browser.setDownloadBehavior", {"behavior": "deny", "eventsEnabled": True})
    browser.on("Browser.downloadWillBegin", lambda said: begun.append(said["suggestedFilename"]))
    framed(page, address, "/w/event-list").get_by_role("link", name="Add to calendar").click()
    for _ in range(100):
        if begun:
            break
        page.wait_for_timeout(100)
    assert begun == ["18-december.ics"]


def test_in_the_snippets_sandbox_the_picture_is_drawn(page, address):
    picture = framed(page, address, "/w/posters").locator("img")
    expect(picture).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert picture.evaluate("img => img.complete && img.naturalWidth") > 0


def counts(requests: list[str]) -> int:
    return sum(path.endswith("/count") for path in requests)


def hide(page: Page, *, hidden: bool) -> None:
    """As if the reader went to another tab, or came back."""
    page.evaluate(
        "hidden => {"
        "Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def test_a_page_out_of_view_asks_for_nothing_and_asks_at_once_when_it_returns(
    page, address, campaign
):
    page.clock.install()
    page.goto(f"{address}/w/counter/convention")
    hide(page, hidden=True)
    before = counts(campaign.asked)
    campaign.total += 1
    page.clock.run_for(3_600_000)
    assert counts(campaign.asked) == before
    hide(page, hidden=False)
    page.clock.run_for(10)
    expect(page.locator("[data-total]")).to_have_text("1,235")


def test_coming_back_soon_asks_for_nothing(page, address, campaign):
    page.clock.install()
    page.goto(f"{address}/w/counter/convention")
    before = counts(campaign.asked)
    for _ in range(5):
        page.clock.run_for(5_000)
        hide(page, hidden=True)
        hide(page, hidden=False)
    page.clock.run_for(10_000)
    assert counts(campaign.asked) == before


def test_the_wait_is_the_campaigns_where_it_is_longer(page, address, campaign):
    campaign.poll_after = 300
    page.clock.install()
    page.goto(f"{address}/w/counter/convention")
    campaign.total += 1
    page.clock.run_for(290_000)
    expect(page.locator("[data-total]")).to_have_text("1,234")
    page.clock.run_for(45_000)
    expect(page.locator("[data-total]")).to_have_text("1,235")


def test_after_failures_it_waits_longer_and_then_recovers(chromium, address, campaign):
    page = chromium.new_page()
    asked: list[str] = []
    page.clock.install()
    page.goto(f"{address}/w/counter/convention")
    page.route("**/w/**", lambda route: (asked.append(route.request.url), route.abort()))
    for _ in range(160):
        page.clock.run_for(5_000)
        page.wait_for_timeout(5)
    assert 2 <= len(asked) <= 3
    page.unroute("**/w/**")
    campaign.total += 1
    for _ in range(200):
        page.clock.run_for(5_000)
        page.wait_for_timeout(5)
    expect(page.locator("[data-total]")).to_have_text("1,235")
    page.close()


def test_a_milestone_is_said_once_when_the_number_passes_it(page, address, campaign):
    page.clock.install()
    page.goto(f"{address}/w/counter/convention")
    status = page.get_by_role("status")
    expect(status).to_have_text("")
    status.evaluate(SAYINGS)
    for total, said in ((4999, ""), (5001, SAID), (4990, SAID), (5002, SAID)):
        campaign.total = total
        page.clock.run_for(70_000)
        expect(page.locator("[data-total]")).to_have_text(f"{total:,}")
        expect(status).to_have_text(said)
    assert page.evaluate("said") == 1


def test_seconds_count_down_and_can_be_paused(page, address):
    page.clock.install(time=NOW)
    page.goto(f"{address}/w/countdown?zone=UTC&seconds=on")
    face = page.locator(".clock bdi")
    expect(face).to_have_text("588:00:00")
    page.clock.run_for(61_000)
    expect(face).to_have_text("587:58:59")
    page.get_by_role("button", name="Pause updates").click()
    page.clock.run_for(5_000)
    expect(face).to_have_text("587:58:59")


def test_seconds_are_never_below_nothing(page, address):
    page.clock.install(time=NOW.replace(year=2027))
    page.goto(f"{address}/w/countdown?seconds=on")
    expect(page.locator(".clock")).to_be_hidden()


def test_without_a_script_no_second_stands_still(bare, address):
    bare.goto(f"{address}/w/countdown?seconds=on")
    expect(bare.locator(".clock")).to_be_hidden()


def test_a_message_is_copied_also_in_a_frame_of_another_origin(chromium, address):
    page = chromium.new_page()
    page.set_content(
        f'<iframe src="{address}/w/share" width="600" height="930"'
        ' sandbox="allow-scripts"></iframe>'
        "<textarea id=pasted></textarea>"
    )
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Copy the text").first.click()
    expect(frame.get_by_role("status")).to_have_text("Copied")
    page.locator("#pasted").press("Control+v")
    assert "#ManyPaths" in page.locator("#pasted").input_value()
    page.close()


def test_without_a_script_a_message_can_be_selected(bare, address):
    bare.goto(f"{address}/w/share")
    field = bare.get_by_label("Message 1 of 2")
    field.press("Control+a")
    assert "#ManyPaths" in field.evaluate("e => e.value.slice(e.selectionStart, e.selectionEnd)")
    expect(bare.locator("button").first).to_be_hidden()


def test_nothing_is_asked_of_a_network_before_a_click(page, address):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/w/share")
    page.wait_for_load_state("networkidle")
    assert asked == [f"{address}/w/share"]


def test_a_reader_reaches_their_mastodon_server_without_a_script(bare, address):
    went: list[str] = []
    bare.context.route(
        "https://social.example/**",
        lambda route: (went.append(route.request.url), route.fulfill(body="Share")),
    )
    bare.goto(f"{address}/share/mastodon/convention")
    bare.get_by_label("Name of your server").fill("@sample@social.example")
    bare.get_by_role("button", name="Go to my server").click()
    expect(bare.locator("body")).to_have_text("Share")
    assert went[0].startswith("https://social.example/share?text=A%20border%20takes%20no")


def test_hostile_words_leave_the_layout_whole(page, address, campaign):
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


def test_a_screen_is_full_and_never_longer(page, address, campaign):
    campaign.total = 1234567
    for width, height in ((1920, 1080), (1280, 720), (1024, 768), (800, 1280)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{address}/screen/convention")
        assert page.evaluate(WIDER) <= 0
        assert page.evaluate(HEIGHT) <= height
        number = page.locator("[data-total]").bounding_box()
        assert number["width"] >= width / 2
    page.goto("about:blank")


def test_a_screen_is_told_of_another_number_at_once(page, address, campaign):
    page.goto(f"{address}/screen/convention")
    expect(page.locator("[data-total]")).to_have_text("1,234")
    campaign.total += 1
    expect(page.locator("[data-total]")).to_have_text("1,235", timeout=15_000)
    page.goto("about:blank")


def test_a_screen_without_a_stream_renews_itself_as_a_counter_does(chromium, address, campaign):
    page = chromium.new_page()
    page.route("**/stream", lambda route: route.fulfill(status=503))
    page.clock.install()
    page.goto(f"{address}/screen/convention")
    campaign.total += 1
    page.clock.run_for(70_000)
    expect(page.locator("[data-total]")).to_have_text("1,235")
    page.close()


@pytest.mark.parametrize("width", [320, 600])
@pytest.mark.parametrize("path", ["/w/counter/convention", "/w/share", "/w/events"])
def test_burmese_letters_keep_out_of_the_line_below(page, address, path, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}{path}?lang=my")
    below = page.locator(".num + span, header h1 + p")
    box = below.bounding_box()
    below.evaluate("e => { e.style.visibility = 'hidden' }")
    seen = Image.open(BytesIO(page.screenshot(clip=box)))
    assert len(seen.getcolors()) == 1


def test_korean_breaks_its_lines_between_words(page, address):
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(f"{address}/privacy?lang=ko")
    words = page.locator(".prose li").evaluate_all(LINES_OF_WORDS)
    assert len(words) > 20
    assert set(words) == {1}

"""The builder in a browser: with and without JavaScript, wide and narrow, by keyboard."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

SLOW = 20_000
GROUND = {"light": "rgb(255, 194, 26)", "dark": "rgb(17, 19, 58)"}
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TO_THE_TOP = "scrollTo(0, 0)"  # the preview is sticky
PLACES = """['#choice', '.preview', '.stage', '.take', '#choice button'].map(name => {
    const { x, y, width } = document.querySelector(name).getBoundingClientRect();
    return [name, x, y + scrollY, width];
})"""

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium) -> Iterator[Page]:
    """A page whose console may log errors, such as a 400 for an invalid option."""
    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []


def test_option_changes_the_preview_at_once(page, server_url):
    page.goto(f"{server_url}/?widget=countdown")
    page.locator("[name=lang]").select_option("ar")
    frame = page.frame_locator("#countdown iframe[src*='lang=ar']")
    expect(frame.locator("html")).to_have_attribute("lang", "ar", timeout=SLOW)
    assert 'lang=ar" title="العد التنازلي' in page.locator("[data-snippet]").input_value()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_url(re.compile("lang=ar"))


def test_option_changes_every_embed_code_at_once(page, server_url):
    page.goto(f"{server_url}/?widget=counter")
    page.locator("[name=theme]").select_option("dark")
    expect(page.locator("[data-way=files]")).to_have_value(re.compile("dark"))
    ways = [way.input_value() for way in page.locator("[data-way]").all()]
    assert ["dark" in way for way in ways] == [True] * 6


def test_option_that_needs_more_height_shifts_nothing(page, server_url):
    page.goto(f"{server_url}/?widget=counter")
    page.locator("summary", has_text="More options").click()
    page.evaluate(TO_THE_TOP)
    before = page.evaluate(PLACES)
    page.locator("[name=show]").fill("signers")
    page.locator("[name=show]").press("Tab")
    expect(page.locator(".stage iframe:only-child[src*=signers]")).to_have_count(1, timeout=SLOW)
    page.evaluate(TO_THE_TOP)
    assert page.evaluate(PLACES) == before


def test_preview_does_not_shift_while_it_loads(page, server_url):
    page.goto(server_url)
    second = page.locator(".sample").nth(1)
    before = second.bounding_box()
    page.evaluate("document.querySelector('.sample:nth-child(3)').remove()")
    assert second.bounding_box()["x"] == before["x"]


def test_invalid_option_is_shown_and_the_preview_stays(page, server_url):
    page.goto(f"{server_url}/?widget=countdown&theme=dark")
    page.locator("summary", has_text="More options").click()
    page.locator("[name=zone]").fill("Mars/Olympus")
    page.locator("[name=zone]").press("Tab")
    expect(page.locator("#countdown-zone-wrong")).to_contain_text("The time zone must be reader")
    expect(page.locator("[name=zone]")).to_have_value("Mars/Olympus")
    assert "theme=dark" in page.locator(".stage iframe").get_attribute("src")


def test_the_preview_is_as_narrow_as_a_phone(page, server_url):
    page.goto(f"{server_url}/?widget=counter")
    page.get_by_label("Phone", exact=True).check()
    assert page.locator(".stage iframe").bounding_box()["width"] == 320
    assert "width=phone" in page.url


def test_the_preview_is_dark_on_a_dark_page(chromium, server_url):
    page = chromium.new_page(color_scheme="null")
    page.goto(f"{server_url}/?widget=counter&around=dark")
    html = page.frame_locator(".stage iframe").locator("html")
    expect(html).to_have_css("background-color", GROUND["dark"])
    page.get_by_label("Light", exact=True).check()
    expect(html).to_have_css("background-color", GROUND["light"])
    page.close()


def test_copying_an_embed_code_is_confirmed(page, server_url):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{server_url}/?widget=counter")
    page.get_by_role("button", name="Copy: Iframe", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("[data-snippet]").input_value()


def test_builder_works_by_keyboard(page, server_url):
    page.goto(f"{server_url}/?widget=countdown")
    page.locator("[name=lang]").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "theme"
    page.keyboard.type("D")
    expect(page.locator("[data-way=address]")).to_have_value(
        f"{server_url}/w/countdown?lang=en&theme=dark"
    )


def test_builder_works_without_javascript(no_js_page, server_url):
    no_js_page.goto(f"{server_url}/")
    no_js_page.get_by_role("link", name="Countdown", exact=False).first.click()
    no_js_page.locator("[name=theme]").select_option("dark")
    no_js_page.locator("[name=width][value=phone]").check()
    no_js_page.locator("#choice button[type=submit]").click()
    expect(no_js_page.locator("[name=theme]")).to_have_value("dark")
    expect(no_js_page.locator(".stage")).to_have_attribute("data-width", "phone")
    assert "theme=dark" in no_js_page.locator("[data-snippet]").input_value()


@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("query", ["", "&widget=counter", "&widget=events&width=phone"])
def test_narrow_page_does_not_scroll_sideways(page, server_url, lang, query):
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(f"{server_url}/?lang={lang}{query}")
    assert page.evaluate(WIDER) <= 0


def test_text_of_double_size_stays_on_the_page(chromium, server_url):
    page = chromium.new_page(viewport={"width": 640, "height": 900}, bypass_csp=True)
    page.goto(f"{server_url}/?widget=counter")
    page.add_style_tag(content="html { font-size: 32px !important }")
    assert page.evaluate(WIDER) <= 0
    page.close()

"""Widgets in print, in forced colours and with reduced motion."""

import pytest
from playwright.sync_api import Page

WIDGETS = [
    "/w/counter/convention",
    "/w/countdown",
    "/w/events",
    "/w/event-list",
    "/w/posters",
    "/w/share",
    "/w/sign/convention",
]
DRAWN = """() => {
    const drawn = [...document.querySelectorAll(".way line, .mark path")];
    return [...new Set(drawn.map(part => getComputedStyle(part).stroke))];
}"""
TEXT = "getComputedStyle(document.body).color"
MOVES = """() => [...document.querySelectorAll("*")].filter(element => {
    const { animationName, transitionDuration } = getComputedStyle(element);
    return animationName !== "none" || transitionDuration !== "0s";
}).length"""
NAVY = "rgb(21, 23, 74)"

pytestmark = pytest.mark.browser


@pytest.fixture
def narrow_page(chromium) -> Page:
    page = chromium.new_page(viewport={"width": 600, "height": 900})
    yield page
    page.close()


@pytest.mark.parametrize("path", WIDGETS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_drawings_use_the_text_colour_in_forced_colours(narrow_page, server_url, path, theme):
    narrow_page.emulate_media(forced_colors="active", color_scheme="dark")
    narrow_page.goto(f"{server_url}{path}?theme={theme}")
    assert narrow_page.evaluate(DRAWN) == [narrow_page.evaluate(TEXT)]


@pytest.mark.parametrize("path", WIDGETS)
def test_print_is_never_dark(narrow_page, server_url, path):
    narrow_page.emulate_media(media="print", color_scheme="dark")
    narrow_page.goto(server_url + path)
    assert narrow_page.evaluate(TEXT) == NAVY


@pytest.mark.parametrize("path", WIDGETS)
def test_widgets_have_no_animations(narrow_page, server_url, path):
    narrow_page.goto(server_url + path)
    assert narrow_page.evaluate(MOVES) == 0

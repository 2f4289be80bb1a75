"""Text has enough contrast with every accent colour."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_widgets import theme
from imd_widgets.theme import (
    Appearance,
    compute_contrast,
    make_palette,
    make_style,
)
from imd_widgets.widget.options import Options

pytestmark = pytest.mark.anyio

COUNTER = "/w/counter/convention"
TEXTS = [
    ("ink", "ground"),
    ("ink", "land"),
    ("ink", "paper"),
    ("soft", "ground"),
    ("strong", "ground"),
    ("on-act", "act"),
]
MARKS = [("dot", "ground"), ("dot", "land"), ("act", "ground")]
colours = st.builds("{:06x}".format, st.integers(0, 0xFFFFFF))
schemes = st.sampled_from(["light", "dark"])


def css_variables(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):([^;}]+)", css))


def low_contrast_pairs(scheme: str, accent: str) -> set[tuple[str, str]]:
    inks = make_palette(scheme, accent)
    needed = dict.fromkeys(TEXTS, 4.5) | dict.fromkeys(MARKS, 3.0)
    there = {pair: least for pair, least in needed.items() if inks.keys() >= set(pair)}
    return {(a, b) for (a, b), least in there.items() if compute_contrast(inks[a], inks[b]) < least}


@given(colours, schemes)
def test_every_accent_has_enough_contrast(accent, scheme):
    assert low_contrast_pairs(scheme, accent) == set()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_default_colours_have_enough_contrast(scheme):
    assert low_contrast_pairs(scheme, "") == set()


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000", "#fff", 21), ("#777777", "#ffffff", 4.478), ("#767676", "#ffffff", 4.542)],
)
def test_contrast_is_computed_as_in_wcag(one, other, ratio):
    assert (
        compute_contrast(one, other)
        == compute_contrast(other, one)
        == pytest.approx(ratio, abs=0.001)
    )


@given(colours)
def test_light_theme_uses_the_accent_as_background(accent):
    assert make_palette("light", accent)["ground"] == f"#{accent}"


def test_dark_theme_keeps_a_readable_accent():
    assert make_palette("dark", "ffc21a")["act"] == "#ffc21a"
    assert make_palette("dark", "0a1d5a")["act"] != "#0a1d5a"


@pytest.mark.parametrize("given", ["0a7d5a", "#0a7d5a", "0A7D5A", " #0A7d5a "])
def test_colour_spellings_are_equivalent(given):
    assert Options(accent=given) == Options(accent="0a7d5a")


def test_three_digit_colour_is_expanded():
    assert Options(accent="#fa0").accent == "ffaa00"


async def test_widget_has_the_requested_accent(browser):
    page = (await browser.get(f"{COUNTER}?accent=0a7d5a&theme=light")).text
    assert css_variables(page)["ground"] == "#0a7d5a"
    assert css_variables(page)["ink"] == "#fff6e0"


@pytest.mark.parametrize(
    "accent", ["red", "12345", "#12345g", "0a7d5a;}", "\u0660" * 3, "0a7d5a0a"]
)
async def test_invalid_colour_is_explained(browser, accent):
    response = await browser.get(COUNTER, params={"accent": accent})
    assert response.status_code == 400
    assert "A colour must be six digits or letters from a to f, such as 0a7d5a." in response.text


async def test_error_keeps_the_valid_colours(browser):
    page = (await browser.get(f"{COUNTER}?accent=0a7d5a&corners=oval&theme=red")).text
    assert css_variables(page)["ground"] == "#11133a"
    assert "--ground:#0a7d5a" in page


async def test_many_errors_are_still_a_400(browser):
    wrong = "&".join(f"no{number}=1" for number in range(20))
    assert (await browser.get(f"{COUNTER}?{wrong}&theme=red&accent=x")).status_code == 400


async def test_not_found_widget_keeps_the_accent(browser):
    page = (await browser.get("/w/counter/nothing?accent=0a7d5a&theme=light")).text
    assert css_variables(page)["ground"] == "#0a7d5a"


@pytest.mark.parametrize(("corners", "radius"), [("square", "0px"), ("round", "16px")])
async def test_corners_can_be_chosen(browser, corners, radius):
    page = (await browser.get(f"{COUNTER}?corners={corners}")).text
    assert f":root{{--radius:{radius}}}" in page
    assert "border-radius:var(--radius)" in page


async def test_font_can_be_chosen(browser):
    page = (await browser.get(f"{COUNTER}?font=serif")).text
    assert ":root{font-family:Georgia," in page


async def test_image_uses_the_accent_and_the_corners(browser):
    drawing = (await browser.get(f"{COUNTER}.svg?accent=0a7d5a&corners=round")).text
    assert 'height="315" fill="#0a7d5a"/>' in drawing
    assert 'rx="16" fill="#fff6e0"/>' in drawing


async def test_dark_image_uses_the_accent(browser):
    drawing = (await browser.get(f"{COUNTER}.svg?accent=0a7d5a&theme=dark")).text
    assert f'fill="{make_palette("dark", "0a7d5a")["act"]}"' in drawing


def test_number_of_cached_accents_is_bounded():
    for number in range(2 * theme.CACHE_SIZE):
        make_style(Appearance(accent=f"{number:06x}"), "widget")
    assert make_style.cache_info().currsize <= theme.CACHE_SIZE
    assert make_palette.cache_info().currsize <= theme.CACHE_SIZE

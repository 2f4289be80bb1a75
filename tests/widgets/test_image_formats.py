import importlib.util
import re
import struct
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from imd_widgets.images.fonts import FOLDER, get_script
from imd_widgets.images.text_layout import lay_out
from imd_widgets.languages import read_languages

pytestmark = pytest.mark.anyio

SCRIPT = Path(__file__).parents[2] / "scripts/make_fonts.py"
PNG = b"\x89PNG\r\n\x1a\n"
TEXT = re.compile(r'<text x="[^"]*" y="([^"]*)" font-size="(\d+)"[^>]*>([^<]*)</text>')
LANGUAGES = read_languages()


def reach(tag: str, y: str, size: str, text: str) -> tuple[float, float]:
    """Return the top and the bottom of a text in the image."""
    line = lay_out(text, LANGUAGES[tag])
    return float(y) - line.top * int(size), float(y) - line.bottom * int(size)


async def fetch(browser, path: str, status: int = 200):
    response = await browser.get(path)
    assert response.status_code == status
    return response


async def test_png_is_1200_pixels_wide(browser):
    image = (await fetch(browser, "/w/counter/convention.png")).content
    assert image.startswith(PNG)
    assert struct.unpack(">II", image[16:24]) == (1200, 630)


async def test_image_changes_with_the_number(browser, campaign, clock):
    before = (await fetch(browser, "/w/counter/convention.png")).content
    campaign.total += 1
    clock.advance(60)
    assert (await fetch(browser, "/w/counter/convention.png")).content != before


async def test_png_is_small_enough_for_a_newsletter(browser):
    assert len((await fetch(browser, "/w/counter/convention.png")).content) < 20_000


async def test_dark_theme_changes_the_image(browser):
    light = (await fetch(browser, "/w/counter/convention.png")).content
    assert (await fetch(browser, "/w/counter/convention.png?theme=dark")).content != light


async def test_svg_has_a_title_in_words(browser):
    drawing = (await fetch(browser, "/w/counter/convention.svg?lang=fr")).text
    assert "<title>1\N{NARROW NO-BREAK SPACE}234 personnes ont signé · 12" in drawing


async def test_arabic_image_is_mirrored(browser):
    drawing = (await fetch(browser, "/w/counter/convention.svg?lang=ar")).text
    assert 'direction="rtl"' in drawing
    assert '<text x="564"' in drawing


async def test_txt_is_one_line_with_the_number(browser):
    response = await fetch(browser, "/w/counter/convention.txt?lang=es")
    assert (
        response.text == "1.234 personas han firmado · 12\N{NO-BREAK SPACE}% de la meta de 10.000\n"
    )


async def test_json_has_the_number(browser):
    response = await fetch(browser, "/w/counter/convention.json")
    assert response.json() == {
        "petition": "convention",
        "state": "open",
        "total": 1234,
        "goal": 10000,
        "as_of": "2026-11-23T12:00:00+00:00",
        "text": "1,234 people have signed · 12% of the goal of 10,000",
        "link": "http://widgets.example/petitions/convention?lang=en",
    }


@pytest.mark.parametrize("form", ["png", "svg", "txt", "json"])
async def test_images_may_be_embedded_and_cached_by_any_site(browser, form):
    headers = (await fetch(browser, f"/w/counter/convention.{form}")).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Cache-Control"].startswith("public, max-age=60")
    assert headers["ETag"]


async def test_unchanged_image_is_not_sent_again(browser):
    etag = (await fetch(browser, "/w/counter/convention.png")).headers["ETag"]
    headers = {"If-None-Match": etag}
    response = await browser.get("/w/counter/convention.png", headers=headers)
    assert (response.status_code, response.content) == (304, b"")


async def test_invalid_option_is_explained(browser):
    response = await fetch(browser, "/w/counter/convention.png?theme=pink", 400)
    assert response.text == "The colour scheme must be one of: auto, light, dark."


async def test_unknown_petition_has_no_image(browser):
    await fetch(browser, "/w/counter/none.json", 404)


async def test_image_shows_the_day_while_the_campaign_is_down(browser, campaign):
    campaign.down = True
    response = await fetch(browser, "/w/counter/convention.svg")
    assert ">18 December</text>" in response.text
    assert response.headers["Cache-Control"] == "no-store"


async def test_text_and_json_are_unavailable_while_the_campaign_is_down(browser, campaign):
    campaign.down = True
    response = await fetch(browser, "/w/counter/convention.json", 503)
    assert response.headers["Retry-After"] == "30"


@pytest.mark.parametrize("total", [1234, 1667788990])
@pytest.mark.parametrize("tag", list(LANGUAGES))
async def test_number_does_not_touch_the_lines_around_it(browser, campaign, tag, total):
    campaign.total = total
    drawing = (await fetch(browser, f"/w/counter/convention.svg?lang={tag}")).text
    above, below, number = (reach(tag, *text) for text in TEXT.findall(drawing)[:3])
    assert above[1] <= number[0]
    assert number[1] <= below[0]


@pytest.mark.parametrize("tag", list(LANGUAGES))
def test_font_has_every_character_of_the_language(tag):
    spec = importlib.util.spec_from_file_location("make_fonts", SCRIPT)
    make_fonts = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_fonts)
    font = TTFont(next(FOLDER.glob(f"{get_script(tag)}.?tf")))
    missing = make_fonts.list_text_characters(LANGUAGES[tag]) - {
        chr(point) for point in font.getBestCmap()
    }
    assert missing == set(), "run scripts/make_fonts.py"

"""Every widget looks like its reference screenshot, except for small rendering differences.

`python tests/widgets/test_screenshots.py` updates the screenshots; check them before you commit.
"""

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Page

HERE = Path(__file__).parent
REFERENCES = HERE / "screenshots"
FAILURES = HERE.parent / "artifacts/screenshots"
UPDATE = "IMD_UPDATE_SCREENSHOTS"
WIDGETS = {
    "counter": "/w/counter/convention",
    "countdown": "/w/countdown",
    "events": "/w/events",
    "event-list": "/w/event-list",
    "posters": "/w/posters",
    "share": "/w/share",
    "sign": "/w/sign/convention",
}
APPEARANCES = [
    (scheme, lang, width)
    for scheme in ("light", "dark")
    for lang in ("en", "ar")
    for width in (320, 600)
]
SMALLER = 8
"""Blocks of eight pixels hide differences at edges of letters, but not moved or missing parts."""
MEAN, WORST = 1.5, 64
COLOURS = 64

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def still_page(module_page) -> Page:
    module_page.emulate_media(reduced_motion="reduce")
    return module_page


PRINT = b"""<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 680 952'>
<path fill='#f4e3c1' d='M0 0h680v952H0z'/><circle cx='340' cy='380' r='250' fill='#c72a0a'/>
<path fill='none' stroke='#15174a' stroke-width='40' d='M340 952V300'/></svg>"""


def take_screenshot(
    page: Page, server_url: str, path: str, look: tuple[str, str, int]
) -> Image.Image:
    scheme, lang, width = look
    page.set_viewport_size({"width": width, "height": 200})
    page.goto(f"{server_url}{path}?lang={lang}&theme={scheme}")
    return Image.open(BytesIO(page.screenshot(full_page=True))).convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """Return the mean and the greatest difference of a block, from 0 to 255."""
    wide, high = (max(1, side // SMALLER) for side in one.size)
    small = [image.resize((wide, high), Image.Resampling.BOX) for image in (one, other)]
    apart = ImageStat.Stat(ImageChops.difference(*small).convert("L"))
    return apart.mean[0], apart.extrema[0][1]


def looks_same(one: Image.Image, other: Image.Image) -> bool:
    if one.width != other.width or abs(one.height - other.height) > SMALLER:
        return False
    size = (one.width, min(one.height, other.height))
    mean, worst = difference(*(image.crop((0, 0, *size)) for image in (one, other)))
    return mean <= MEAN and worst <= WORST


def save_failure(name: str, new: Image.Image, old: Image.Image) -> None:
    FAILURES.mkdir(parents=True, exist_ok=True)
    new.save(FAILURES / f"{name}.png")
    ImageChops.difference(new, old.resize(new.size)).save(FAILURES / f"{name}-difference.png")


def save_reference(name: str, new: Image.Image) -> None:
    REFERENCES.mkdir(exist_ok=True)
    few = new.quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(REFERENCES / f"{name}.png", "PNG", optimize=True)


@pytest.fixture(scope="module", autouse=True)
def fonts() -> None:
    """Require the fonts that scripts/system-packages installs."""
    output = subprocess.run(["fc-list", ":", "family"], capture_output=True, check=True, text=True)
    families = {family for line in output.stdout.splitlines() for family in line.split(",")}
    assert {"Noto Sans", "Noto Sans Arabic"} <= families, "run scripts/system-packages"
    if others := families & {"Avenir Next", "Segoe UI", "Roboto"}:
        pytest.skip(f"the screenshots were taken with Noto Sans; here is {', '.join(others)}, too")


@pytest.mark.parametrize("look", APPEARANCES, ids=lambda look: "-".join(map(str, look)))
@pytest.mark.parametrize("widget", WIDGETS)
def test_widget_looks_as_it_did(still_page, server_url, campaign, widget, look):
    campaign.replace_files(previews={"many-paths.svg": PRINT})
    new = take_screenshot(still_page, server_url, WIDGETS[widget], look)
    compare_with_reference("-".join(map(str, (widget, *look))), new)


def compare_with_reference(name: str, new: Image.Image) -> None:
    if UPDATE in os.environ:
        save_reference(name, new)
    with Image.open(REFERENCES / f"{name}.png") as reference:
        old = reference.convert("RGB")
    if not looks_same(new, old):
        save_failure(name, new, old)
        pytest.fail(f"{name} looks different: see {FAILURES}")


@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("path", ["petitions/convention", "events/evt_1"])
def test_link_preview_looks_as_it_did(server_url, path, lang):
    drawn = httpx.get(f"{server_url}/{path}.png?lang={lang}", timeout=30).content
    compare_with_reference(
        f"preview-{path.partition('/')[0]}-{lang}", Image.open(BytesIO(drawn)).convert("RGB")
    )


def test_missing_text_is_detected(still_page, server_url):
    look = APPEARANCES[1]
    before = take_screenshot(still_page, server_url, WIDGETS["counter"], look)
    still_page.locator(".act").evaluate("e => { e.style.visibility = 'hidden' }")
    after = Image.open(BytesIO(still_page.screenshot(full_page=True))).convert("RGB")
    assert not looks_same(before, after)


def test_small_rendering_differences_are_ignored(still_page, server_url):
    before = take_screenshot(still_page, server_url, WIDGETS["counter"], APPEARANCES[1])
    moved = ImageChops.offset(before, 1, 0)
    blurred = Image.blend(before, moved, 0.5)
    assert looks_same(before, blurred)


def test_total_size_of_the_images_is_bounded():
    assert sum(file.stat().st_size for file in REFERENCES.glob("*.png")) < 1_500_000


if __name__ == "__main__":
    command = [sys.executable, "-m", "pytest", "-q", __file__, "-k", "looks_as_it_did"]
    sys.exit(subprocess.run(command, env=os.environ | {UPDATE: "1"}, check=False).returncode)

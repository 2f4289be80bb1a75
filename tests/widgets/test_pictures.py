"""Every widget looks as it did when somebody last looked: small differences of drawing aside.

`python tests/widgets/test_pictures.py` renews the pictures; look at them before you commit.
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
KEPT = HERE / "pictures"
LEFT = HERE.parent / "artifacts/pictures"
RENEW = "IMD_RENEW_PICTURES"
WIDGETS = {
    "counter": "/w/counter/convention",
    "countdown": "/w/countdown",
    "events": "/w/events",
    "event-list": "/w/event-list",
    "posters": "/w/posters",
    "share": "/w/share",
    "sign": "/w/sign/convention",
}
LOOKS = [
    (scheme, lang, width)
    for scheme in ("light", "dark")
    for lang in ("en", "ar")
    for width in (320, 600)
]
SMALLER = 8
"""Edges of letters vanish in squares of eight pixels; what moved, came, went or paled does not."""
MEAN, WORST = 1.5, 64
COLOURS = 64

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def seen(lasting_page) -> Page:
    lasting_page.emulate_media(reduced_motion="reduce")
    return lasting_page


PRINT = b"""<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 680 952'>
<path fill='#f4e3c1' d='M0 0h680v952H0z'/><circle cx='340' cy='380' r='250' fill='#c72a0a'/>
<path fill='none' stroke='#15174a' stroke-width='40' d='M340 952V300'/></svg>"""


def pictured(page: Page, address: str, path: str, look: tuple[str, str, int]) -> Image.Image:
    scheme, lang, width = look
    page.set_viewport_size({"width": width, "height": 200})
    page.goto(f"{address}{path}?lang={lang}&theme={scheme}")
    return Image.open(BytesIO(page.screenshot(full_page=True))).convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """The mean and the greatest difference of a square, from 0 to 255."""
    wide, high = (max(1, side // SMALLER) for side in one.size)
    small = [image.resize((wide, high), Image.Resampling.BOX) for image in (one, other)]
    apart = ImageStat.Stat(ImageChops.difference(*small).convert("L"))
    return apart.mean[0], apart.extrema[0][1]


def alike(one: Image.Image, other: Image.Image) -> bool:
    if one.width != other.width or abs(one.height - other.height) > SMALLER:
        return False
    size = (one.width, min(one.height, other.height))
    mean, worst = difference(*(image.crop((0, 0, *size)) for image in (one, other)))
    return mean <= MEAN and worst <= WORST


def leave(name: str, new: Image.Image, old: Image.Image) -> None:
    LEFT.mkdir(parents=True, exist_ok=True)
    new.save(LEFT / f"{name}.png")
    ImageChops.difference(new, old.resize(new.size)).save(LEFT / f"{name}-difference.png")


def keep(name: str, new: Image.Image) -> None:
    KEPT.mkdir(exist_ok=True)
    few = new.quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(KEPT / f"{name}.png", "PNG", optimize=True)


@pytest.fixture(scope="module", autouse=True)
def fonts() -> None:
    """The pictures were drawn with the fonts that scripts/system-packages installs."""
    said = subprocess.run(["fc-list", ":", "family"], capture_output=True, check=True, text=True)
    there = {family for line in said.stdout.splitlines() for family in line.split(",")}
    assert {"Noto Sans", "Noto Sans Arabic"} <= there, "run scripts/system-packages"
    if others := there & {"Avenir Next", "Segoe UI", "Roboto"}:
        pytest.skip(f"the pictures were drawn with Noto Sans; here is {', '.join(others)}, too")


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look)))
@pytest.mark.parametrize("widget", WIDGETS)
def test_widget_looks_as_it_did(seen, address, campaign, widget, look):
    campaign.files["many-paths.svg"] = PRINT
    new = pictured(seen, address, WIDGETS[widget], look)
    check("-".join(map(str, (widget, *look))), new)


def check(name: str, new: Image.Image) -> None:
    if RENEW in os.environ:
        keep(name, new)
    with Image.open(KEPT / f"{name}.png") as kept:
        old = kept.convert("RGB")
    if not alike(new, old):
        leave(name, new, old)
        pytest.fail(f"{name} looks different: see {LEFT}")


@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("path", ["petitions/convention", "events/evt_1"])
def test_link_preview_looks_as_it_did(address, path, lang):
    drawn = httpx.get(f"{address}/{path}.png?lang={lang}", timeout=30).content
    check(f"preview-{path.partition('/')[0]}-{lang}", Image.open(BytesIO(drawn)).convert("RGB"))


def test_missing_text_is_detected(seen, address):
    look = LOOKS[1]
    before = pictured(seen, address, WIDGETS["counter"], look)
    seen.locator(".act").evaluate("e => { e.style.visibility = 'hidden' }")
    after = Image.open(BytesIO(seen.screenshot(full_page=True))).convert("RGB")
    assert not alike(before, after)


def test_small_rendering_differences_are_ignored(seen, address):
    before = pictured(seen, address, WIDGETS["counter"], LOOKS[1])
    moved = ImageChops.offset(before, 1, 0)
    blurred = Image.blend(before, moved, 0.5)
    assert alike(before, blurred)


def test_total_size_of_the_images_is_bounded():
    assert sum(picture.stat().st_size for picture in KEPT.glob("*.png")) < 1_500_000


if __name__ == "__main__":
    command = [sys.executable, "-m", "pytest", "-q", __file__, "-k", "looks_as_it_did"]
    sys.exit(subprocess.run(command, env=os.environ | {RENEW: "1"}, check=False).returncode)

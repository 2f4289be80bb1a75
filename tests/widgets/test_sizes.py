"""Widgets stay within the sizes in docs/widgets/hosting.md, in every language."""

import json
import re
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from random import Random

import brotli
import pytest

from imd_widgets.assets import find_static_folder, hash_text, load_script, read_static
from imd_widgets.languages import read_languages

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
MINIFIED = json.loads((ROOT / "src/imd_widgets/minified.json").read_text(encoding="utf-8"))
HOSTING = (ROOT / "docs/widgets/hosting.md").read_text(encoding="utf-8")
SIZE_LIMITS = HOSTING.partition("\n## Size limits\n")[2].partition("\n## ")[0]
LIMITS = {
    name: int(limit.replace(",", ""))
    for name, limit in re.findall(r"(?m)^\| (.+?) \| ([\d,]+) \|$", SIZE_LIMITS)
}
SIGNED = "2026-11-23T12:00:00+00:00"
THEMES = ("auto", "light", "dark")
COLOURED = "&accent=0a7d5a&corners=round&font=serif"
APPEARANCES = tuple(f"{theme}{more}" for theme in THEMES for more in ("", COLOURED))
LARGEST = f"auto{COLOURED}"
OPTIONS = {
    "/w/counter/convention": ("button=show", "button=hide", "updates=off"),
    "/w/countdown": ("button=show", "button=hide", "updates=off", "zone=America/Mexico_City"),
}
PATHS = {
    "/w/countdown?seconds=on": "countdown with seconds",
    "/w/counter/convention?show=milestones,places,signers": (
        "counter with milestones, places and signers"
    ),
    "/w/sign/convention?": "petition",
    "/w/share?": "share storm",
    "/w/posters?": "posters, without the image",
    "/screen/convention?": "large screen",
}
MAPS = ("/w/events?", "/w/events?view=europe")
TITLES = """
vigil march for migrant workers families community gathering rights potluck stories city hall square
vigilia por los derechos de las personas migrantes reunión comunidad familias plaza canto cena
وقفة مسيرة من أجل حقوق العمال المهاجرين وأسرهم لقاء مجتمعي عشاء مشترك قراءة الاتفاقية كرامة ساحة
"""
CITIES = ((19.43, -99.13), (40.71, -74.01), (40.42, -3.7), (-1.29, 36.82), (14.6, 120.98))

every_language = pytest.mark.parametrize("lang", read_languages())


@every_language
@pytest.mark.parametrize(
    ("path", "name"), [("/w/counter/convention", "counter"), ("/w/countdown", "countdown")]
)
async def test_counter_and_countdown_stay_within_their_sizes(browser, path, name, lang):
    paths = [f"{path}?{option}&theme={LARGEST}" for option in OPTIONS[path]]
    assert await find_oversized(browser, lang, dict.fromkeys(paths, name)) == {}


@pytest.mark.parametrize("path", OPTIONS)
async def test_no_appearance_is_larger_than_the_largest(browser, path):
    sizes = {one: await measure_compressed(browser, f"{path}?theme={one}") for one in APPEARANCES}
    assert max(sizes, key=sizes.__getitem__) == LARGEST


@every_language
async def test_countdown_in_hours_stays_within_its_size(browser, clock, lang):
    clock.time = datetime(2026, 12, 16, 18, tzinfo=UTC)
    name = "countdown in the last days, when readers' time zones differ"
    assert await find_oversized(browser, lang, {f"/w/countdown?theme={LARGEST}": name}) == {}


@every_language
async def test_widgets_stay_within_their_sizes(browser, campaign, lang):
    campaign.places = [{"country": c, "count": 9} for c in ("MX", "US", "ES", "FR", "KE", "BR")]
    campaign.signers = [{"name": "Sample Person", "country": "MX", "signed_at": SIGNED}] * 5
    assert await find_oversized(browser, lang, PATHS) == {}


@every_language
async def test_map_of_300_events_stays_within_its_size(browser, campaign, lang):
    cities = zip(range(300), cycle(CITIES), strict=False)
    campaign.events = [_event(campaign.event, number, city) for number, city in cities]
    maps = dict.fromkeys(MAPS, "event map, 300 events")
    assert await find_oversized(browser, lang, maps) == {}


async def test_embed_script_stays_within_its_size(browser):
    size = await measure_compressed(browser, "/embed.js")
    assert size <= LIMITS["`/embed.js`, with the element"]


def test_frame_script_stays_within_its_size():
    size = len(brotli.compress(load_script("frame_messages").text.encode()))
    assert size <= LIMITS["script inside a widget"]


def test_script_of_a_form_stays_within_its_size():
    size = len(brotli.compress(load_script("proof").text.encode()))
    assert size <= LIMITS["script of a form"]


@pytest.mark.parametrize("name", sorted(file.stem for file in find_static_folder().glob("*.js")))
def test_minified_scripts_match_their_sources(name):
    advice = "run scripts/browser-tools && python scripts/minify.py"
    assert MINIFIED[name]["of"] == hash_text(read_static(f"{name}.js")), advice


def test_changed_script_is_served_unminified(monkeypatch):
    monkeypatch.setattr(
        "imd_widgets.assets.read_static", lambda _: "// Why\n  const a = 1;\n\nb();\n"
    )
    assert load_script.__wrapped__("refresh").text == "// Why\nconst a = 1;\nb();"


async def find_oversized(browser, lang: str, names: dict[str, str]) -> dict[str, int]:
    """Return the size of each path that exceeds the limit of its name."""
    sizes = {path: await measure_compressed(browser, f"{path}&lang={lang}") for path in names}
    return {path: size for path, size in sizes.items() if size > LIMITS[names[path]]}


async def measure_compressed(browser, path: str) -> int:
    async with browser.stream("GET", path, headers={"Accept-Encoding": "br"}) as response:
        assert response.status_code == 200
        assert response.headers["content-encoding"] == "br"
        return sum([len(part) async for part in response.aiter_raw()])


def _event(one: dict, number: int, city: tuple[float, float]) -> dict:
    dice = Random(number)  # noqa: S311 - a sample
    return one | {
        "id": f"evt_{dice.getrandbits(88):022x}",
        "title": " ".join(dice.choices(TITLES.split(), k=dice.randint(3, 8))),
        "kind": dice.choice(("vigil", "march", "potluck", "rally")),
        "starts_at": f"2026-12-18T{dice.randint(8, 21):02}:00:00-06:00",
        "place": one["place"]
        | {
            "name": " ".join(dice.choices(TITLES.split(), k=2)),
            "latitude": city[0] + dice.gauss(0, 2),
            "longitude": city[1] + dice.gauss(0, 2),
        },
    }

"""Maximum size of each widget, compressed with brotli, in every language."""

import json
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from random import Random

import brotli
import pytest

from imd_widgets.assets import find_static_folder, hash_text, load_script, read_static
from imd_widgets.languages import read_languages

pytestmark = pytest.mark.anyio

MINIFIED = json.loads(
    (Path(__file__).parents[2] / "src/imd_widgets/minified.json").read_text(encoding="utf-8")
)
SIGNED = "2026-11-23T12:00:00+00:00"
THEMES = ("auto", "light", "dark")
COLOURED = "&accent=0a7d5a&corners=round&font=serif"
APPEARANCES = tuple(f"{theme}{more}" for theme in THEMES for more in ("", COLOURED))
LIVE = {
    "/w/counter/convention": ("button=show", "button=hide", "updates=off"),
    "/w/countdown": ("button=show", "button=hide", "updates=off", "zone=America/Mexico_City"),
}
MAX_SIZES = {
    "/w/countdown?seconds=on": 3_220,
    "/w/counter/convention?show=milestones,places,signers": 3_550,
    "/w/sign/convention?": 3_000,
    "/w/share?": 4_250,
    "/w/posters?": 2_640,
    "/screen/convention?": 3_000,
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
async def test_counter_and_countdown_have_at_most_3000_bytes(browser, lang):
    paths = [
        f"{path}?{option}&theme={look}"
        for path in LIVE
        for option in LIVE[path]
        for look in APPEARANCES
    ]
    assert await oversized(browser, lang, dict.fromkeys(paths, 3_000)) == {}


@every_language
async def test_countdown_in_hours_has_at_most_3200_bytes(browser, clock, lang):
    clock.time = datetime(2026, 12, 16, 18, tzinfo=UTC)
    paths = [f"/w/countdown?theme={look}" for look in APPEARANCES]
    assert await oversized(browser, lang, dict.fromkeys(paths, 3_200)) == {}


@every_language
async def test_widgets_stay_within_their_sizes(browser, campaign, lang):
    campaign.places = [{"country": c, "count": 9} for c in ("MX", "US", "ES", "FR", "KE", "BR")]
    campaign.signers = [{"name": "Sample Person", "country": "MX", "signed_at": SIGNED}] * 5
    assert await oversized(browser, lang, MAX_SIZES) == {}


@every_language
async def test_map_of_300_events_has_at_most_12000_bytes(browser, campaign, lang):
    cities = zip(range(300), cycle(CITIES), strict=False)
    campaign.events = [_event(campaign.event, number, city) for number, city in cities]
    assert await oversized(browser, lang, dict.fromkeys(MAPS, 12_000)) == {}


async def test_embed_script_has_at_most_1500_bytes(browser):
    assert await compressed_size(browser, "/embed.js") <= 1_500


def test_frame_script_has_at_most_800_bytes():
    assert len(brotli.compress(load_script("frame_messages").text.encode())) <= 800


@pytest.mark.parametrize("name", sorted(file.stem for file in find_static_folder().glob("*.js")))
def test_minified_scripts_match_their_sources(name):
    advice = "run scripts/browser-tools && python scripts/minify.py"
    assert MINIFIED[name]["of"] == hash_text(read_static(f"{name}.js")), advice


def test_changed_script_is_served_unminified(monkeypatch):
    monkeypatch.setattr(
        "imd_widgets.assets.read_static", lambda _: "// Why\n  const a = 1;\n\nb();\n"
    )
    assert load_script.__wrapped__("refresh").text == "// Why\nconst a = 1;\nb();"


async def oversized(browser, lang: str, max_sizes: dict[str, int]) -> dict[str, int]:
    sizes = {path: await compressed_size(browser, f"{path}&lang={lang}") for path in max_sizes}
    return {
        path: compressed_size
        for path, compressed_size in sizes.items()
        if compressed_size > max_sizes[path]
    }


async def compressed_size(browser, path: str) -> int:
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

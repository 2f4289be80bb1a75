"""How the list of cities is made from GeoNames."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts/make_cities.py"
COUNTRIES = {
    "EG": {"capital": "Cairo", "languages": "ar-EG,en,fr"},
    "TV": {"capital": "Funafuti", "languages": "tvl,en"},
}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_cities", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_city(number, name, population, *others, country="EG"):
    return {
        "geonameid": number,
        "name": name,
        "latitude": 30.0626,
        "longitude": 31.2497,
        "countrycode": country,
        "population": population,
        "alternatenames": list(others),
    }


@pytest.fixture
def make_rows(script):
    def make(*cities) -> list[list[str]]:
        text = script.make_table({str(city["geonameid"]): city for city in cities}, COUNTRIES)
        return [line.split("\t") for line in text.splitlines()[1:]]

    return make


def test_largest_city_is_first_and_villages_are_left_out(make_rows):
    rows = make_rows(
        make_city(1, "Small", 60_000), make_city(2, "Large", 90_000), make_city(3, "Village", 900)
    )
    assert [row[3] for row in rows] == ["Large", "Small"]


def test_small_capital_is_included(make_rows):
    assert make_rows(make_city(1, "Funafuti", 6_000, country="TV"))[0][:4] == [
        "TV",
        "30.06",
        "31.25",
        "Funafuti",
    ]


def test_transliterations_airports_and_repetitions_are_left_out(make_rows):
    names = ("alqahrt", "CAI", "Káiro", "Kairo", "Le Caire", "القاهرة", "Каир", "")
    assert make_rows(make_city(1, "Cairo", 9_000_000, *names))[0][3:] == [
        "Cairo",
        "Káiro",
        "Le Caire",
        "Каир",
        "القاهرة",
    ]


def test_smaller_city_keeps_names_in_its_own_script(make_rows, script, monkeypatch):
    monkeypatch.setattr(script, "NAMED_IN_ALL_SCRIPTS", 0)
    monkeypatch.setattr(script, "NAMED_ABROAD", 0)
    [row] = make_rows(make_city(1, "Asyut", 400_000, "Assiout", "أسيوط", "Асьют"))
    assert row[3:] == ["Asyut", "أسيوط"]

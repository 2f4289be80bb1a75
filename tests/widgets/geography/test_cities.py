"""Cities by name, as an organiser would type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_widgets.geography import cities
from imd_widgets.geography.circle import Circle


@pytest.mark.parametrize(
    ("text", "country", "lat"),
    [
        ("Nairobi", "KE", -1.28),
        ("nairobi", "KE", -1.28),
        ("bogota", "CO", 4.61),
        ("São Paulo", "BR", -23.55),
        ("sao paulo", "BR", -23.55),
        ("Le Caire", "EG", 30.06),
        ("القاهرة", "EG", 30.06),
        ("Москва", "RU", 55.75),
        ("東京", "JP", 35.69),
        ("Saint Denis", "RE", -20.88),
        ("Nuku'alofa", "TO", -21.14),
        ("funafuti", "TV", -8.52),
    ],
)
def test_city_is_found_by_any_of_its_names(text, country, lat):
    city = cities.find(text)
    assert (city.country, city.lat) == (country, lat)


def test_largest_city_of_a_name_is_found():
    assert cities.find("Valencia").country == "VE"


@pytest.mark.parametrize("text", ["Valencia,ES", "valencia, es"])
def test_country_code_selects_the_city(text):
    assert cities.find(text).country == "ES"


def test_city_has_its_own_name():
    assert cities.find("ciudad de mexico").name == "Ciudad de México"


@pytest.mark.parametrize("text", ["Nowhere", "Nairobi,ES", "", ",", "KE", "x" * 5000])
def test_unknown_city_is_not_found(text):
    assert cities.find(text) is None


@pytest.mark.parametrize("slip", ["Nairobbi", "Niarobi", "Nairobo", "Nairoi"])
def test_typing_error_finds_the_city(slip):
    assert cities.find_similar(slip).own == "Nairobi"


def test_long_folded_text_is_not_searched_for_typing_errors(monkeypatch):
    monkeypatch.setattr(cities, "_list_typos", lambda name: pytest.fail(f"{len(name)} letters"))
    assert cities.find_similar("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 60) is None


@given(st.text())
def test_any_text_can_be_searched(text):
    assert cities.find(text) is None or cities.find(text).name


def test_every_line_is_a_city_on_earth():
    found = [city for named in cities._read_index().values() for city in named]
    assert len({(city.lat, city.lon) for city in found}) > 11_000
    assert all(abs(city.lat) <= 90 and abs(city.lon) <= 180 for city in found)
    assert all(len(city.country) == 2 for city in found)


def test_the_file_is_small_and_names_its_source():
    text = cities._read_text()
    assert len(text.encode()) <= 700_000
    assert "GeoNames" in text.partition("\n")[0]
    assert "CC BY 4.0" in text.partition("\n")[0]


@pytest.mark.parametrize(
    ("lat", "lon", "kilometres"),
    [(-1.28, 36.82, 0), (-4.05, 39.67, 441), (1.28, -143.18, 20015)],
)
def test_distances_are_those_on_a_globe(lat, lon, kilometres):
    circle = Circle("Nairobi", -1.28, 36.82, 50, is_from_geonames=True)
    assert circle.distance_km(lat, lon) == pytest.approx(kilometres, abs=2)

"""Haitian Creole uses our own data, in any version of Babel."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel import Locale, localedata
from babel.dates import get_timezone_name

from imd_locale.countries import COUNTRIES
from imd_locale.haitian_creole import HaitianCreole
from imd_widgets.languages import read_languages

HAITI = ZoneInfo("America/Port-au-Prince")
LOCALE = HaitianCreole()


def test_pages_are_in_creole_with_any_babel(output_without_locales):
    status, text = output_without_locales["pages"]["ht"]
    assert (status, '<html lang="ht"' in text) == (200, True)


def test_dates_are_in_creole_with_any_babel(output_without_locales):
    assert output_without_locales["date"] == "vandredi 18 desanm 2026"
    assert output_without_locales["moment"] == "vandredi 18 desanm 2026, 12:00"


def test_countries_are_in_creole_with_any_babel(output_without_locales):
    assert output_without_locales["countries"] == ["Etazini", "Etazini"]


def test_every_country_has_a_creole_name():
    assert set(LOCALE.territories) == COUNTRIES


def test_no_country_has_its_french_name_where_creole_spells_it_differently():
    french = Locale("fr").territories
    names = {LOCALE.territories[code] for code in ("US", "HT", "MX", "DO", "FR", "CA", "GF", "CV")}
    assert not names & {str(name) for name in french.values()}


def test_creole_does_not_change_french():
    assert Locale("fr", "HT").months["format"]["wide"][12] == "décembre"
    assert localedata.load("fr")["months"]["format"]["wide"][12] == "décembre"


@pytest.mark.parametrize(
    ("method", "given", "text"),
    [
        ("day", [date(2027, 8, 1)], "1 out"),
        ("time", [datetime(2026, 12, 18, 18, 5, tzinfo=UTC)], "18:05"),
        ("number", [1234567.5], "1 234 567,5"),
        ("percent", [0.12], "12 %"),
        ("minutes", [1], "1 minit"),
        ("minutes", [14], "14 minit"),
        ("kilometres", [3], "3 km"),
        ("file_size", [2_340_000], "2,3 Mo"),
        ("price", [Decimal("1225.50"), "HTG"], "1 225,50 G"),
        ("listing", [["Ayiti", "Chili", "Meksik"]], "Ayiti, Chili ak Meksik"),
        ("city", [HAITI], "Pòtoprens"),
        ("city", [ZoneInfo("Asia/Katmandu")], "Katmandou"),
    ],
)
def test_values_are_formatted_in_creole(method, given, text):
    shown = getattr(read_languages()["ht"], method)(*given)
    assert (
        shown.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ") == text
    )


def test_creole_is_listed_under_its_own_name():
    assert read_languages()["ht"].name == "Kreyòl ayisyen"


@pytest.mark.parametrize(
    ("zone", "month", "name"),
    [
        ("America/Port-au-Prince", 12, "lè Lès Amerik dinò"),
        ("America/Port-au-Prince", 7, "lè ete Lès Amerik dinò"),
        ("Europe/London", 7, "lè ete Grann Bretay"),
        ("Africa/Lagos", 12, "lè Afrik lwès"),
    ],
)
def test_time_zones_have_creole_names(zone, month, name):
    moment = datetime(2026, month, 18, 12, tzinfo=ZoneInfo(zone))
    assert get_timezone_name(moment, locale=LOCALE) == name

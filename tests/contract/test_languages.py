"""Who reads the widgets in a language gets letters in it, with the same days, prices and names."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

import pytest

from imd_campaign.languages import Language, chosen
from imd_campaign.mail.letters import catalogues, language_for, local_time
from imd_widgets.languages import read_languages

WIDGETS = read_languages()
MADRID = ZoneInfo("Europe/Madrid")
ZONES = ["Europe/Madrid", "Asia/Kolkata", "America/Port-au-Prince", "Europe/Kyiv", "Etc/UTC"]
MOMENTS = [datetime(2026, 12, day, hour, 30, tzinfo=UTC) for day, hour in ((18, 5), (31, 23))]
PRICES = [("25.00", "USD"), ("1225.50", "EUR"), ("9000", "XAF"), ("12.500", "TND"), ("7", "XYZ")]


def test_letters_are_written_in_the_languages_of_the_widgets():
    assert set(catalogues()) == set(WIDGETS)


@pytest.mark.parametrize("tag", WIDGETS)
def test_a_letter_writes_moments_numbers_and_countries_as_the_widgets_do(tag):
    letters, widgets = Language(tag), WIDGETS[tag]
    for moment in MOMENTS:
        assert letters.moment(moment, MADRID) == widgets.moment(moment, MADRID, style="full")
    assert letters.number(12345) == widgets.number(12345)
    assert letters.listing(["1", "2", "3"]) == widgets.listing(["1", "2", "3"])
    assert letters.country("MX") == widgets.territory("MX")
    assert letters.dir == widgets.dir


@pytest.mark.parametrize("tag", WIDGETS)
def test_a_letter_writes_prices_as_the_widgets_do(tag):
    for amount, currency in PRICES:
        price = Language(tag).price(Decimal(amount), currency)
        assert price == WIDGETS[tag].price(Decimal(amount), currency)


@pytest.mark.parametrize("tag", WIDGETS)
def test_a_letter_says_whose_clock_it_means_as_the_widgets_do(tag):
    widgets = WIDGETS[tag]
    for zone in map(ZoneInfo, ZONES):
        words = widgets.gettext("Local time in %(place)s", place=widgets.city(zone))
        assert local_time(zone, Language(tag)) == words


@pytest.mark.parametrize("tag", WIDGETS)
def test_every_zone_has_a_name_in_every_language(tag):
    for zone in available_timezones():
        name = Language(tag).city(ZoneInfo(zone))
        assert name
        assert not set("/_") & set(name)


@pytest.mark.parametrize(
    "tag", [*WIDGETS, "tl", "tl-PH", "pt-BR", "zh-Hans", "zh-Hant-TW", "ar-EG"]
)
def test_a_tag_leads_to_the_language_that_the_widgets_show(tag):
    assert language_for(tag).tag == WIDGETS.nearest(tag).tag


@pytest.mark.parametrize("tag", [None, "", "de", "x", "-", "xx-YY"])
def test_who_reads_none_of_them_is_written_to_in_english(tag):
    assert language_for(tag).tag == "en"


def test_a_language_is_found_under_its_other_name_unless_it_is_there_itself():
    assert chosen(["en", "fil"], "tl") == "fil"
    assert chosen(["en", "fil", "tl"], "tl-PH") == "tl"


@pytest.mark.parametrize(
    ("zone", "tag", "city"),
    [
        ("Asia/Kathmandu", "ne", "काठमाण्डौं"),
        ("Asia/Kolkata", "hi", "कोलकाता"),
        ("America/Argentina/Buenos_Aires", "es", "Buenos Aires"),
        ("Etc/UTC", "en", "UTC"),
    ],
)
def test_a_zone_is_named_for_its_city_under_any_of_its_names(zone, tag, city):
    assert Language(tag).city(ZoneInfo(zone)) == city

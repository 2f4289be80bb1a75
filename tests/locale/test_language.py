"""How a language writes numbers, zones and names, and which language is chosen."""

import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest

from imd_campaign.mail.email_templates import load_catalogues
from imd_locale.bidi import mark_direction
from imd_locale.countries import COUNTRIES
from imd_locale.digits import ZEROS
from imd_locale.language import Language
from imd_locale.negotiation import MAX_TAG_LENGTH, choose_language, find_language


@pytest.mark.parametrize("tag", load_catalogues())
def test_every_time_zone_has_a_name_in_every_language(tag):
    for zone in available_timezones():
        name = Language(tag).city(ZoneInfo(zone))
        assert name
        assert not set("/_") & set(name)


@pytest.mark.parametrize(
    ("zone", "tag", "city"),
    [
        ("Asia/Kathmandu", "ne", "काठमाण्डौं"),
        ("Asia/Kolkata", "hi", "कोलकाता"),
        ("America/Argentina/Buenos_Aires", "es", "Buenos Aires"),
        ("Etc/UTC", "en", "UTC"),
    ],
)
def test_time_zone_aliases_have_the_name_of_the_city(zone, tag, city):
    assert Language(tag).city(ZoneInfo(zone)) == city


@pytest.mark.parametrize(
    ("tag", "number"), [("en", "1,234"), ("bn", "১,২৩৪"), ("sat", "᱑,᱒᱓᱔"), ("dz", "༡,༢༣༤")]
)
def test_numbers_have_the_digits_of_the_language(tag, number):
    assert Language(tag).number(1234) == number


def test_zones_with_the_same_time_have_names_of_their_own():
    moment = datetime(2026, 12, 18, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    english = Language("en")
    assert english.zone_name(moment) == "Central European Standard Time"
    london = moment.astimezone(ZoneInfo("Europe/London"))
    assert english.zone_name(london) == "Greenwich Mean Time"


def test_hour_that_happens_twice_has_two_zone_names():
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    names = [Language("en").zone_name(twice.replace(fold=fold)) for fold in (0, 1)]
    assert names == ["Central European Summer Time", "Central European Standard Time"]


def test_every_zero_digit_has_the_value_zero():
    assert {unicodedata.decimal(zero) for zero in ZEROS.values()} == {0}


@pytest.mark.parametrize(
    ("available", "wanted", "found"),
    [
        (["en", "fil"], "tl", "fil"),
        (["en", "fil", "tl"], "tl-PH", "tl"),
        (["en", "pt-BR"], "pt_br", "pt-BR"),
        (["en", "zh"], "zh-Hant-TW", "zh"),
        (["en", "sr-Latn"], "sh", "sr-Latn"),
        (["en", "es"], "e", None),
        (["en", "es"], "", None),
        (["en", "es"], None, None),
        (["en", "es"], "es-" + "a" * (MAX_TAG_LENGTH - 2), None),
    ],
)
def test_closest_language_is_chosen(available, wanted, found):
    assert find_language(available, wanted) == found
    assert choose_language(available, wanted) == (found or "en")


def test_text_in_the_other_direction_gets_direction_marks():
    assert mark_direction("Vigil!", "rtl") == "\u200eVigil!\u200e"
    assert mark_direction("Vigil!", "ltr") == "Vigil!"


@pytest.mark.parametrize("tag", load_catalogues())
def test_every_country_has_a_name_in_every_language(tag):
    territories = Language(tag).territories
    assert [code for code in COUNTRIES if code not in territories] == []


def test_kosovo_is_in_the_country_list():
    assert Language("uk").territory("XK") == "Косово"
    assert "XK" in COUNTRIES

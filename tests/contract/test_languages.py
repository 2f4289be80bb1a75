"""Readers of the widgets in a language get e-mails in it."""

from zoneinfo import ZoneInfo

import pytest

from imd_campaign.mail.email_templates import (
    choose_email_language,
    format_zone_note,
    load_catalogues,
)
from imd_locale.language import Language
from imd_widgets.languages import read_languages

WIDGETS = read_languages()
ZONES = ["Europe/Madrid", "Asia/Kolkata", "America/Port-au-Prince", "Europe/Kyiv", "Etc/UTC"]


def test_emails_exist_in_the_languages_of_the_widgets():
    assert set(load_catalogues()) == set(WIDGETS)


@pytest.mark.parametrize("tag", WIDGETS)
def test_emails_name_the_time_zone_as_the_widgets_do(tag):
    widgets = WIDGETS[tag]
    for zone in map(ZoneInfo, ZONES):
        words = widgets.gettext("Local time in %(place)s", place=widgets.city(zone))
        assert format_zone_note(zone, Language(tag)) == words


@pytest.mark.parametrize(
    "tag", [*WIDGETS, "tl", "tl-PH", "pt-BR", "zh-Hans", "zh-Hant-TW", "ar-EG"]
)
def test_a_tag_leads_to_the_language_that_the_widgets_show(tag):
    assert choose_email_language(tag).tag == WIDGETS.find_nearest(tag).tag


@pytest.mark.parametrize("tag", [None, "", "de", "x", "-", "xx-YY"])
def test_who_reads_none_of_them_is_written_to_in_english(tag):
    assert choose_email_language(tag).tag == "en"

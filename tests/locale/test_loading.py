"""Languages that cannot be loaded are skipped with one log line; English is required."""

import shutil
from importlib.resources import files

import pytest
from babel import localedata

from imd_campaign.mail import email_templates
from imd_locale.babel_locales import load_locale
from imd_locale.language_loader import LanguageError, load_languages
from imd_widgets.languages import read_languages

WIDGETS = files("imd_widgets") / "locales"
EMAILS = files("imd_campaign") / "locales"
TAGS = sorted(path.name.removesuffix(".po") for path in WIDGETS.iterdir())

PLURALS = b'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=%b;\\n"\n'
BROKEN_CATALOGUES = {
    "not UTF-8": b'msgid "Sign"\nmsgstr "\xff"\n',
    "not a catalogue": b"<html>",
    "a plural that is no formula": PLURALS % b"n n",
    "a plural that divides by zero": PLURALS % b"n%0",
    "an unknown placeholder": b'msgid "%(num)s left"\nmsgstr "%(nun)s quedan"\n',
    "a lone per cent sign": b'msgid "Signed"\nmsgstr "100 % firmado"\n',
}
BROKEN_EMAILS = {
    "not TOML": ("[petitions.confirm]", "[petitions.confirm"),
    "a missing e-mail": ("[petitions.signed]", "[petitions.sined]"),
    "an unknown placeholder": ("{title}", "{tittle}"),
    "a lone brace": ("{title}", "{title"),
}


def copy_files(folder, names, target):
    for name in names:
        shutil.copy(folder / name, target / name)
    return target


def read_log(caplog):
    return [record.getMessage() for record in caplog.records if record.name == "imd_locale"]


def test_all_shipped_languages_are_loaded(caplog):
    assert sorted(read_languages.__wrapped__()) == TAGS
    assert sorted(email_templates.read_catalogues(EMAILS)) == TAGS
    assert read_log(caplog) == []


@pytest.mark.parametrize("text", BROKEN_CATALOGUES.values(), ids=BROKEN_CATALOGUES)
def test_broken_catalogue_disables_its_language(text, tmp_path, caplog):
    folder = copy_files(WIDGETS, ["en.po", "fr.po"], tmp_path)
    (folder / "es.po").write_bytes(text)
    assert list(read_languages(folder)) == ["en", "fr"]
    (line,) = read_log(caplog)
    assert line.startswith("Language es is left out of the widgets: ")


@pytest.mark.parametrize(("right", "wrong"), BROKEN_EMAILS.values(), ids=BROKEN_EMAILS)
def test_broken_emails_disable_their_language(right, wrong, tmp_path, caplog):
    folder = copy_files(EMAILS, ["en.toml", "es.toml", "fr.toml"], tmp_path)
    text = (folder / "es.toml").read_text(encoding="utf-8")
    (folder / "es.toml").write_text(text.replace(right, wrong, 1), encoding="utf-8")
    assert list(email_templates.read_catalogues(folder)) == ["en", "fr"]
    (line,) = read_log(caplog)
    assert line.startswith("Language es is left out of the e-mails: ")


def test_pages_fall_back_to_english_without_a_locale(output_without_locales):
    status, text = output_without_locales["pages"]["so"]
    assert (status, '<html lang="en"' in text) == (200, True)


def test_missing_locale_does_not_affect_other_languages(output_without_locales):
    assert output_without_locales["pages"]["fr"][0] == 200
    assert set(TAGS) - set(output_without_locales["languages"]) == {"so"}


def test_emails_fall_back_to_english_without_a_locale(output_without_locales):
    assert output_without_locales["somali e-mails"] == "en"


def test_missing_locale_is_logged_in_one_line(output_without_locales):
    lines = [line for line in output_without_locales["log"] if "left out of the widgets" in line]
    assert [line.partition(":")[0] for line in lines] == ["Language so is left out of the widgets"]


def test_loading_a_locale_does_not_change_babel_data():
    before = repr(localedata.load("root")["months"]["format"])
    load_locale("ne")
    assert repr(localedata.load("root")["months"]["format"]) == before


def test_english_is_required(tmp_path):
    copy_files(WIDGETS, ["fr.po"], tmp_path)
    with pytest.raises(LanguageError, match=r"^English cannot be loaded for the widgets: .*en\.po"):
        read_languages(tmp_path)


def test_log_message_is_kept_on_one_line(caplog):
    def load(tag):
        if tag != "en":
            raise ValueError("two\nlines")
        return tag

    load_languages(["en", "es"], load, used_for="a test")
    assert read_log(caplog) == ["Language es is left out of a test: ValueError: two lines"]

import re
from pathlib import Path

import pytest

import imd_console
from imd_console.languages import choose_language, read_languages
from imd_locale import message_extraction
from imd_widgets.languages import read_languages as read_widget_languages

PACKAGE = Path(imd_console.__file__).parent
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
TAGS = sorted(read_widget_languages())


@pytest.fixture(scope="module")
def template():
    return message_extraction.extract_messages(PACKAGE)


def test_console_has_the_languages_of_the_widgets():
    assert sorted(read_languages()) == TAGS


@pytest.mark.parametrize("tag", TAGS)
def test_catalogue_has_the_messages_of_code_and_templates(template, tag):
    catalogue = message_extraction.read_catalogue(PACKAGE / "locales" / f"{tag}.po")
    messages = [message.id for message in template if message.id]
    assert [message.id for message in catalogue if message.id] == sorted(messages, key=_sort_key)


@pytest.mark.parametrize("tag", [tag for tag in TAGS if tag != "en"])
def test_every_message_is_translated(tag):
    catalogue = message_extraction.read_catalogue(PACKAGE / "locales" / f"{tag}.po")
    missing = [message.id for message in catalogue if not message_extraction.is_translated(message)]
    assert missing == []


def _sort_key(message):
    return message[0] if isinstance(message, tuple | list) else message


@pytest.mark.parametrize("tag", TAGS)
def test_placeholders_survive_translation(tag):
    lost = []
    for message in message_extraction.read_catalogue(PACKAGE / "locales" / f"{tag}.po"):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set(PLACEHOLDER.findall("".join(ids))) if message.id else set()
        for form in filter(None, forms if message.id else ()):
            found = set(PLACEHOLDER.findall(form))
            if not wanted - {"num"} <= found <= wanted:
                lost.append(message.id)
    assert lost == []


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("xx, ar;q=0.5, es;q=0.9", "es"),
        ("ar;q=0, fr;q=0.1", "fr"),
        ("tl-PH", "fil"),
        ("es;q=x, fr", "fr"),
        ("en;" * 200, "en"),
    ],
)
def test_language_is_the_best_that_the_browser_accepts(accepted, tag):
    assert choose_language(accepted=accepted).tag == tag


def test_language_of_the_account_comes_first():
    assert choose_language("fr", accepted="es").tag == "fr"


def test_page_declares_its_language_and_direction(browser):
    page = browser.client.get("/staff/login", headers={"Accept-Language": "ar"}).text
    assert '<html lang="ar" dir="rtl">' in page


def test_people_who_have_not_signed_in_can_choose_a_language(browser):
    assert '<html lang="fr" dir="ltr">' in browser.get("/staff/login?lang=fr").text


def test_stylesheet_of_a_language_is_served(browser):
    page = browser.get("/staff/login?lang=ur").text
    link = re.search(r'<link rel="stylesheet" href="([^"]+)">', page)[1]
    response = browser.get(link)
    assert response.headers["content-type"].startswith("text/css")
    assert "immutable" in response.headers["cache-control"]
    assert "scaleX(-1)" in response.text


def test_stylesheet_of_no_language_is_not_found(browser):
    assert browser.get("/staff/style/nothing.css").status_code == 404

"""What stands in the files of letters: each in every language, whole, and nothing left open."""

import unicodedata
from string import Formatter

import pytest

from imd_campaign.mail.email_templates import catalogues, compose_email
from imd_locale.language import Language

LANGUAGES = list(catalogues())
FOLDERS = ("petitions", "events", "posters")
# A subject of this length is shown whole on a narrow phone or nearly so; a title comes after it.
MAX_SUBJECT_LENGTH = 50
NEEDED = {
    ("petitions", "confirm"): {"title", "link"},
    ("petitions", "signed"): {"title"},
    ("events", "received"): {"when"},
    ("events", "approved"): {"title", "when", "link"},
    ("events", "rejected"): {"when", "reason"},
    ("events", "withdrawn"): {"title", "when", "reason"},
    ("events", "accepted"): {"title", "when", "where", "link", "host"},
    ("events", "waiting"): {"title", "when", "link", "host"},
    ("events", "declined"): {"title", "when", "link"},
    ("events", "cancelled"): {"title", "when", "reason"},
    ("posters", "placed"): {"poster", "quantity", "total"},
    ("posters", "placed_numbered"): {"poster", "quantity", "prints", "total"},
}
BESIDE_WORDS = {"quantity", "prints", "host"}
SCRIPTS = {
    "ar": "ARABIC", "bn": "BENGALI", "fa": "ARABIC", "hi": "DEVANAGARI", "ko": "HANGUL",
    "my": "MYANMAR", "ne": "DEVANAGARI", "ru": "CYRILLIC", "ti": "ETHIOPIC", "uk": "CYRILLIC",
    "ur": "ARABIC", "zh": "CJK",
}  # fmt: skip


def emails_in(tag):
    texts = catalogues()[tag]
    return {(folder, kind): email for folder in FOLDERS for kind, email in texts[folder].items()}


def fields(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def bare(text):
    return "".join(words for words, *_ in Formatter().parse(text))


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_email_exists_with_its_placeholders(tag):
    found = {key: set(fields(email["text"])) for key, email in emails_in(tag).items()}
    assert found == NEEDED


@pytest.mark.parametrize("tag", LANGUAGES)
def test_translation_has_the_placeholders_of_the_source(tag):
    source = emails_in("en")
    for key, email in emails_in(tag).items():
        assert email.keys() == {"subject", "text"}
        for part, text in email.items():
            assert (key, part, fields(text)) == (key, part, fields(source[key][part]))


@pytest.mark.parametrize("tag", LANGUAGES)
def test_subject_is_one_short_line(tag):
    for email in emails_in(tag).values():
        subject = email["subject"]
        assert subject == subject.strip() != ""
        assert "\n" not in subject
        assert len(bare(subject)) <= MAX_SUBJECT_LENGTH


@pytest.mark.parametrize("tag", LANGUAGES)
def test_links_and_user_input_are_on_their_own_line(tag):
    for email in emails_in(tag).values():
        for line in email["text"].splitlines():
            names = set(fields(line)) - BESIDE_WORDS
            assert not names or line.strip() in {f"{{{name}}}" for name in names}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_composed_email_has_no_unfilled_placeholders(tag):
    for (folder, kind), needed in NEEDED.items():
        values = {name: f"<{name}>" for name in needed}
        email = compose_email(folder, kind, to="a@example.org", language=Language(tag), **values)
        assert not set("{}") & set(email.subject + email.text)
        assert all(value in email.text for value in values.values())


@pytest.mark.parametrize("tag", [tag for tag in LANGUAGES if tag != "en"])
def test_no_translated_email_is_left_in_english(tag):
    english = {text for email in emails_in("en").values() for text in email.values()}
    assert not english & {text for email in emails_in(tag).values() for text in email.values()}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_email_is_in_the_script_of_its_language(tag):
    for email in emails_in(tag).values():
        words = bare(email["subject"] + email["text"])
        names = [unicodedata.name(sign) for sign in words if sign.isalpha() and sign != "º"]
        assert all(name.startswith(SCRIPTS.get(tag, "LATIN")) for name in names)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_file_states_its_native_review(tag):
    said = catalogues()[tag]["native_review"]
    assert said == "no" or said.startswith("yes, by ")


def test_english_is_the_fallback():
    assert LANGUAGES[0] == "en"


def cancelled(tag, title):
    values = {"title": title, "when": "Friday", "reason": "Rain"}
    to, language = "a@example.org", Language(tag)
    return compose_email("events", "cancelled", to=to, language=language, **values)


def test_user_input_is_not_formatted():
    assert "{link} {0}" in cancelled("en", "{link} {0}").text


@pytest.mark.parametrize(
    ("tag", "title", "shown"),
    [
        ("ar", "Vigil!", "\u200eVigil!\u200e"),
        ("en", "وقفة!", "\u200fوقفة!\u200f"),
        ("ar", "وقفة!", "وقفة!"),
        ("en", "Vigil!", "Vigil!"),
        ("ur", "12/18", "12/18"),
    ],
)
def test_title_in_the_other_direction_gets_direction_marks(tag, title, shown):
    assert cancelled(tag, title).subject.endswith(f": {shown}")


def test_link_has_no_direction_marks():
    values = {"title": "شارك", "link": "https://campaign.example/confirm/abc?lang=ar"}
    email = compose_email(
        "petitions", "confirm", to="a@example.org", language=Language("ar"), **values
    )
    assert values["link"] in email.text.splitlines()

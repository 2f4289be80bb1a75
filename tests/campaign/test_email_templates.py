"""The e-mail templates: every language has every e-mail, complete and with all placeholders."""

import unicodedata
from string import Formatter

import pytest

from imd_campaign.mail.email_templates import compose_email, load_catalogues
from imd_locale.language import Language

LANGUAGES = list(load_catalogues())
FOLDERS = ("petitions", "events", "posters")
# Subjects of this length fit on a narrow phone; a title may follow.
MAX_SUBJECT_LENGTH = 50
PLACEHOLDERS = {
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
INLINE_PLACEHOLDERS = {"quantity", "prints", "host"}
SCRIPTS = {
    "ar": "ARABIC", "bn": "BENGALI", "fa": "ARABIC", "hi": "DEVANAGARI", "ko": "HANGUL",
    "my": "MYANMAR", "ne": "DEVANAGARI", "ru": "CYRILLIC", "ti": "ETHIOPIC", "uk": "CYRILLIC",
    "ur": "ARABIC", "zh": "CJK",
}  # fmt: skip


def read_emails(tag):
    texts = load_catalogues()[tag]
    return {(folder, kind): email for folder in FOLDERS for kind, email in texts[folder].items()}


def find_placeholders(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def strip_placeholders(text):
    return "".join(literal for literal, *_ in Formatter().parse(text))


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_email_exists_with_its_placeholders(tag):
    found = {key: set(find_placeholders(email["text"])) for key, email in read_emails(tag).items()}
    assert found == PLACEHOLDERS


@pytest.mark.parametrize("tag", LANGUAGES)
def test_translation_has_the_placeholders_of_the_source(tag):
    source = read_emails("en")
    for key, email in read_emails(tag).items():
        assert email.keys() == {"subject", "text"}
        for part, text in email.items():
            assert (key, part, find_placeholders(text)) == (
                key,
                part,
                find_placeholders(source[key][part]),
            )


@pytest.mark.parametrize("tag", LANGUAGES)
def test_subject_is_one_short_line(tag):
    for email in read_emails(tag).values():
        subject = email["subject"]
        assert subject == subject.strip() != ""
        assert "\n" not in subject
        assert len(strip_placeholders(subject)) <= MAX_SUBJECT_LENGTH


@pytest.mark.parametrize("tag", LANGUAGES)
def test_links_and_user_input_are_on_their_own_line(tag):
    for email in read_emails(tag).values():
        for line in email["text"].splitlines():
            names = set(find_placeholders(line)) - INLINE_PLACEHOLDERS
            assert not names or line.strip() in {f"{{{name}}}" for name in names}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_composed_email_has_no_unfilled_placeholders(tag):
    for (folder, kind), placeholders in PLACEHOLDERS.items():
        values = {name: f"<{name}>" for name in placeholders}
        email = compose_email(folder, kind, to="a@example.org", language=Language(tag), **values)
        assert not set("{}") & set(email.subject + email.text)
        assert all(value in email.text for value in values.values())


@pytest.mark.parametrize("tag", [tag for tag in LANGUAGES if tag != "en"])
def test_no_translated_email_is_left_in_english(tag):
    english = {text for email in read_emails("en").values() for text in email.values()}
    assert not english & {text for email in read_emails(tag).values() for text in email.values()}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_email_is_in_the_script_of_its_language(tag):
    for email in read_emails(tag).values():
        text = strip_placeholders(email["subject"] + email["text"])
        names = [
            unicodedata.name(character)
            for character in text
            if character.isalpha() and character != "º"
        ]
        assert all(name.startswith(SCRIPTS.get(tag, "LATIN")) for name in names)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_file_states_its_native_review(tag):
    review = load_catalogues()[tag]["native_review"]
    assert review == "no" or review.startswith("yes, by ")


def test_english_is_the_fallback():
    assert LANGUAGES[0] == "en"


def compose_cancellation(tag, title):
    values = {"title": title, "when": "Friday", "reason": "Rain"}
    to, language = "a@example.org", Language(tag)
    return compose_email("events", "cancelled", to=to, language=language, **values)


def test_user_input_is_not_formatted():
    assert "{link} {0}" in compose_cancellation("en", "{link} {0}").text


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
    assert compose_cancellation(tag, title).subject.endswith(f": {shown}")


def test_link_has_no_direction_marks():
    values = {"title": "شارك", "link": "https://campaign.example/confirm/abc?lang=ar"}
    email = compose_email(
        "petitions", "confirm", to="a@example.org", language=Language("ar"), **values
    )
    assert values["link"] in email.text.splitlines()

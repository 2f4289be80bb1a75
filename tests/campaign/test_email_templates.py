"""The e-mail templates: every language has every e-mail, complete and with all placeholders."""

import unicodedata
from string import Formatter

import pytest

from imd_campaign.mail.email_templates import compose_email, fill_text, load_catalogues
from imd_locale.language import Language

LANGUAGES = list(load_catalogues())
FOLDERS = ("petitions", "confirmations", "personal_data", "events", "posters")
# Subjects of this length fit on a narrow phone; a title may follow.
MAX_SUBJECT_LENGTH = 50
PLACEHOLDERS = {
    ("petitions", "confirm"): {"title", "link", "code"},
    ("petitions", "signed"): {"title"},
    ("petitions", "reminder"): {"title", "link", "until", "data_page"},
    ("confirmations", "footer"): {"page", "data_page"},
    ("personal_data", "link"): {"link"},
    ("events", "confirm"): {"when", "link", "code"},
    ("events", "confirm_attendance"): {"title", "when", "link", "code"},
    ("events", "attending"): {"title", "when", "manage"},
    ("events", "attending_other_address"): {"title", "when"},
    ("events", "received"): {"when", "manage"},
    ("events", "approved"): {"title", "when", "link", "manage"},
    ("events", "approved_home"): {"title", "when", "link", "manage"},
    ("events", "made_private"): {"title", "when", "link", "manage"},
    ("events", "requests"): {"title", "when", "manage"},
    ("events", "change_approved"): {"title", "when", "link", "manage"},
    ("events", "change_approved_home"): {"title", "when", "link", "manage"},
    ("events", "change_rejected"): {"title", "when", "reason", "manage"},
    ("events", "rejected"): {"when", "reason"},
    ("events", "withdrawn"): {"title", "when", "reason"},
    ("events", "accepted"): {"title", "when", "where", "link", "host", "manage"},
    ("events", "requested"): {"title", "when", "link", "manage"},
    ("events", "changed"): {"title", "when", "where", "link", "manage"},
    ("events", "waiting"): {"title", "when", "link", "manage"},
    ("events", "declined"): {"title", "when", "link"},
    ("events", "cancelled"): {"title", "when", "reason"},
    ("posters", "confirm"): {"poster", "link", "code"},
    ("posters", "placed"): {"poster", "quantity", "total", "payment", "until", "link"},
    ("posters", "placed_numbered"): {
        *("poster", "quantity", "prints", "total", "payment", "until", "link"),
    },
    ("posters", "sent"): {"poster", "total", "link"},
    ("posters", "expired"): {"poster", "total"},
    ("posters", "cancelled"): {"poster", "total", "reason"},
    ("posters", "cancelled_paid"): {"poster", "total", "reason"},
    ("posters", "refunded"): {"poster", "total"},
}
INLINE_PLACEHOLDERS = {"quantity", "prints", "until", "host", "code"}
SCRIPTS = {
    "ar": "ARABIC", "bn": "BENGALI", "fa": "ARABIC", "hi": "DEVANAGARI", "ko": "HANGUL",
    "my": "MYANMAR", "ne": "DEVANAGARI", "ru": "CYRILLIC", "ti": "ETHIOPIC", "uk": "CYRILLIC",
    "ur": "ARABIC", "zh": "CJK",
}  # fmt: skip


def read_texts(tag):
    texts = load_catalogues()[tag]
    return {
        (folder, kind, part): text
        for folder in FOLDERS
        for kind, parts in texts[folder].items()
        for part, text in parts.items()
    }


def read_part(tag, wanted):
    return [text for (_, _, part), text in read_texts(tag).items() if part == wanted]


def find_placeholders(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def strip_placeholders(text):
    return "".join(literal for literal, *_ in Formatter().parse(text))


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_text_exists_with_its_placeholders(tag):
    texts = read_texts(tag)
    found = {key[:2]: set(find_placeholders(texts[key])) for key in texts if key[2] == "text"}
    assert found == PLACEHOLDERS


@pytest.mark.parametrize("tag", LANGUAGES)
def test_translation_has_the_placeholders_of_the_source(tag):
    source, texts = read_texts("en"), read_texts(tag)
    assert {key: find_placeholders(text) for key, text in texts.items()} == {
        key: find_placeholders(text) for key, text in source.items()
    }


@pytest.mark.parametrize("tag", LANGUAGES)
def test_subject_is_one_short_line(tag):
    for subject in read_part(tag, "subject"):
        assert subject == subject.strip() != ""
        assert "\n" not in subject
        assert len(strip_placeholders(subject)) <= MAX_SUBJECT_LENGTH


@pytest.mark.parametrize("tag", LANGUAGES)
def test_links_and_user_input_are_on_their_own_line(tag):
    for text in read_part(tag, "text"):
        for line in text.splitlines():
            names = set(find_placeholders(line)) - INLINE_PLACEHOLDERS
            assert not names or line.strip() in {f"{{{name}}}" for name in names}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_filled_text_has_no_placeholders(tag):
    for (folder, kind), placeholders in PLACEHOLDERS.items():
        values = {name: f"<{name}>" for name in placeholders}
        text = fill_text(Language(tag), folder, kind, "text", **values)
        assert not set("{}") & set(text)
        assert all(value in text for value in values.values())


@pytest.mark.parametrize("tag", [tag for tag in LANGUAGES if tag != "en"])
def test_no_translated_email_is_left_in_english(tag):
    assert not set(read_texts("en").values()) & set(read_texts(tag).values())


@pytest.mark.parametrize("tag", LANGUAGES)
def test_email_is_in_the_script_of_its_language(tag):
    for text in read_texts(tag).values():
        names = [
            unicodedata.name(character)
            for character in strip_placeholders(text)
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
    values = {"title": "شارك", "link": "https://campaign.example/confirm/abc?lang=ar", "code": ""}
    text = fill_text(Language("ar"), "petitions", "confirm", "text", **values)
    assert values["link"] in text.splitlines()


@pytest.mark.parametrize("code", ["12AB-34CD", "AB12-34CD", "12-AB"])
def test_code_runs_from_left_to_right_in_arabic(code):
    values = {"title": "شارك", "link": "https://campaign.example", "code": code}
    text = fill_text(Language("ar"), "petitions", "confirm", "text", **values)
    assert f"\N{LEFT-TO-RIGHT MARK}{code}\N{LEFT-TO-RIGHT MARK}" in text

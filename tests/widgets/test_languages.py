import re
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from imd_widgets import messages
from imd_widgets.languages import Language, read_languages

TRANSLATED = sorted(set(read_languages()) - {"en"})
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
PAGES = ["/", "/petitions/convention", "/events/evt_1", "/w/counter/convention", "/w/events"]
OWN_PLURALS = {"num"}
DOCS = Path(__file__).parents[2] / "docs/widgets/languages.md"
MARK = "\N{LEFT-TO-RIGHT MARK}"
CODE = re.compile(rf"(?<!\S){MARK}?(?:@\w\S*|0a7d5a|-?\d[\d.]*[,-]\d\S*|-\d\S*)", re.ASCII)
RIGHT_TO_LEFT = {"ar", "fa", "ur"}

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def languages():
    return read_languages()


@pytest.fixture(scope="module")
def extracted():
    return messages.extract_messages()


def keys(catalogue) -> set[tuple[object, str | None]]:
    return {(message.id, message.context) for message in catalogue if message.id}


def forms(message) -> list[str]:
    return list(message.string if isinstance(message.string, tuple) else (message.string,))


def make_uncatalogued(tag: str) -> Language:
    """Return a language that has no catalogue."""
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(), locale=tag))
    compiled.seek(0)
    return Language(tag, Translations(compiled))


def test_first_four_languages_are_available(languages):
    assert set(languages) >= {"en", "ar", "es", "fr"}
    assert next(iter(languages)) == "en"


@pytest.mark.parametrize("tag", ["en", *TRANSLATED])
def test_catalogue_has_the_messages_of_code_and_templates(extracted, tag):
    catalogue = messages.read_catalogue(messages.LOCALES / f"{tag}.po")
    assert keys(catalogue) == keys(extracted)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_every_message_is_translated(tag):
    catalogue = messages.read_catalogue(messages.LOCALES / f"{tag}.po")
    assert [message.id for message in catalogue if not messages.is_translated(message)] == []
    assert [message.id for message in catalogue if message.fuzzy and message.id] == []


@pytest.mark.parametrize("tag", TRANSLATED)
def test_placeholders_survive_translation(tag):
    lost = []
    for message in messages.read_catalogue(messages.LOCALES / f"{tag}.po"):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        wanted = set(PLACEHOLDER.findall("".join(ids))) if message.id else set()
        for form in forms(message):
            found = set(PLACEHOLDER.findall(form)) if message.id else set()
            if not wanted - OWN_PLURALS <= found <= wanted:
                lost.append(message.id)
    assert lost == []


@pytest.mark.parametrize("tag", sorted(RIGHT_TO_LEFT))
def test_codes_in_rtl_text_begin_with_a_direction_mark(tag):
    """Without the mark, 19,-99,5 is shown as 5,99-,19: https://www.unicode.org/reports/tr9/#W2"""
    catalogue = messages.read_catalogue(messages.LOCALES / f"{tag}.po")
    written = [form for message in catalogue if message.id for form in forms(message)]
    assert [code for form in written for code in CODE.findall(form) if code[0] != MARK] == []


@pytest.mark.parametrize("tag", TRANSLATED)
@pytest.mark.parametrize("path", PAGES)
async def test_page_declares_its_language_and_direction(browser, path, tag):
    text = (await browser.get(f"{path}?lang={tag}")).text
    direction = "rtl" if tag in RIGHT_TO_LEFT else "ltr"
    assert f'<html lang="{tag}" dir="{direction}">' in text


@pytest.mark.parametrize(
    ("path", "tag", "sentence"),
    [
        ("/w/countdown", "bn", "সনদের ৩৬ বছর"),
        ("/w/event-list", "bn", "১টি দেশ"),
        ("/events/evt_1", "ne", "३८ ठाउँ बाँकी"),
        ("/w/events", "fa", "۱ رویداد"),  # noqa: RUF001 - Persian digits are the point
    ],
)
async def test_number_in_a_sentence_uses_the_digits_of_the_language(browser, path, tag, sentence):
    assert sentence in (await browser.get(f"{path}?lang={tag}")).text


@pytest.mark.parametrize(("asked", "tag"), [("tl", "fil"), ("tl-PH", "fil"), ("ti-ER", "ti")])
def test_language_is_found_by_its_aliases(languages, asked, tag):
    assert languages.find_nearest(asked).tag == tag


async def test_new_catalogue_adds_a_language(tmp_path):
    for catalogue in messages.LOCALES.glob("*.po"):
        (tmp_path / catalogue.name).write_bytes(catalogue.read_bytes())
    messages.update_catalogue(tmp_path / "pt-BR.po", messages.extract_messages())
    spoken = read_languages(tmp_path)
    assert spoken["pt-BR"].name == "Português (Brasil)"
    assert spoken.find_nearest("pt-br").tag == "pt-BR"
    assert spoken["pt-BR"].gettext("Add your name") == "Add your name"


@pytest.mark.parametrize(
    ("size", "text"),
    [(1, "1 kB"), (4_600, "5 kB"), (999_400, "999 kB"), (1_000_000, "1 MB"), (2_340_000, "2.3 MB")],
)
def test_file_size_is_in_kilobytes_or_megabytes(size, text):
    assert read_languages()["en"].file_size(size) == text


def test_overlong_language_tag_is_not_looked_up():
    longest = "es" + "-abcdefgh" * 3 + "-abcde"
    assert len(longest) == 35
    assert read_languages().find_nearest(longest).tag == "es"
    assert read_languages().find_nearest(f"{longest}f") is None


def test_updated_catalogue_keeps_translations(tmp_path):
    path = tmp_path / "es.po"
    path.write_bytes((messages.LOCALES / "es.po").read_bytes())
    messages.update_catalogue(path, messages.extract_messages())
    assert path.read_bytes() == (messages.LOCALES / "es.po").read_bytes()


@pytest.mark.parametrize(
    ("tag", "number", "percent", "day"),
    [
        ("en", "12,345", "12%", "18 December 2026"),
        ("es", "12.345", "12\N{NO-BREAK SPACE}%", "18 de diciembre de 2026"),
        ("ar", "12,345", "12%", "18 ديسمبر 2026"),
        ("fa", "۱۲٬۳۴۵", "۱۲٪", "۱۸ دسامبر ۲۰۲۶"),
        ("fil", "12,345", "12%", "Disyembre 18, 2026"),
        ("ha", "12,345", "12%", "18 Disamba, 2026"),
        ("so", "12,345", "12%", "Diseembar 18, 2026"),
        ("ti", "12,345", "12%", "ታሕሳስ 18, 2026"),
    ],
)
def test_numbers_and_dates_are_localised(languages, tag, number, percent, day):
    language = languages[tag]
    assert language.number(12345) == number
    assert language.percent(0.12) == percent
    assert language.date(date(2026, 12, 18)) == day


@pytest.mark.parametrize(
    ("tag", "number", "day"),
    [
        ("fa", "۱٬۲۳۴", "۱۸ دسامبر ۲۰۲۶"),  # noqa: RUF001 - Persian digits are the point
        ("bn", "১,২৩৪", "১৮ ডিসেম্বর, ২০২৬"),
        ("ne", "१,२३४", None),
    ],
)
def test_language_has_its_own_digits(tag, number, day):
    language = make_uncatalogued(tag)
    assert language.number(1234) == number
    assert day is None or language.date(date(2026, 12, 18)) == day


@pytest.mark.parametrize(
    "choice", [r'hreflang="\w+"[^>]*>(\w+)<', r'<option value="\w+"[^>]*>(\w+)<']
)
async def test_languages_are_listed_by_their_own_names_in_order(browser, choice):
    offered = re.findall(choice, (await browser.get("/?widget=counter")).text)
    named = [name for name in offered if name in {"English", "Español", "Français", "العربية"}]
    assert named[:4] == ["English", "Español", "Français", "العربية"]


@pytest.mark.parametrize(
    ("tag", "time"),
    [("en", "6:30 pm"), ("ur", "6:30 PM"), ("so", "6:30 GD"), ("ko", "오후 6:30"), ("ru", "18:30")],
)
def test_day_period_is_not_a_single_letter(languages, tag, time):
    moment = datetime(2026, 12, 18, 18, 30, tzinfo=UTC)
    value = languages[tag].time(moment, ZoneInfo("UTC"))
    assert value.replace("\N{NARROW NO-BREAK SPACE}", " ") == time


def test_date_and_time_are_in_the_named_zone(languages):
    moment = datetime(2026, 12, 18, 23, 30, tzinfo=UTC)
    assert languages["fr"].moment(moment, ZoneInfo("Asia/Manila")) == "19 décembre 2026, 07:30"


@pytest.mark.parametrize("tag", ["en", *TRANSLATED])
def test_date_and_time_end_with_the_time(languages, tag):
    moment = datetime(2026, 12, 18, 18, 30, tzinfo=UTC)
    time = languages[tag].time(moment, ZoneInfo("UTC"))
    assert languages[tag].moment(moment, ZoneInfo("UTC")).endswith(time)


@pytest.mark.parametrize("tag", ["en", *TRANSLATED])
@pytest.mark.parametrize("count", [1, 2, 14])
def test_minutes_are_localised(languages, tag, count):
    assert "duration" not in languages[tag].minutes(count)


def test_haitian_creole_has_its_own_months_and_days(languages):
    assert languages["ht"].date(date(2026, 12, 18), "full") == "vandredi 18 desanm 2026"
    assert languages["ht"].day(date(2027, 8, 1)) == "1 out"


def test_korean_day_period_is_in_korean(languages):
    moment = datetime(2026, 12, 18, 18, 0, tzinfo=UTC)
    assert languages["ko"].time(moment, ZoneInfo("UTC")) == "오후 6:00"


def test_french_punctuation_has_non_breaking_spaces():
    text = Path(messages.LOCALES / "fr.po").read_text(encoding="utf-8")
    translated = "\n".join(line for line in text.splitlines() if line.startswith("msgstr"))
    assert re.findall(r" [:;?!»]|« ", translated) == []


@pytest.mark.parametrize("tag", ["en", *TRANSLATED])
def test_catalogue_records_its_native_review(tag):
    value = messages.read_native_review(messages.LOCALES / f"{tag}.po")
    assert re.fullmatch(r"no|yes, by \S.*", value), f'put "X-Native-Review: no\\n" into {tag}.po'


def test_new_catalogue_is_marked_as_unreviewed(tmp_path):
    messages.update_catalogue(tmp_path / "pt-BR.po", messages.extract_messages())
    assert messages.read_native_review(tmp_path / "pt-BR.po") == "no"


def test_updated_catalogue_keeps_its_review(tmp_path):
    path, read = tmp_path / "es.po", "yes, by Sample Person"
    text = (messages.LOCALES / "es.po").read_text(encoding="utf-8")
    path.write_text(messages.REVIEW.sub(rf'"X-Native-Review: {read}\\n"', text), encoding="utf-8")
    messages.update_catalogue(path, messages.extract_messages())
    assert messages.read_native_review(path) == read


def test_docs_list_every_language_and_its_review(languages):
    listed = re.findall(r"^\| (.+) \| `(.+)` \| (.+) \|$", DOCS.read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(
        (language.name, tag, messages.read_native_review(messages.LOCALES / f"{tag}.po"))
        for tag, language in languages.items()
    )

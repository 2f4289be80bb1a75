import pytest
from bidi import get_display
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from imd_widgets.images.fonts import FOLDER, find_font_file, get_glyph_character
from imd_widgets.images.text_layout import lay_out, split_runs
from imd_widgets.languages import read_languages

LANGUAGES = read_languages()
LETTERS = "abéЖאب 1कကአ中한 23٢۳ ,.:%+-()[]«»·/#$&"
MARKS = "\N{ARABIC FATHATAN}\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{NO-BREAK SPACE}"
WAYS = st.sampled_from(["ltr", "rtl"])
CONTROLS = "\n\t\N{LANGUAGE TAG}\N{RIGHT-TO-LEFT OVERRIDE}\N{FIRST STRONG ISOLATE}"


def seen(text: str, direction: str) -> str:
    """Return the characters of a line in visual order."""
    parts = split_runs(text, direction)
    return "".join(run.text[::-1] if run.direction == "rtl" else run.text for run in parts)


def names(text: str, tag: str) -> list[str]:
    order = TTFont(find_font_file(tag)).getGlyphOrder()
    return [order[glyph.index] for glyph in lay_out(text, LANGUAGES[tag]).glyphs]


@given(st.text(st.sampled_from(LETTERS + MARKS), min_size=1, max_size=20), WAYS)
def test_bidi_order_matches_the_library(text, direction):
    assert seen(text, direction) == get_display(text, base_dir=direction[0].upper())


@given(st.text(max_size=20) | st.text(st.sampled_from(LETTERS + CONTROLS), max_size=20), WAYS)
def test_text_keeps_its_letters_and_digits(text, direction):
    assert sorted(filter(str.isalnum, seen(text, direction))) == sorted(filter(str.isalnum, text))


def test_numbers_and_latin_names_in_arabic_are_ltr():
    parts = [(run.text, run.direction) for run in split_runs("هدف (10,000) و IMD 2026", "rtl")]
    assert parts == [
        ("IMD 2026", "ltr"),
        (") و ", "rtl"),
        ("10,000", "ltr"),
        ("هدف (", "rtl"),
    ]


def test_each_script_is_shaped_by_its_own_rules():
    parts = [(run.text, run.script) for run in split_runs("IMD १८ दिसंबर", "ltr")]
    assert parts == [("IMD ", "Latn"), ("१८ दिसंबर", "Deva")]


def test_direction_override_is_ignored():
    assert seen("abc\N{RIGHT-TO-LEFT OVERRIDE}def", "ltr") == "abcdef"


def test_arabic_letters_are_joined():
    alone, joined = names("ب", "ar"), names("ببب", "ar")
    assert not set(alone) & set(joined)


def test_bracket_is_mirrored_in_arabic():
    assert names("ب(", "ar")[0] == "parenright"


def test_devanagari_vowel_is_placed_before_its_consonant():
    before, after = names("क", "hi"), names("कि", "hi")
    assert after[-1:] == before
    assert len(after) == 2


def test_letter_pairs_are_kerned():
    pair = lay_out("AV", LANGUAGES["en"])
    assert pair.width < sum(lay_out(letter, LANGUAGES["en"]).width for letter in "AV")


def test_empty_text_has_no_width():
    assert lay_out("", LANGUAGES["en"]).width == 0


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.?tf")), ids=lambda file: file.stem)
def test_font_has_a_character_for_each_glyph(file):
    font = TTFont(file)
    characters, order = font.getBestCmap(), font.getGlyphOrder()
    reached = [characters.get(ord(get_glyph_character(index))) for index in range(1, len(order))]
    assert reached == order[1:], "run scripts/make_fonts.py"

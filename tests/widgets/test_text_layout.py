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
    """The characters of a line as they stand from left to right."""
    parts = split_runs(text, direction)
    return "".join(run.text[::-1] if run.direction == "rtl" else run.text for run in parts)


def names(text: str, tag: str) -> list[str]:
    order = TTFont(find_font_file(tag)).getGlyphOrder()
    return [order[glyph.index] for glyph in lay_out(text, LANGUAGES[tag]).glyphs]


@given(st.text(st.sampled_from(LETTERS + MARKS), min_size=1, max_size=20), WAYS)
def test_a_line_is_reordered_as_the_library_reorders_it(text, direction):
    assert seen(text, direction) == get_display(text, base_dir=direction[0].upper())


@given(st.text(max_size=20) | st.text(st.sampled_from(LETTERS + CONTROLS), max_size=20), WAYS)
def test_any_text_keeps_its_letters_and_digits(text, direction):
    assert sorted(filter(str.isalnum, seen(text, direction))) == sorted(filter(str.isalnum, text))


def test_numbers_and_names_run_to_the_right_within_arabic():
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


def test_an_override_does_not_turn_a_line_around():
    assert seen("abc\N{RIGHT-TO-LEFT OVERRIDE}def", "ltr") == "abcdef"


def test_arabic_letters_are_joined():
    alone, joined = names("ب", "ar"), names("ببب", "ar")
    assert not set(alone) & set(joined)


def test_a_bracket_is_mirrored_within_arabic():
    assert names("ب(", "ar")[0] == "parenright"


def test_a_devanagari_vowel_stands_before_the_consonant_that_it_follows():
    before, after = names("क", "hi"), names("कि", "hi")
    assert after[-1:] == before
    assert len(after) == 2


def test_letters_are_kerned():
    pair = lay_out("AV", LANGUAGES["en"])
    assert pair.width < sum(lay_out(letter, LANGUAGES["en"]).width for letter in "AV")


def test_nothing_is_as_wide_as_nothing():
    assert lay_out("", LANGUAGES["en"]).width == 0


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.?tf")), ids=lambda file: file.stem)
def test_a_font_has_a_character_for_each_glyph(file):
    font = TTFont(file)
    characters, order = font.getBestCmap(), font.getGlyphOrder()
    reached = [characters.get(ord(get_glyph_character(index))) for index in range(1, len(order))]
    assert reached == order[1:], "run scripts/make_fonts.py"

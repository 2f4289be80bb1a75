import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_widgets.sharing.message_length import count_for_x, count_graphemes


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("día", 3),
        ("di\N{COMBINING ACUTE ACCENT}a", 3),
        ("مُهَاجِر", 5),
        ("a\r\nb", 3),
        ("\N{REGIONAL INDICATOR SYMBOL LETTER M}\N{REGIONAL INDICATOR SYMBOL LETTER X}" * 2, 2),
        ("\N{WAVING HAND SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-5}", 1),
        ("\N{WOMAN}\N{ZERO WIDTH JOINER}\N{EAR OF RICE}", 1),
        ("\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}", 1),
    ],
)
def test_graphemes_are_counted_as_readers_see_them(text, count):
    assert count_graphemes(text) == count


@pytest.mark.parametrize(
    ("text", "weighs"),
    [
        ("abc", 3),
        ("día", 3),
        ("حقوق", 4),
        ("移民", 4),
        ("“quoted” – so…", 15),
        ("see https://campaign.example/a/very/long/address/indeed", 4 + 23),
        ("https://a.example", 23),
        ("\N{WAVING HAND SIGN}", 2),
    ],
)
def test_x_counts_characters_by_script_and_urls_as_23(text, weighs):
    assert count_for_x(text) == weighs


@given(st.text())
def test_graphemes_never_outnumber_characters(text):
    assert 0 <= count_graphemes(text) <= len(text)


@given(st.text(st.characters(codec="ascii", exclude_characters=":\r")), st.integers(1, 9))
def test_ascii_characters_count_as_one(text, times):
    assert count_graphemes(text * times) == count_for_x(text * times) == len(text * times)

# ruff: noqa: RUF001 - words of many scripts
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_campaign.events.search_text import (
    choose_grams,
    fold,
    list_grams,
    make_like_pattern,
    split_words,
)

WORDS = [
    *("Bogotá", "İĞDIR", "Iğdır", "Łódź", "Straße", "Đà", "Ærø", "Þórshöfn", "Œuvre", "Ħamrun"),
    *(
        "Αθήνας",
        "Ёлка",
        "Київ",
        "ƙasa",
        "کرمان",
        "كتاب",
        "مهاجرین",
        "مدرسة",
        "وَقْفَة",
        "أحمد",
        "مهـاجر",
    ),
    *(
        "香港",
        "港",
        "かながわ",
        "ｶﾅ",
        "한국",
        "１８",
        "۱۸",
        "प्रवासी",
        "প্রবাসী",
        "ʻOkina",
        "Port-au-Prince",
    ),
]
VARIANTS: list[Callable[[str], str]] = [str.upper, str.lower, str.title, str.swapcase, fold]


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("Bogotá", "bogota"),
        ("STRASSE", "straße"),
        ("Αθήνα", "αθηνα"),
        ("İĞDIR", "iğdır"),
        ("Iğdır", "IGDIR"),
        ("İzmir", "izmir"),
        ("Łódź", "lodz"),
        ("Đà Nẵng", "da nang"),
        ("Tromsø", "TROMSO"),
        ("Ærø", "aero"),
        ("Þórshöfn", "thorshofn"),
        ("ƙasa", "kasa"),
        ("وقفة", "وَقْفَة"),
        ("کرمانشاه", "كرمانشاه"),
        ("ایران", "ايران"),
        ("أحمد", "احمد"),
        ("مسؤول", "مسوول"),
        ("مدرسة", "مدرسه"),
        ("مهـــاجر", "مهاجر"),
        ("می\u200cخواهم", "میخواهم"),
        ("۱۸", "18"),
        ("香港", "香港"),
        ("ＴＯＫＹＯ", "tokyo"),
        ("ｶﾅｶﾞﾜ", "カナガワ"),
        ("L’Aquila", "l'aquila"),
        ("Qurʾan", "qur'an"),
        ("ז׳בוטינסקי", "ז'בוטינסקי"),
        ("האו״ם", 'האו"ם'),
        ("תל־אביב", "תל-אביב"),
        ("„Welcome“", "welcome"),
        ("«Марш»", '"марш"'),
        ("Eʋegbe", "EVEGBE"),
        ("صلوۃ", "صلوة"),
        ("soft\u00adhyphen", "softhyphen"),
    ],
)
def test_folding_ignores_case_accents_and_variants_of_letters(written: str, sought: str) -> None:
    assert fold(sought) == fold(written)


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("香港", "香"), ("18", "19"), ("ha", "a")])
def test_folding_keeps_words_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.lists(st.sampled_from(WORDS) | st.text(), max_size=5), st.sampled_from(VARIANTS))
def test_grams_of_each_part_of_a_word_are_grams_of_the_text(
    words: list[str], variant: Callable[[str], str]
) -> None:
    grams = list_grams(fold(" ".join(words)))
    for word in words:
        for folded in fold(variant(word) if word in WORDS else word).split():
            assert choose_grams(folded) <= grams
            assert choose_grams(folded[1:] or folded) <= grams


@given(st.text(min_size=1))
def test_chosen_grams_have_every_character_of_a_word(word: str) -> None:
    assert set(word) == {character for gram in choose_grams(word) for character in gram}


def test_query_is_split_into_folded_words() -> None:
    assert split_words("  Río   Bravo ") == ["rio", "bravo"]


def test_like_wildcards_are_escaped() -> None:
    assert make_like_pattern("50%_\\") == "%50\\%\\_\\\\%"

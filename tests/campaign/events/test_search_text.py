import pytest

from imd_campaign.events.search_text import fold, pattern, words


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("Bogotá", "bogota"),
        ("STRASSE", "straße"),
        ("Αθήνα", "αθηνα"),
        ("وقفة", "وَقْفَة"),
        ("香港", "香港"),
    ],
)
def test_case_and_marks_make_no_difference(written: str, sought: str) -> None:
    assert fold(sought) == fold(written)


def test_a_search_is_words() -> None:
    assert words("  Río   Bravo ") == ["rio", "bravo"]


def test_signs_of_the_pattern_language_are_only_signs() -> None:
    assert pattern("50%_\\") == "%50\\%\\_\\\\%"

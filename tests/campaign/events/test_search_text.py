import pytest

from imd_campaign.events.search_text import fold, make_like_pattern, split_words


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
def test_folding_ignores_case_and_accents(written: str, sought: str) -> None:
    assert fold(sought) == fold(written)


def test_query_is_split_into_folded_words() -> None:
    assert split_words("  Río   Bravo ") == ["rio", "bravo"]


def test_like_wildcards_are_escaped() -> None:
    assert make_like_pattern("50%_\\") == "%50\\%\\_\\\\%"

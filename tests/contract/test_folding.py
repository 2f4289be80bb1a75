"""The test kit finds the words that the campaign server finds."""

import sys

from imd_campaign.events.search_text import fold
from imd_sdk.testing._folding import fold as fold_in_kit


def test_test_kit_folds_every_character_as_the_server_does() -> None:
    characters = map(chr, range(sys.maxunicode + 1))
    assert [one for one in characters if fold(one) != fold_in_kit(one)] == []

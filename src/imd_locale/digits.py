"""Digits of the numbering systems that the CLDR assigns to languages."""

ZEROS = {
    "adlm": "\N{ADLAM DIGIT ZERO}",
    "arab": "\N{ARABIC-INDIC DIGIT ZERO}",
    "arabext": "\N{EXTENDED ARABIC-INDIC DIGIT ZERO}",
    "beng": "\N{BENGALI DIGIT ZERO}",
    "cakm": "\N{CHAKMA DIGIT ZERO}",
    "deva": "\N{DEVANAGARI DIGIT ZERO}",
    "gujr": "\N{GUJARATI DIGIT ZERO}",
    "hmnp": "\N{NYIAKENG PUACHUE HMONG DIGIT ZERO}",
    "khmr": "\N{KHMER DIGIT ZERO}",
    "laoo": "\N{LAO DIGIT ZERO}",
    "mtei": "\N{MEETEI MAYEK DIGIT ZERO}",
    "mymr": "\N{MYANMAR DIGIT ZERO}",
    "nkoo": "\N{NKO DIGIT ZERO}",
    "olck": "\N{OL CHIKI DIGIT ZERO}",
    "tibt": "\N{TIBETAN DIGIT ZERO}",
}
PERCENT_SIGNS = {
    "arab": "\N{ARABIC PERCENT SIGN}",
    "arabext": "\N{ARABIC PERCENT SIGN}",
}


def make_digit_table(numbering_system: str) -> dict[int, int]:
    """Make a table for `str.translate` from ASCII digits to those of a numbering system."""
    zero = ord(ZEROS.get(numbering_system, "0"))
    return {ord("0") + digit: zero + digit for digit in range(10)}

"""Codes to type instead of opening a link, without letters that are easily confused.

https://www.crockford.com/base32.html
"""

import unicodedata

from imd_campaign.crypto import choose_letters

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
MAX_TYPED_LENGTH = 40
ERROR = f"is not a code of {LENGTH} letters and digits, such as ABCD-EFGH."
# In any case, with hyphens and spaces anywhere; no code has a U.
TYPED_CODE = "^[ -]*([0-9A-TV-Za-tv-z][ -]*){8}$"
IGNORED = {"Zs", "Pd", "Cf"}  # spaces, dashes, marks of direction
LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code() -> str:
    return choose_letters(ALPHABET, LENGTH)


def format_code(code: str) -> str:
    middle = LENGTH // 2
    return f"{code[:middle]}-{code[middle:]}"


def parse_code(typed: str) -> str:
    """Read a code in any case, with or without hyphens, spaces and the marks of e-mail programs."""
    if len(typed) > MAX_TYPED_LENGTH:
        raise ValueError(ERROR)
    characters = unicodedata.normalize("NFKC", typed).upper()
    code = "".join(c for c in characters if unicodedata.category(c) not in IGNORED)
    code = code.translate(LOOK_ALIKES)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        raise ValueError(ERROR)
    return code

import re
import unicodedata

# What extends the character before it: https://unicode.org/reports/tr29/
JOINER = "\N{ZERO WIDTH JOINER}"
MARKS = frozenset(("Mn", "Me", "Mc"))
TONES = range(0x1F3FB, 0x1F400)
TAGS = range(0xE0020, 0xE0080)
FLAGS = range(0x1F1E6, 0x1F200)

# https://github.com/twitter/twitter-text/blob/master/config/v3.json
SINGLE_WEIGHT = (range(4352), range(8192, 8206), range(8208, 8224), range(8242, 8248))
URL = re.compile(r"https?://\S+")
URL_WEIGHT = 23


def count_graphemes(text: str) -> int:
    """Count characters as readers see them."""
    count, before, flags = 0, "", 0
    for letter in unicodedata.normalize("NFC", text.replace("\r\n", "\n")):
        flags = flags + 1 if ord(letter) in FLAGS else 0
        second_of_a_flag = flags > 0 and flags % 2 == 0
        count += not (second_of_a_flag or before == JOINER or _extends(letter))
        before = letter
    return count


def count_for_x(text: str) -> int:
    """Count as X does: every URL counts the same, distant scripts and emoji count two."""
    addresses = URL.findall(text)
    letters = unicodedata.normalize("NFC", URL.sub("", text))
    return len(addresses) * URL_WEIGHT + sum(map(_weigh, letters))


def _weigh(letter: str) -> int:
    return 1 if any(ord(letter) in light for light in SINGLE_WEIGHT) else 2


def _extends(letter: str) -> bool:
    code = ord(letter)
    marks = unicodedata.category(letter) in MARKS or letter == JOINER
    return marks or code in TONES or code in TAGS

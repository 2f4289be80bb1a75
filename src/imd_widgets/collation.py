import unicodedata
from functools import cache

ALPHABETS = {
    "fa": "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی",
    "ur": "ابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوہھءیے",
}
VIRAMA = 9
BARRED = str.maketrans({"đ": "d\uffff"})
ALIKE = {"ي": "ی", "ك": "ک", "\N{ZERO WIDTH NON-JOINER}": " "}


def sort_key(text: str, tag: str) -> str:
    """Return a sort key that ignores accents and follows alphabets that Unicode order does not."""
    apart = unicodedata.normalize("NFKD", text)
    kept = (letter for letter in apart if unicodedata.combining(letter) in {0, VIRAMA})
    plain = "".join(kept).casefold().translate(BARRED)
    return plain.translate(_make_letter_table(tag)) if tag in ALPHABETS else plain


@cache
def _make_letter_table(tag: str) -> dict[int, str]:
    places = {letter: chr(0xE000 + place) for place, letter in enumerate(ALPHABETS[tag])}
    alike = {other: places.get(letter, letter) for other, letter in ALIKE.items()}
    return str.maketrans(places | alike)

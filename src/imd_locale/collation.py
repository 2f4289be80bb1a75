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
    characters = (
        character for character in apart if unicodedata.combining(character) in {0, VIRAMA}
    )
    plain = "".join(characters).casefold().translate(BARRED)
    return plain.translate(_make_letter_table(tag)) if tag in ALPHABETS else plain


@cache
def _make_letter_table(tag: str) -> dict[int, str]:
    places = {character: chr(0xE000 + place) for place, character in enumerate(ALPHABETS[tag])}
    alike = {other: places.get(character, character) for other, character in ALIKE.items()}
    return str.maketrans(places | alike)

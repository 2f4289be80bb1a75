"""Direction marks for text that runs against the direction of its line."""

from unicodedata import bidirectional

LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"
MARKS = {"ltr": LEFT_TO_RIGHT, "rtl": "\N{RIGHT-TO-LEFT MARK}"}
DIRECTIONS = {"L": "ltr", "R": "rtl", "AL": "rtl"}


def mark_direction(text: str, line_direction: str) -> str:
    """Put text that runs the other way between marks, so that its full stop stays at its end.

    Text with line breaks is unchanged, as each line gets the direction of its first letter.
    URLs are unchanged too, as programs would treat the mark as a part of them.
    """
    own = find_direction(text)
    if own is None or own == line_direction or "\n" in text or "://" in text:
        return text
    return f"{MARKS[own]}{text}{MARKS[own]}"


def find_direction(text: str) -> str | None:
    """Return the direction of the first letter that has one (UAX #9, P2)."""
    found = (DIRECTIONS.get(bidirectional(character)) for character in text)
    return next((value for value in found if value), None)

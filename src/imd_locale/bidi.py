"""Marks for text that runs against the direction of its line."""

from unicodedata import bidirectional

LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"
MARKS = {"ltr": LEFT_TO_RIGHT, "rtl": "\N{RIGHT-TO-LEFT MARK}"}
DIRECTIONS = {"L": "ltr", "R": "rtl", "AL": "rtl"}


def mark_direction(text: str, line_direction: str) -> str:
    """Put text that runs the other way between marks, so that its full stop stays at its end.

    Lines of their own are left alone, as their first letter decides; so are URLs, as programs
    would take the mark for a part of them.
    """
    own = direction(text)
    if own is None or own == line_direction or "\n" in text or "://" in text:
        return text
    return f"{MARKS[own]}{text}{MARKS[own]}"


def direction(text: str) -> str | None:
    """The direction of the first letter (UAX #9, P2)."""
    found = (DIRECTIONS.get(bidirectional(character)) for character in text)
    return next((way for way in found if way), None)

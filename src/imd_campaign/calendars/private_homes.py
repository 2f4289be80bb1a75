"""Recognises events that are probably at a private home, in the languages of the campaign."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

MAX_READ = 2000
APARTMENT = re.compile(
    r"\b(apt|apartment|flat|unit|piso|depto|dpto|appt|wohnung|daire|кв)\b\.?\s*#?\s*\d"
    r"|#\s?\d+[a-z]?\b"
)
# A number and a word, or words and a number, as streets are written in most countries.
STREET_ADDRESS = re.compile(r"^\W*(\d{1,5}[a-z]?,?\s+[^\W\d]|[^\d\n]{2,60}\s\d{1,5}[a-z]?\b)")


@cache
def _load_patterns() -> dict[str, re.Pattern[str]]:
    text = (files("imd_campaign.calendars") / "private_homes.toml").read_text(encoding="utf-8")
    phrases = tomllib.loads(text)
    words = _join(phrase for own in phrases["words"].values() for phrase in own)
    anywhere = _join(phrase for own in phrases["anywhere"].values() for phrase in own)
    return {
        "home": re.compile(rf"(?<!\w)(?:{words})(?!\w)|{anywhere}"),
        "public": re.compile(rf"(?<!\w)(?:{_join(phrases['public']['words'])})(?!\w)"),
    }


def _join(phrases: Iterable[str]) -> str:
    longest_first = sorted({_prepare(phrase) for phrase in phrases}, key=len, reverse=True)
    return "|".join(map(re.escape, longest_first))


def _prepare(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text[:MAX_READ]).casefold().split())


def is_probably_private(location: str, text: str) -> bool:
    """Return whether a place, or what is written about it, looks like a home."""
    place, about, patterns = _prepare(location), _prepare(text), _load_patterns()
    if patterns["home"].search(place) or APARTMENT.search(place):
        return True
    if patterns["public"].search(place):
        return False
    return bool(patterns["home"].search(about) or STREET_ADDRESS.match(place))

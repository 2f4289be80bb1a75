"""The types of single fields."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from functools import cache, partial
from itertools import groupby
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from imd_sdk._countries import COUNTRIES
from imd_sdk.models import WebhookType

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LABEL = r"[^\W_](?:(?:[^\W_]|-)*[^\W_])?"
_MAILBOX = re.compile(rf'[^\s@"(),:;<>\[\]\\]+@(?:{_LABEL}\.)+{_LABEL}')
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)")
_LINK = re.compile(
    r":\s*[/\\]{2}|@|\bwww\.|\w\.[^\W\d_]{2}|[a-z\d]。[a-z]{2}|(\d{1,3}\.){3}\d", re.IGNORECASE
)
_IGNORED = {"Cf", "Mn"}
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#@]+\.[^\s/?#@]+([/?#]\S*)?")
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32 (https://www.crockford.com/base32.html)."""
_LOOKALIKES = str.maketrans("OIL", "011")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


MAX_TEXT_LENGTH = 20_000
MAX_MARKS = 30


def _displayable(text: str, allowed: str = "") -> str:
    if len(text) > MAX_TEXT_LENGTH:
        raise ValueError("is too long.")
    if any(marks and sum(1 for _ in run) > MAX_MARKS for marks, run in groupby(text, _is_mark)):
        raise ValueError("has too many accents on one letter.")
    text = unicodedata.normalize("NFC", text)
    for sign in set(text) - set(allowed):
        if sign in _TURNING or unicodedata.category(sign) in {"Cc", "Cs", "Co", "Cn"}:
            raise ValueError("has characters that cannot be displayed.")
    return text


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M" or character in "\uff9e\uff9f"


def _check_length(text: str, longest: int) -> str:
    if len(text) > longest:
        raise ValueError(f"is too long: it may have at most {longest}.")
    if not any(unicodedata.category(sign)[0] in "LNPS" for sign in text):
        raise ValueError("is too short: it must have at least 1.")
    return text


def _line(text: str, *, longest: int) -> str:
    return _check_length(" ".join(_displayable(text.strip()).split()), longest)


def _paragraphs(text: str, *, longest: int) -> str:
    return _check_length(_displayable(text.replace("\r\n", "\n").strip(), "\n\t").strip(), longest)


def _short_paragraphs(text: str, *, longest: int) -> str:
    """Accept an empty text, too."""
    return _paragraphs(text, longest=longest) if text.strip() else ""


def _email(text: str) -> str:
    text = text.strip()
    if len(text) > 254:
        raise ValueError("is too long for an e-mail address.")
    text = unicodedata.normalize("NFC", text)
    local = text.partition("@")[0]
    dotted = local.startswith(".") or local.endswith(".") or ".." in local
    fits = len(text) <= 254 and _MAILBOX.fullmatch(text)
    if dotted or not fits or not text[-1].isalpha():
        raise ValueError("is not an e-mail address.")
    return text


def _code(text: str) -> str:
    """Spaces, dashes and the marks of e-mail programs do not matter."""
    text = unicodedata.normalize("NFKC", text)
    ignored = ("Zs", "Pd", "Cf")
    code = "".join(sign for sign in text if unicodedata.category(sign) not in ignored)
    code = code.upper().translate(_LOOKALIKES)
    if not re.fullmatch(f"[{CODE_ALPHABET}]{{8}}", code):
        raise ValueError("is not a code of 8 letters and digits, such as ABCD-EFGH.")
    return code


def _country(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError("is not a country code of ISO 3166-1 (two capital letters).")
    return code


def _language(tag: str) -> str:
    if len(tag) > 35 or not _LANGUAGE.fullmatch(tag):
        raise ValueError("is not a language tag of BCP 47.")
    return tag


def _in_full(value: Any) -> Any:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("must be a date and time with an offset, as in RFC 3339.")
    return value


def _of_our_time(moment: datetime) -> datetime:
    if moment.year not in range(2000, 2100):
        raise ValueError("is too far in the past or future.")
    return moment


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime", "Factory"})


def knows_zones() -> bool:
    """Whether this machine has the IANA database; without it no zone can be checked."""
    return bool(_zones())


def _zone(name: str) -> str:
    if knows_zones() and name not in _zones():
        raise ValueError("is not a time zone of the IANA database.")
    return name


def _web_address(text: str) -> str:
    if not _WEB_ADDRESS.fullmatch(text):
        raise ValueError("must be a URL that begins with https:// or http://.")
    return text


def _without_link(text: str) -> str:
    characters = unicodedata.normalize("NFKC", text)
    if _LINK.search("".join(c for c in characters if unicodedata.category(c) not in _IGNORED)):
        raise ValueError("must not contain links or e-mail addresses.")
    return text


def _day(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise ValueError("must be a date, such as 2026-12-18.")
    return value


def parse_switch(value: Any) -> bool:
    if value not in {"true", "false"}:
        raise ValueError("must be true or false.")
    return bool(value == "true")


Line20 = Annotated[str, AfterValidator(partial(_line, longest=20))]
Line40 = Annotated[str, AfterValidator(partial(_line, longest=40))]
Line100 = Annotated[str, AfterValidator(partial(_line, longest=100))]
Line200 = Annotated[str, AfterValidator(partial(_line, longest=200))]
Line300 = Annotated[str, AfterValidator(partial(_line, longest=300))]
HostReason = Annotated[Line300, AfterValidator(_without_link)]
Line500 = Annotated[str, AfterValidator(partial(_line, longest=500))]
Line1000 = Annotated[str, AfterValidator(partial(_line, longest=1000))]
WebUrl = Annotated[Line500, AfterValidator(_web_address)]
Text500 = Annotated[str, AfterValidator(partial(_short_paragraphs, longest=500))]
Text1000 = Annotated[str, AfterValidator(partial(_paragraphs, longest=1000))]
Text5000 = Annotated[str, AfterValidator(partial(_paragraphs, longest=5000))]
EmailAddress = Annotated[str, AfterValidator(_email)]
Code = Annotated[str, AfterValidator(_code)]
Country = Annotated[str, AfterValidator(_country)]
Language = Annotated[str, AfterValidator(_language)]
Instant = Annotated[AwareDatetime, BeforeValidator(_in_full), AfterValidator(_of_our_time)]
Zone = Annotated[str, AfterValidator(_zone)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Day = Annotated[date, BeforeValidator(_day)]
Kind = Literal[
    "action", "gathering", "vigil", "potluck", "rally", "march", "press", "online", "other"
]
EventState = Literal["pending_review", "public", "rejected", "cancelled"]
OrderState = Literal["placed", "paid", "sent", "cancelled", "refunded", "expired", "paid_late"]
WEBHOOK_TYPES = [kind.value for kind in WebhookType if kind is not WebhookType.TEST]


def _webhook_types(types: list[str]) -> list[str]:
    if unknown := set(types) - set(WEBHOOK_TYPES):
        valid = ", ".join(WEBHOOK_TYPES)
        raise ValueError(f"has no type {min(unknown)}. Valid types: {valid}.")
    if len(set(types)) < len(types):
        raise ValueError("names a type twice.")
    return types


WebhookTypes = Annotated[
    list[Annotated[str, Field(max_length=40)]],
    Field(min_length=1, max_length=len(WEBHOOK_TYPES)),
    AfterValidator(_webhook_types),
]

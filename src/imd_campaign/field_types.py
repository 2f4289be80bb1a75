"""The types of fields in request and response bodies."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    StrictBool,
    StrictInt,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema

from imd_campaign.email_addresses import validate
from imd_locale.countries import COUNTRIES


def _read_whole_number(value: Any) -> Any:
    """Accept 6.0, which is an integer in JSON Schema."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Flag = StrictBool
Whole = StrictInt
# Behind the limits of a number: before them, they would be missing in its schema.
WHOLE_FLOATS = BeforeValidator(_read_whole_number)
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]

# Marks that change the direction of what follows; marks of single characters stay allowed.
OVERRIDES = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Letters and symbols without ink: fillers of Hangul, an empty Braille cell, a placeholder.
BLANK = set("\u115f\u1160\u2800\u3164\uffa0\ufffc")
INVISIBLE = {"Cc", "Cs", "Co", "Cn"}
# Longer text is left to the limit of its field: normalising may shorten it, but not by so much.
MAX_TEXT_LENGTH = 20_000
# Normalising sorts each run of marks in quadratic time: https://unicode.org/reports/tr15/#Stream_Safe_Text_Format
MAX_MARKS = 30
HALFWIDTH_MARKS = set("\uff9e\uff9f")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
MAX_LANGUAGE_LENGTH = 35


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EmptyForm(Input):
    """The body of a request that needs none."""


def _clean(text: str, allowed: str) -> str:
    _check_marks(text)
    text = unicodedata.normalize("NFC", text)
    _check_marks(text)  # again: one mark can become two
    if any(_is_invisible(character) for character in text if character not in allowed):
        raise ValueError("has characters that cannot be displayed.")
    return text


def _check_marks(text: str) -> None:
    runs = groupby(text, _is_mark)
    if any(is_marks and sum(1 for _ in run) > MAX_MARKS for is_marks, run in runs):
        raise ValueError("has too many accents on one letter.")


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M" or character in HALFWIDTH_MARKS


def _is_invisible(character: str) -> bool:
    return character in OVERRIDES or unicodedata.category(character) in INVISIBLE


def _normalise_line(text: str) -> str:
    if len(text) > MAX_TEXT_LENGTH:
        return text
    line = " ".join(_clean(text, "").split())
    return line if any(_has_ink(character) for character in line) else ""


def _has_ink(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNPS" and character not in BLANK


def _normalise_paragraphs(text: str) -> str:
    if len(text) > MAX_TEXT_LENGTH:
        return text
    return _clean(text.replace("\r\n", "\n"), "\n\t").strip()


COUNTRY_SCHEMA = {
    "type": "string",
    "enum": sorted(COUNTRIES),
    "description": "ISO 3166-1 alpha-2, or XK for Kosovo",
}
LANGUAGE_SCHEMA = {
    "type": "string",
    "maxLength": MAX_LANGUAGE_LENGTH,
    "pattern": f"^{LANGUAGE.pattern}$",
    "description": "BCP 47",
}


def _require_country(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError("is not a country code of ISO 3166-1 (two capital letters).")
    return code


def _require_language_tag(tag: str) -> str:
    if len(tag) > MAX_LANGUAGE_LENGTH or not LANGUAGE.fullmatch(tag):
        raise ValueError("is not a language tag of BCP 47.")
    return tag


@dataclass(frozen=True, slots=True, eq=False)  # hashable: types have it in unions
class SchemaKeywords:
    """Keywords of JSON Schema for what a validator checks."""

    keywords: Mapping[str, Any]

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), **self.keywords}


# The formats are explained in docs/http-api.md.
LINE_FORMAT = SchemaKeywords({"format": "line", "pattern": r"\S"})
TEXT_FORMAT = SchemaKeywords({"format": "text"})
NOT_BLANK = SchemaKeywords({"pattern": r"\S"})

Trimmed = StringConstraints(strip_whitespace=True)
Line = Annotated[str, Trimmed, AfterValidator(_normalise_line), LINE_FORMAT]
Paragraphs = Annotated[str, Trimmed, AfterValidator(_normalise_paragraphs), TEXT_FORMAT]
Country = Annotated[str, AfterValidator(_require_country), WithJsonSchema(COUNTRY_SCHEMA)]
Language = Annotated[str, AfterValidator(_require_language_tag), WithJsonSchema(LANGUAGE_SCHEMA)]
EmailAddress = Annotated[
    str,
    Trimmed,
    AfterValidator(validate),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254}),
]
Moment = Annotated[
    AwareDatetime,
    PlainSerializer(datetime.isoformat, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]

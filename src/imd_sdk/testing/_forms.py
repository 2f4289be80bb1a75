"""What may be sent, and the ways to say no (RFC 9457): the rules of docs/http-api.md."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationError,
)

from imd_sdk._countries import COUNTRIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TITLES: dict[str, tuple[int, str]] = {
    "invalid-parameter": (400, "A parameter cannot be accepted"),
    "malformed-body": (400, "The body is not JSON"),
    "unauthorized": (401, "A valid key is needed"),
    "forbidden": (403, "The key may not do this"),
    "not-found": (404, "There is nothing at this address"),
    "method-not-allowed": (405, "The address does not take this method"),
    "petition-closed": (409, "The petition takes no signatures now"),
    "event-closed": (409, "The event is over or cancelled"),
    "sold-out": (409, "Fewer are left than were asked for"),
    "already-decided": (409, "This has been decided before"),
    "idempotency-in-flight": (409, "The same request is being worked on"),
    "confirmation-expired": (410, "The mailed link is too old"),
    "reservation-expired": (410, "The hold has lapsed"),
    "body-too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body has to be JSON"),
    "range-not-satisfiable": (416, "The range lies outside the file"),
    "invalid-body": (422, "The body has fields that cannot be accepted"),
    "idempotency-key-reused": (422, "The key was used for another request"),
    "rate-limited": (429, "Too many requests"),
    "unavailable": (503, "The database is not reachable"),
}


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong with a request; ``field`` is a dotted path."""

    place: str
    field: str
    message: str

    def as_wire(self) -> dict[str, str]:
        return {"in": self.place, "field": self.field, "message": self.message}


class Refusal(Exception):
    def __init__(
        self,
        name: str,
        *flaws: Flaw,
        detail: str | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(name)
        self.status: int = TITLES[name][0]
        title = TITLES[name][1]
        said = " ".join(f"{flaw.field}: {flaw.message}" for flaw in flaws)
        self.headers: dict[str, str] = headers or {}
        self.body: dict[str, Any] = {
            "type": f"/v1/problems/{name}",
            "title": title,
            "status": self.status,
            "detail": detail or said or f"{title}.",
            **extra,
        }
        if flaws:
            self.body["errors"] = [flaw.as_wire() for flaw in flaws]


def not_found() -> Refusal:
    return Refusal("not-found")


def got(there: dict[str, T], name: str) -> T:
    if name not in there:
        raise not_found()
    return there[name]


def wrong_body(field: str, message: str) -> Refusal:
    return Refusal("invalid-body", Flaw("body", field, message))


def sold_out(available: int) -> Refusal:
    return Refusal("sold-out", available=available)


B = TypeVar("B", bound=BaseModel)

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LABEL = r"[^\W_](?:(?:[^\W_]|-)*[^\W_])?"
_MAILBOX = re.compile(rf'[^\s@"(),:;<>\[\]\\]+@(?:{_LABEL}\.)+{_LABEL}')
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)")
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#@]+\.[^\s/?#@]+([/?#]\S*)?")
_NUMBER = re.compile(r"[+-]?\d{1,3}(\.\d{1,20})?([eE][+-]?\d{1,2})?")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


_LONGEST_TEXT = 20_000
_MOST_MARKS = 30


def _shown(text: str, allowed: str = "") -> str:
    if len(text) > _LONGEST_TEXT:
        raise ValueError("is too long.")
    if any(marks and sum(1 for _ in run) > _MOST_MARKS for marks, run in groupby(text, _is_mark)):
        raise ValueError("has too many accents on one letter.")
    text = unicodedata.normalize("NFC", text)
    for sign in set(text) - set(allowed):
        if sign in _TURNING or unicodedata.category(sign) in {"Cc", "Cs", "Co", "Cn"}:
            raise ValueError("has characters that cannot be shown.")
    return text


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign)[0] == "M" or sign in "\uff9e\uff9f"


def _sized(text: str, longest: int) -> str:
    if len(text) > longest:
        raise ValueError(f"is too long: it may have up to {longest}.")
    if not any(unicodedata.category(sign)[0] in "LNPS" for sign in text):
        raise ValueError("is too short: it needs at least 1.")
    return text


def _line(text: str, *, longest: int) -> str:
    return _sized(" ".join(_shown(text.strip()).split()), longest)


def _paragraphs(text: str, *, longest: int) -> str:
    return _sized(_shown(text.replace("\r\n", "\n").strip(), "\n\t").strip(), longest)


def _email(text: str) -> str:
    text = text.strip()
    if len(text) > 254:
        raise ValueError("this e-mail address is too long.")
    text = unicodedata.normalize("NFC", text)
    local = text.partition("@")[0]
    dotted = local.startswith(".") or local.endswith(".") or ".." in local
    fits = len(text) <= 254 and _MAILBOX.fullmatch(text)
    if dotted or not fits or not text[-1].isalpha():
        raise ValueError("this is not an e-mail address.")
    return text


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
        raise ValueError("has to be a date and time with an offset, as in RFC 3339.")
    return value


def _of_our_time(moment: datetime) -> datetime:
    if moment.year not in range(2000, 2100):
        raise ValueError("is too far away.")
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
        raise ValueError("has to be a web address that begins with https:// or http://.")
    return text


def _day(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise ValueError("has to be a date, as in 2026-12-18.")
    return value


def _switch(value: Any) -> bool:
    if value not in {"true", "false"}:
        raise ValueError("has to be true or false.")
    return bool(value == "true")


Line20 = Annotated[str, AfterValidator(partial(_line, longest=20))]
Line40 = Annotated[str, AfterValidator(partial(_line, longest=40))]
Line100 = Annotated[str, AfterValidator(partial(_line, longest=100))]
Line200 = Annotated[str, AfterValidator(partial(_line, longest=200))]
Line500 = Annotated[str, AfterValidator(partial(_line, longest=500))]
Text1000 = Annotated[str, AfterValidator(partial(_paragraphs, longest=1000))]
Text5000 = Annotated[str, AfterValidator(partial(_paragraphs, longest=5000))]
Email = Annotated[str, AfterValidator(_email)]
Country = Annotated[str, AfterValidator(_country)]
Language = Annotated[str, AfterValidator(_language)]
Instant = Annotated[AwareDatetime, BeforeValidator(_in_full), AfterValidator(_of_our_time)]
Zone = Annotated[str, AfterValidator(_zone)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Day = Annotated[date, BeforeValidator(_day)]
Kind = Literal[
    "action", "gathering", "vigil", "potluck", "rally", "march", "press", "online", "other"
]
State = Literal["pending_review", "public", "rejected", "cancelled"]


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


# ------------------------------------------------------------------ bodies


class Signing(Form):
    name: Line100
    email: Email
    country: Country
    lang: Language | None = None
    public: StrictBool = False
    updates: StrictBool = False
    source: Annotated[str, Field(pattern="^[a-z0-9-]{1,64}$")] | None = None


class Nothing(Form):
    pass


class SubmittedPlace(Form):
    name: Line200 | None = None
    address: Line200 | None = None
    locality: Line200
    region: Line200 | None = None
    country: Country
    latitude: Annotated[Number, Field(ge=-90, le=90)]
    longitude: Annotated[Number, Field(ge=-180, le=180)]
    private: StrictBool = False


class Host(Form):
    name: Line100
    email: Email


class Submission(Form):
    title: Line200
    description: Text5000
    lang: Language
    languages: Annotated[list[Language], Field(min_length=1, max_length=10)] | None = None
    kind: Kind
    starts_at: Instant
    ends_at: Instant | None = None
    time_zone: Zone
    online: StrictBool = False
    url: Annotated[Line500, AfterValidator(_web_address)] | None = None
    place: SubmittedPlace | None = None
    host: Host
    capacity: Annotated[StrictInt, Field(ge=1, le=1_000_000)] | None = None


class Coming(Form):
    name: Line100
    email: Email
    guests: Annotated[StrictInt, Field(ge=0, le=10)] = 0
    lang: Language | None = None


class Wish(Form):
    edition: Line40
    quantity: Annotated[StrictInt, Field(ge=1, le=10)] = 1


class Address(Form):
    lines: Annotated[list[Line200], Field(min_length=1, max_length=5)]
    postal_code: Line20 | None = None
    locality: Line200
    country: Country


class Ordering(Form):
    reservation: Line40
    name: Line100
    email: Email
    address: Address
    lang: Language | None = None


class EventDecision(Form):
    reason: Text1000
    decision: Literal["approve", "reject", "cancel"]


class AttendanceDecision(Form):
    reason: Text1000
    decision: Literal["accept", "decline"]


# ------------------------------------------------------------------ queries


class Texts(Form):
    lang: Language | None = None


class Paged(Form):
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, Field(min_length=1, max_length=1000)] | None = None


class PagedTexts(Paged, Texts):
    pass


class OnMap(Form):
    bbox: str | None = None
    from_: Day | None = Field(default=None, alias="from")
    to: Day | None = None
    kind: Annotated[list[Kind], Field(max_length=20)] = []
    language: Annotated[list[Language], Field(max_length=20)] = []
    country: Annotated[list[Country], Field(max_length=20)] = []
    online: Annotated[bool, BeforeValidator(_switch)] | None = None
    q: Annotated[str, Field(max_length=200)] | None = None


class Filters(OnMap):
    near: str | None = None
    radius_km: Annotated[float, Field(ge=1, le=20038, allow_inf_nan=False)] | None = None


class PagedEvents(Filters, Paged):
    pass


class Zoomed(OnMap):
    zoom: Annotated[int, Field(ge=0, le=12)] = 0


class ReviewedEvents(Paged):
    state: State = "pending_review"


class ReviewedAttendances(Paged):
    event: Annotated[str, Field(pattern="^[A-Za-z0-9._-]{1,100}$")] | None = None


# ------------------------------------------------------------------ reading


def only_known(kind: type[BaseModel], sent: Sequence[tuple[str, str]]) -> None:
    """Refuse names that a query does not have, and names given twice that may be once."""
    lists, names = _lists(kind), [name for name, _ in sent]
    known = {field.alias or name for name, field in kind.model_fields.items()}
    unknown = [name for name in dict.fromkeys(names) if name not in known]
    twice = [name for name in sorted(known - lists) if names.count(name) > 1]
    flaws = [Flaw("query", name[:100], "is not a known parameter.") for name in unknown]
    flaws += [Flaw("query", name, "may be given once only.") for name in twice]
    if flaws:
        raise Refusal("invalid-parameter", *flaws)


def query(kind: type[B], sent: Sequence[tuple[str, str]]) -> B:
    lists = _lists(kind)
    values = {n: [v for m, v in sent if m == n] if n in lists else value for n, value in sent}
    return _validated(kind, values, "query", "invalid-parameter")


def _lists(kind: type[BaseModel]) -> set[str]:
    fields = kind.model_fields.items()
    return {name for name, field in fields if isinstance(field.default, list)}


MISSING: Any = object()


def parsed(content: bytes) -> Any:
    try:
        return json.loads(content) if content else MISSING
    except (ValueError, RecursionError):
        raise Refusal("malformed-body") from None


def body(kind: type[B], value: Any) -> B:
    """Read a parsed body; where nothing is needed, nothing will do."""
    if kind is Nothing and (value is MISSING or value is None):
        value = {}
    if value is MISSING:
        raise Refusal("invalid-body", Flaw("body", "", "is required."))
    return _validated(kind, value, "body", "invalid-body")


def _validated(kind: type[B], value: Any, place: str, name: str) -> B:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise Refusal(name, *_flaws(place, error)) from None


def _flaws(place: str, error: ValidationError) -> Iterable[Flaw]:
    for found in error.errors(include_url=False, include_input=False):
        path = found["loc"] if place == "body" else found["loc"][:1]
        yield Flaw(place, ".".join(str(part)[:100] for part in path), _message(found))


def _message(found: Any) -> str:
    if found["type"] == "value_error":
        return str(found["ctx"]["error"])
    words = _WORDS.get(found["type"], "cannot be accepted.")
    return words.format(**found.get("ctx", {}))


_WORDS = {
    "missing": "is required.",
    "extra_forbidden": "is not a known field.",
    "string_type": "has to be text.",
    "string_too_short": "needs at least {min_length} character(s).",
    "string_too_long": "has more than {max_length} characters.",
    "too_short": "is too short: it needs at least {min_length}.",
    "too_long": "is too long: it may have up to {max_length}.",
    "bool_type": "has to be true or false.",
    "int_type": "has to be a whole number.",
    "int_parsing": "has to be a whole number.",
    "float_type": "has to be a number.",
    "float_parsing": "has to be a number.",
    "greater_than_equal": "has to be at least {ge}.",
    "less_than_equal": "has to be at most {le}.",
    "list_type": "has to be a list.",
    "model_type": "has to be an object.",
    "literal_error": "has to be one of {expected}.",
    "string_pattern_mismatch": "does not have the form it needs.",
}


def degrees(field: str, text: str, form: str) -> list[float]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != form.count(",") + 1 or not all(map(_NUMBER.fullmatch, parts)):
        raise wrong_query(field, f"has to be {form}, in degrees.")
    return [float(part) for part in parts]


def wrong_query(field: str, message: str) -> Refusal:
    return Refusal("invalid-parameter", Flaw("query", field, message))

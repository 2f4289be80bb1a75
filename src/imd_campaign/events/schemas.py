import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict

from imd_campaign.events.time_zones import find_zone
from imd_campaign.field_types import (
    NOT_BLANK,
    WHOLE_FLOATS,
    Country,
    EmailAddress,
    Flag,
    Input,
    Language,
    Line,
    Moment,
    Number,
    Paragraphs,
    SchemaKeywords,
    Whole,
)
from imd_campaign.proofs.schemas import Proof
from imd_campaign.submissions.schemas import Confirmation

Kind = Literal[
    "action", "gathering", "vigil", "potluck", "rally", "march", "press", "online", "other"
]
State = Literal["pending_review", "public", "rejected", "cancelled"]
Status = Literal["requested", "accepted", "waiting", "declined"]

RFC_3339_TAIL = (
    r"-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
RFC_3339 = re.compile(f"[0-9]{{4}}{RFC_3339_TAIL}")
# A host's reason is e-mailed unseen by moderators: no URL, domain or e-mail address.
LINK = re.compile(
    r":\s*[/\\]{2}|@|\bwww\.|\w\.[^\W\d_]{2}|[a-z\d]。[a-z]{2}|(\d{1,3}\.){3}\d", re.IGNORECASE
)
IGNORED = {"Cf", "Mn"}  # what browsers and readers overlook in a domain
WEB_ADDRESS = re.compile(r"https?://[^\s/?#@]+\.[^\s/?#@]+([/?#]\S*)?")
CENTURY = range(2000, 2100)
MAX_GUESTS = 10


def _require_offset(value: Any) -> Any:
    if not isinstance(value, str) or not RFC_3339.fullmatch(value):
        raise ValueError("must be a date and time with an offset, as in RFC 3339.")
    return value


def _require_this_century(moment: datetime) -> datetime:
    if moment.year not in CENTURY:
        raise ValueError("is too far in the past or future.")
    return moment


def _require_zone(name: str) -> str:
    if find_zone(name) is None:
        raise ValueError("is not a time zone of the IANA database.")
    return name


def _require_web_url(text: str) -> str:
    if not WEB_ADDRESS.fullmatch(text):
        raise ValueError("must be a URL that begins with https:// or http://.")
    return text


def _require_no_link(text: str) -> str:
    characters = unicodedata.normalize("NFKC", text)
    if LINK.search("".join(c for c in characters if unicodedata.category(c) not in IGNORED)):
        raise ValueError("must not contain links or e-mail addresses.")
    return text


Instant = Annotated[
    Moment,
    BeforeValidator(_require_offset),
    AfterValidator(_require_this_century),
    SchemaKeywords({"pattern": f"^20[0-9]{{2}}{RFC_3339_TAIL}$"}),
]
TimeZone = Annotated[
    str,
    Field(min_length=1, max_length=64),
    AfterValidator(_require_zone),
    SchemaKeywords({"format": "time-zone"}),
]
WebAddress = Annotated[
    Line,
    Field(max_length=500),
    AfterValidator(_require_web_url),
    SchemaKeywords({"format": "iri", "pattern": f"^{WEB_ADDRESS.pattern}$"}),
]
Reason = Annotated[Paragraphs, NOT_BLANK, Field(min_length=1, max_length=1000)]
HostReason = Annotated[
    Line,
    Field(min_length=1, max_length=300),
    AfterValidator(_require_no_link),
    SchemaKeywords({"format": "line-without-links"}),
]
Capacity = Annotated[Whole, Field(ge=1, le=1_000_000), WHOLE_FLOATS]
ShortLine = Annotated[Line, Field(min_length=1, max_length=200)]
Guests = Annotated[Whole, Field(ge=0, le=MAX_GUESTS), WHOLE_FLOATS]
Message = Annotated[Paragraphs, Field(max_length=500)]
Latitude = Annotated[Number, Field(ge=-90, le=90)]
Longitude = Annotated[Number, Field(ge=-180, le=180)]


class Place(BaseModel):
    name: str | None
    address: str | None
    locality: str
    region: str | None
    country: str
    latitude: float
    longitude: float
    precision: Literal["exact", "area"]


class Event(BaseModel):
    id: str
    title: str
    description: str
    lang: str
    languages: Sequence[str]
    kind: Kind
    state: State
    starts_at: Moment
    ends_at: Moment | None
    time_zone: str
    online: bool
    url: str | None
    place: Place | None
    host: str | None
    capacity: int | None
    places_left: int | None
    distance_km: float | None
    updated_at: Moment


class Cluster(BaseModel):
    latitude: float
    longitude: float
    count: int
    bbox: Annotated[list[float], Field(min_length=4, max_length=4)]
    locality: str
    countries: list[str]
    event: str | None
    title: str | None
    lang: str | None
    precision: Literal["exact", "area"] | None


class ExactPlace(Input):
    name: Annotated[ShortLine | None, Field(repr=False)] = None
    address: Annotated[ShortLine | None, Field(repr=False)] = None
    locality: ShortLine
    region: ShortLine | None = None
    country: Country
    latitude: Annotated[Latitude, Field(repr=False)]
    longitude: Annotated[Longitude, Field(repr=False)]


class SubmittedPlace(ExactPlace):
    private: Flag = False


class Host(Input):
    name: Annotated[Line, Field(min_length=1, max_length=100, repr=False)]
    email: Annotated[EmailAddress, Field(repr=False)]


# An event is either online, with a URL, or at a place.
ONLINE_OR_AT_A_PLACE: JsonDict = {
    "if": {"properties": {"online": {"const": True}}, "required": ["online"]},
    "then": {
        "properties": {"url": {"type": "string"}, "place": {"type": "null"}},
        "required": ["url"],
    },
    "else": {
        "properties": {"place": {"type": "object"}, "kind": {"not": {"const": "online"}}},
        "required": ["place"],
    },
}


class EventForm(Input):
    model_config = ConfigDict(json_schema_extra=ONLINE_OR_AT_A_PLACE)

    title: ShortLine
    description: Annotated[Paragraphs, NOT_BLANK, Field(min_length=1, max_length=5000)]
    lang: Language
    languages: Annotated[list[Language], Field(min_length=1, max_length=10)] | None = None
    kind: Kind
    starts_at: Instant
    ends_at: Instant | None = None
    time_zone: TimeZone
    online: Flag = False
    url: WebAddress | None = None
    place: SubmittedPlace | None = None
    host: Host
    capacity: Capacity | None = None
    proof: Proof = None


class EventConfirmation(Confirmation):
    kind: Literal["event"] = "event"
    title: Annotated[str | None, Field(repr=False)]
    description: Annotated[str | None, Field(repr=False)]
    starts_at: Moment | None
    time_zone: str | None
    url: Annotated[str | None, Field(repr=False)]
    place: Annotated[Place | None, Field(repr=False)]
    private: bool | None
    capacity: int | None
    event: str | None


class AttendanceForm(Input):
    name: Annotated[Line, Field(min_length=1, max_length=100, repr=False)]
    email: Annotated[EmailAddress, Field(repr=False)]
    guests: Guests = 0
    lang: Language | None = None
    message: Annotated[Message | None, Field(repr=False)] = None
    proof: Proof = None


class AttendanceConfirmation(Confirmation):
    kind: Literal["attendance"] = "attendance"
    event: str
    title: str
    starts_at: Moment
    time_zone: str
    guests: int | None
    message: Annotated[str | None, Field(repr=False)]
    private: bool
    status: Status | None


class PersonalAttendance(BaseModel):
    id: str
    event: str
    title: str
    starts_at: Moment
    time_zone: str
    status: Status
    guests: int
    name: Annotated[str, Field(repr=False)]
    message: Annotated[str | None, Field(repr=False)]
    kept_until: date


class PersonalEvent(BaseModel):
    id: str
    title: str
    starts_at: Moment
    time_zone: str
    state: State
    host: Annotated[str, Field(repr=False)]
    can_be_cancelled: bool
    kept_until: date


class Decision(Input):
    """A subclass lists the possible decisions: `decision: Literal[…]`."""

    reason: Reason


class SubmittedEvent(BaseModel):
    event: Event
    private: bool
    state: State
    submitted_at: Moment


class Attendance(BaseModel):
    """Who the guest is, at private places only: for those who decide on guests.

    Guests who signed up before the place became private are shown without it.
    """

    id: str
    event: str
    name: Annotated[str | None, Field(repr=False)]
    email: Annotated[str | None, Field(repr=False)]
    message: Annotated[str | None, Field(repr=False)]
    guests: int
    status: Status
    created_at: Moment


class OwnAttendance(BaseModel):
    """What a guest sees through the link in an e-mail."""

    event: Event
    private: bool
    status: Status
    name: Annotated[str | None, Field(repr=False)]
    guests: int
    max_guests: int


class AttendanceChange(Input):
    guests: Guests


class ProposedChange(BaseModel):
    id: str
    title: str
    description: str
    starts_at: Moment
    ends_at: Moment | None
    time_zone: str
    url: str | None
    place: Annotated[Place | None, Field(repr=False)]
    created_at: Moment


class PeopleCount(BaseModel):
    """People, including those whom guests bring."""

    requested: int
    accepted: int
    waiting: int


class HostedEvent(BaseModel):
    """What a host sees through the link in an e-mail."""

    event: Event
    private: bool
    state: State
    submitted_at: Moment
    people: PeopleCount
    change: ProposedChange | None


class EventChangeForm(Input):
    """All that is moderated again; the place stays private or public, as it is."""

    title: ShortLine
    description: Annotated[Paragraphs, NOT_BLANK, Field(min_length=1, max_length=5000)]
    starts_at: Instant
    ends_at: Instant | None = None
    time_zone: TimeZone
    url: WebAddress | None = None
    place: ExactPlace | None = None


class CapacityForm(Input):
    capacity: Capacity | None


class CancellationForm(Input):
    reason: HostReason


class GuestDecision(Input):
    decision: Literal["accept", "decline"]


class EventChange(BaseModel):
    """A change that a host proposes, beside the approved event."""

    id: str
    event: Event
    private: bool
    proposed: ProposedChange


class EventChangeDecision(Decision):
    decision: Literal["approve", "reject"]


class EventDecision(Decision):
    decision: Literal["approve", "reject", "cancel"]


class PrivatePlaceForm(Input):
    reason: Reason


class AttendanceDecision(Decision):
    decision: Literal["accept", "decline"]

"""The format of a campaign's files. docs/campaign/files.md has a table made from these models."""

from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal

from babel import Locale
from pydantic import AfterValidator, BeforeValidator, Field

from imd_campaign.campaign_files.problems import suggest
from imd_campaign.email_addresses import validate
from imd_campaign.events.schemas import (
    CENTURY,
    WEB_ADDRESS,
    Capacity,
    Kind,
    Latitude,
    Longitude,
    ShortLine,
    TimeZone,
    WebAddress,
)
from imd_campaign.field_types import (
    NOT_BLANK,
    Country,
    Flag,
    Input,
    Language,
    Line,
    Paragraphs,
    Whole,
)

MAX_SLUG_LENGTH = 40
# An ID in the database begins with evt_ and has at most 40 characters. Those of submitted events
# have no separator, so they never equal one from a file.
MAX_EVENT_ID_LENGTH = 36
SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
EVENT_ID = r"^[a-z0-9]+([-_][a-z0-9]+)+$"
FILE_NAME = r"^[a-z0-9][a-z0-9._-]*\.(svg|png|jpg|jpeg|webp|pdf)$"
STORM = r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]) ([01][0-9]|2[0-3]):[0-5][0-9]$"
CURRENCY = "^[A-Z]{3}$"
HASHTAG = r"^\w{1,60}$"
# In words, for the errors of people who do not read regular expressions.
FORMS = {
    SLUG: "lower-case letters without accents, digits and single hyphens, such as safe-routes",
    EVENT_ID: "two or more words of lower-case letters and digits, joined by hyphens, such as "
    "oslo-vigil-2026",
    FILE_NAME: "a name of lower-case letters, digits, hyphens and dots that ends in .svg, .png, "
    ".jpg, .webp or .pdf, such as print-a2.pdf",
    STORM: "month, day and time in UTC, such as 12-18 17:00",
    CURRENCY: "the three capital letters of a currency, such as EUR",
    HASHTAG: "one word of letters and digits without #, at most 60",
}
SCRIPT_LENGTH, REGION_LENGTHS = 4, (2, 3)


@cache
def _get_english() -> Locale:
    return Locale("en")


def _require_known_language(tag: str) -> str:
    primary, *others = tag.split("-")
    languages = _get_english().languages
    if primary.lower() not in languages:
        raise ValueError(f"is no known language.{suggest(primary, languages)}")
    if not all(map(_is_known_subtag, others)):
        raise ValueError("has a script or a region that is not known. Write it like zh-Hant.")
    return tag


def _is_known_subtag(tag: str) -> bool:
    if len(tag) == SCRIPT_LENGTH and tag.isalpha():
        return tag.title() in _get_english().scripts
    return len(tag) not in REGION_LENGTHS or tag.upper() in _get_english().territories


def _require_known_currency(code: str) -> str:
    if code not in _get_english().currencies:
        raise ValueError("is no currency of ISO 4217.")
    return code


def _read_date_time(value: Any) -> datetime:
    if isinstance(value, str) and len(value) > len("2026-12-18"):
        value = _parse_date_time(value)
    if not isinstance(value, datetime) or value.year not in CENTURY:
        raise ValueError("must be a date and a time, such as 2026-12-18T18:00:00.")
    return value


def _parse_date_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _require_contact(text: str) -> str:
    return text if WEB_ADDRESS.fullmatch(text) else validate(text)


def _require_web_address_or_nothing(text: str) -> str:
    if text and not WEB_ADDRESS.fullmatch(text):
        raise ValueError("must be a URL that begins with https:// or http://, or empty.")
    return text


KnownLanguage = Annotated[Language, AfterValidator(_require_known_language)]
Currency = Annotated[str, Field(pattern=CURRENCY), AfterValidator(_require_known_currency)]
DateTime = Annotated[datetime, BeforeValidator(_read_date_time)]
"""With an offset, or in a time zone that is named elsewhere."""

Contact = Annotated[Line, Field(max_length=500), AfterValidator(_require_contact)]
OptionalWebAddress = Annotated[
    Line, Field(max_length=500), AfterValidator(_require_web_address_or_nothing)
]
Slug = Annotated[str, Field(pattern=SLUG, max_length=MAX_SLUG_LENGTH)]
Count = Annotated[Whole, Field(ge=1, le=1_000_000_000)]
Title = Annotated[Line, Field(min_length=1, max_length=300)]
Summary = Annotated[Line, Field(min_length=1, max_length=1000)]
Text = Annotated[Paragraphs, NOT_BLANK, Field(min_length=1, max_length=20_000)]
Texts = Annotated[dict[KnownLanguage, Title], Field(min_length=1)]


def describe(text: str, **options: Any) -> Any:
    """Return a field of a model with its line in the table of the docs."""
    return Field(description=text, **options)


# ------------------------------------------------------------------ campaign.toml


class Organisation(Input):
    name: ShortLine = describe("who runs the campaign and is responsible for its data")
    contact: Contact = describe("an e-mail address or a URL for questions")


class Links(Input):
    website: WebAddress = describe("the campaign's website")
    donate: OptionalWebAddress = describe("where people donate; empty for none", default="")
    resources: OptionalWebAddress = describe("a page of background texts", default="")


class CampaignFile(Input):
    languages: Annotated[list[KnownLanguage], Field(min_length=1, max_length=40)] = describe(
        "the languages of the texts; the first is used where another is missing"
    )
    time_zone: TimeZone = describe(
        "the zone of times without an offset, such as Europe/Madrid", default="UTC"
    )
    petition: Slug | None = describe("the petition that pages show first", default=None)
    name: Annotated[dict[KnownLanguage, ShortLine], Field(min_length=1)] = describe(
        "the name of the campaign in each language"
    )
    organisation: Organisation | None = describe("who runs the campaign", default=None)
    links: Links = describe("links of the campaign")


# ------------------------------------------------------------------ petitions/SLUG.toml


class PetitionText(Input):
    title: Title = describe("the demand, in a line")
    summary: Summary = describe("one or two sentences, for previews")
    text: Text = describe("the whole petition; an empty line begins a paragraph")
    target: Title = describe("to whom it is addressed")


class PetitionFile(Input):
    opens: DateTime = describe("from when people can sign")
    closes: DateTime | None = describe(
        "from when nobody can sign any more; without it, the petition stays open", default=None
    )
    time_zone: TimeZone | None = describe(
        "the zone of these two times, if it is not the campaign's", default=None
    )
    goal: Count = describe("how many signatures you aim at")
    milestones: Annotated[list[Count], Field(max_length=20)] = describe(
        "numbers on the way to the goal, in ascending order", default=[]
    )
    texts: Annotated[dict[KnownLanguage, PetitionText], Field(min_length=1)] = describe(
        "the texts in each language"
    )


# ------------------------------------------------------------------ events.toml


class PlaceEntry(Input):
    name: ShortLine | None = describe("the name of the building or square", default=None)
    address: ShortLine | None = describe("street and number", default=None)
    locality: ShortLine = describe("the town")
    region: ShortLine | None = describe("the state or region", default=None)
    country: Country = describe("two capital letters, as in ISO 3166-1")
    latitude: Latitude = describe("in degrees, such as 40.4168")
    longitude: Longitude = describe("in degrees, such as -3.7038")
    private: Flag = describe(
        "`true` for somebody's home: the public sees its area, and staff accept each guest",
        default=False,
    )


class EventEntry(Input):
    id: Annotated[str, Field(pattern=EVENT_ID, max_length=MAX_EVENT_ID_LENGTH)] = describe(
        "two or more words joined by hyphens, such as oslo-vigil-2026; in URLs after evt_"
    )
    kind: Kind = describe("what happens")
    lang: KnownLanguage = describe("the language of the title and the description")
    languages: Annotated[list[KnownLanguage], Field(min_length=1, max_length=10)] | None = describe(
        "the languages that are spoken there", default=None
    )
    title: ShortLine = describe("the title")
    description: Annotated[Paragraphs, NOT_BLANK, Field(min_length=1, max_length=5000)] = describe(
        "what people should know; an empty line begins a paragraph"
    )
    starts: DateTime = describe("when it starts, in the event's zone")
    ends: DateTime | None = describe("when it ends", default=None)
    time_zone: TimeZone | None = describe("the event's zone, if not the campaign's", default=None)
    host: Annotated[Line, Field(min_length=1, max_length=100)] = describe("who invites")
    capacity: Capacity | None = describe(
        "how many people can come; no limit without it", default=None
    )
    url: WebAddress | None = describe(
        "a page about it; for an online event, where to join", default=None
    )
    place: PlaceEntry | None = describe(
        "where it is; an event without a place is online", default=None
    )


class EventsFile(Input):
    events: Annotated[list[EventEntry], Field(max_length=5000)] = describe(
        "the organisation's own events", default=[]
    )


# ------------------------------------------------------------------ posters.toml


class PosterText(Input):
    title: Title = describe("the title")
    description: Text = describe("what it shows and how it was made")
    alternative_text: Text = describe("the image in words, for people who do not see it")


class Price(Input):
    amount: Annotated[Whole, Field(ge=0, le=100_000_000)] = describe(
        "in minor units: 2500 is 25.00 USD"
    )
    currency: Currency = describe("as in ISO 4217")


class EditionEntry(Input):
    id: Slug = describe("its name in URLs and orders")
    kind: Literal["open", "limited"] = describe("as many as people want, or numbered prints")
    size: Annotated[Line, Field(min_length=1, max_length=60)] = describe("such as 50 × 70 cm")
    price: Price = describe("the price of a print")
    run: Annotated[Whole, Field(ge=1, le=10_000)] | None = describe(
        "how many prints a limited edition has", default=None
    )
    title: Texts = describe("its name in each language")


class FileEntry(Input):
    name: Annotated[str, Field(pattern=FILE_NAME, max_length=100)] = describe(
        "a file in the folder `posters`: svg, png, jpg, webp or pdf"
    )
    purpose: Literal["print", "preview"] = describe(
        "`print` is for downloads, `preview` is shown on pages"
    )
    width: Annotated[Whole, Field(ge=1, le=100_000)] = describe(
        "in pixels, or in any unit for print"
    )
    height: Annotated[Whole, Field(ge=1, le=100_000)] = describe("in the same unit")


class PosterEntry(Input):
    slug: Slug = describe("its name in URLs")
    artist: ShortLine = describe("who made it")
    year: Annotated[Whole, Field(ge=1900, le=2100)] = describe("the year of the campaign it is for")
    state: Literal["on_sale", "sold_out"] = describe(
        "`sold_out` ends the sale of all editions", default="on_sale"
    )
    texts: Annotated[dict[KnownLanguage, PosterText], Field(min_length=1)] = describe(
        "the texts in each language"
    )
    editions: list[EditionEntry] = describe("what can be ordered", default=[])
    files: list[FileEntry] = describe("the artwork", default=[])


class PostersFile(Input):
    posters: list[PosterEntry] = describe("the posters", default=[])


# ------------------------------------------------------------------ share_kit.toml, resources.toml


class Message(Input):
    id: Slug = describe("its name; the same message has the same name in each language")
    text: Annotated[Line, Field(min_length=1, max_length=500)] = describe("what people post")


class ShareKitText(Input):
    hashtags: Annotated[list[Annotated[str, Field(pattern=HASHTAG)]], Field(max_length=10)] = (
        describe("without #", default=[])
    )
    messages: Annotated[list[Message], Field(max_length=50)] = describe("messages to post")


class ShareKitFile(Input):
    at: Annotated[str, Field(pattern=STORM)] = describe(
        "when everybody posts, each year: month, day and time in UTC, such as 12-18 17:00"
    )
    url: WebAddress = describe("the link in the messages")
    texts: Annotated[dict[KnownLanguage, ShareKitText], Field(min_length=1)] = describe(
        "the texts in each language"
    )


class ResourceText(Input):
    title: Title = describe("the title")
    summary: Summary = describe("a sentence for lists")
    body: Text = describe("the text; an empty line begins a paragraph")


class ResourceEntry(Input):
    slug: Slug = describe("its name in URLs")
    kind: Literal["background", "convention", "tip_sheet"] = describe("what it is")
    url: WebAddress | None = describe("the same text elsewhere", default=None)
    texts: Annotated[dict[KnownLanguage, ResourceText], Field(min_length=1)] = describe(
        "the texts in each language"
    )


class ResourcesFile(Input):
    resources: list[ResourceEntry] = describe("background texts and tip sheets", default=[])


FILES: dict[str, type[Input]] = {
    "campaign.toml": CampaignFile,
    "petitions/SLUG.toml": PetitionFile,
    "events.toml": EventsFile,
    "posters.toml": PostersFile,
    "share_kit.toml": ShareKitFile,
    "resources.toml": ResourcesFile,
}

"""The options to select events, shared by the map, the list and the calendar."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlencode

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from imd_locale.countries import COUNTRIES
from imd_sdk.models import Event
from imd_widgets.geography import cities
from imd_widgets.geography.circle import Circle
from imd_widgets.widget.options import N_, OptionError, Options, define_option

Filters: TypeAlias = dict[str, Any]
FilterKey: TypeAlias = tuple[tuple[str, Any], ...]

MAX_PAGES = 40_000
RADIUS = 50
MAX_RADIUS = 20038
POLE, TURN = 90, 180

UNKNOWN_CITY = N_(
    "The city “%(given)s” was not found. Enter a larger city nearby, or latitude and longitude, "
    "such as -1.29,36.82."
)
DID_YOU_MEAN = N_("The city “%(given)s” was not found. Did you mean %(like)s?")
ONLINE_AND_NEAR = N_("Online events are not near a city. Use only one of these two options.")


def _split_words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",")) if text else ()


def _check_countries(text: str) -> str:
    codes = _split_words(text.upper())
    if not COUNTRIES.issuperset(codes):
        raise ValueError
    return ",".join(codes)


def _check_languages(text: str) -> str:
    tags = _split_words(text)
    if not all(tag.replace("-", "").isalnum() and tag.isascii() for tag in tags):
        raise ValueError
    return ",".join(tags)


def _parse_day(text: object) -> object:
    return date.fromisoformat(text) if isinstance(text, str) and text else text or None


def _parse_radius(text: object) -> object:
    return text or RADIUS


def _check_near(text: str) -> str:
    text = text.strip()
    if not text or _parse_point(text) or cities.find(text):
        return text
    like = cities.find_similar(text)
    if like is None:
        raise OptionError(UNKNOWN_CITY, given=text)
    raise OptionError(DID_YOU_MEAN, given=text, like=f"{like.own},{like.country}")


def _check_online(online: str, info: ValidationInfo) -> str:
    if online == "only" and info.data.get("near"):
        raise OptionError(ONLINE_AND_NEAR)
    return online


def _parse_point(text: str) -> tuple[float, float] | None:
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError:
        return None
    return (lat, lon) if abs(lat) <= POLE and abs(lon) <= TURN else None


Countries = Annotated[str, AfterValidator(_check_countries)]
LanguageTags = Annotated[str, AfterValidator(_check_languages)]
Day = Annotated[date | None, BeforeValidator(_parse_day)]
Online = Annotated[Literal["show", "only", "hide"], AfterValidator(_check_online)]
Near = Annotated[str, AfterValidator(_check_near)]
Radius = Annotated[int, Field(ge=1, le=MAX_RADIUS), BeforeValidator(_parse_radius)]


class EventOptions(Options):
    near: Near = define_option(
        "",
        title=N_("Near a city"),
        help=N_("Only events near a city such as Nairobi or Lagos,NG, or near 6.45,3.39."),
        error=UNKNOWN_CITY,
    )
    radius_km: Radius = define_option(
        RADIUS,
        title=N_("Distance in kilometres"),
        help=N_("How far from that city, from 1 to 20038 kilometres."),
        error=N_("The distance in kilometres must be a whole number from 1 to 20038."),
    )
    kind: Literal[
        "all",
        "action",
        "gathering",
        "vigil",
        "potluck",
        "rally",
        "march",
        "press",
        "online",
        "other",
    ] = define_option(
        "all",
        title=N_("Kind of event"),
        help=N_("Only events of this kind."),
        error=N_("The kind of event must be one of: %(choices)s."),
    )
    country: Countries = define_option(
        "",
        title=N_("Country"),
        help=N_("Only events in these countries: codes such as MX or ES,PT."),
        error=N_("A country must be a two-letter code, such as MX. Separate several with commas."),
    )
    language: LanguageTags = define_option(
        "",
        title=N_("Language of the events"),
        help=N_("Only events held in these languages: codes such as es or ar,fr."),
        error=N_("An event language must be a code such as es. Separate several with commas."),
    )
    since: Day = define_option(
        None,
        title=N_("First day"),
        help=N_("Only events on or after this day, such as 2026-12-18."),
        error=N_("The first day must be a date such as 2026-12-18."),
    )
    until: Day = define_option(
        None,
        title=N_("Last day"),
        help=N_("Only events on or before this day, such as 2026-12-18."),
        error=N_("The last day must be a date such as 2026-12-18."),
    )
    online: Online = define_option(
        "show",
        title=N_("Online events"),
        help=N_("Whether to include online events, or to show only those."),
        error=N_("Online events must be one of: %(choices)s."),
    )
    page: int = Field(
        default=1,
        ge=1,
        le=MAX_PAGES,
        json_schema_extra={"error": N_("The page number must be 1 or more.")},
    )

    def matches(self, event: Event) -> bool:
        return all(
            (
                self.kind in ("all", event.kind),
                self.online == "show" or event.online == (self.online == "only"),
                not self.country or get_country(event) in self.country.split(","),
                not self.language
                or not self._languages.isdisjoint(map(_get_primary_subtag, event.languages)),
                self.since is None or event.starts_at.date() >= self.since,
                self.until is None or event.starts_at.date() <= self.until,
                self.circle is None or self._is_within(self.circle, event),
            )
        )

    @cached_property
    def circle(self) -> Circle | None:
        if not self.near:
            return None
        if point := _parse_point(self.near):
            return Circle(self.near, *point, self.radius_km, is_from_geonames=False)
        city = cities.find(self.near)
        return city and Circle(city.name, city.lat, city.lon, self.radius_km, is_from_geonames=True)

    def make_query(self, **changed: object) -> str:
        """Make the query of this widget with some options changed."""
        changed = {name: value for name, value in changed.items() if value != 1}
        return "?" + urlencode({**self._chosen, **changed}, safe=",")

    @cached_property
    def _chosen(self) -> Mapping[str, object]:
        return self.model_dump(mode="json", exclude_defaults=True, exclude={"page"})

    @property
    def query_without_filters(self) -> str:
        """The query of this widget without filters."""
        values = self.model_dump(exclude_defaults=True, include=set(Options.model_fields))
        return "?" + urlencode(values)

    @cached_property
    def _languages(self) -> frozenset[str]:
        return frozenset(map(_get_primary_subtag, self.language.split(",")))

    def _is_within(self, circle: Circle, event: Event) -> bool:
        place = event.place
        if place is None:
            return False
        return circle.distance_km(place.latitude, place.longitude) <= circle.radius_km


def make_filters(options: EventOptions) -> Filters:
    """Make the SDK's filters from the options, except for the place."""
    chosen = {
        "from_": options.since,
        "to": options.until,
        "kind": None if options.kind == "all" else (options.kind,),
        "country": tuple(options.country.split(",")) if options.country else None,
        "language": tuple(options.language.split(",")) if options.language else None,
        "online": None if options.online == "show" else options.online == "only",
    }
    return {name: value for name, value in chosen.items() if value is not None}


def make_circle_filter(circle: Circle) -> Filters:
    return {"near": (circle.lat, circle.lon), "radius_km": circle.radius_km}


def make_cache_key(filters: Filters) -> FilterKey:
    return tuple(sorted(filters.items()))


def get_country(event: Event) -> str | None:
    return event.place.country if event.place else None


def _get_primary_subtag(tag: str) -> str:
    return tag.partition("-")[0].lower()

"""The query parameters of `GET /v1/events`, its exports and its clusters."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Query
from pydantic import BeforeValidator, Field, WithJsonSchema

from imd_campaign.errors import FieldError, InvalidParameter
from imd_campaign.events.clusters import MAX_ZOOM
from imd_campaign.events.filters import Filters
from imd_campaign.events.geography import HALF_EARTH_KM, Box, Circle, Point
from imd_campaign.events.schemas import Kind
from imd_campaign.events.search_text import split_words
from imd_campaign.field_types import Country, Language

DEFAULT_RADIUS_KM = 50.0
DEFAULT_ATOM_LIMIT, MAX_ATOM_LIMIT = 100, 1000
NUMBER = re.compile(r"[+-]?\d{1,3}(\.\d{1,20})?([eE][+-]?\d{1,2})?")
OUTSIDE = "must have latitudes between -90 and 90 and longitudes between -180 and 180."
# The same in JSON Schema. A number may be written as 9.5e-05, as many languages do.
DECIMALS = r"(\.[0-9]{1,20})?([eE]-[0-9]{1,2})?"
LATITUDE = rf"[+-]?(0?[0-9]|[1-8][0-9]){DECIMALS}|[+-]?90(\.0{{1,20}})?"
LONGITUDE = rf"[+-]?(0{{0,2}}[0-9]|0?[1-9][0-9]|1[0-7][0-9]){DECIMALS}|[+-]?180(\.0{{1,20}})?"
COORDINATES = {"latitude": LATITUDE, "longitude": LONGITUDE}
POINT = ("latitude", "longitude")
BOX = ("longitude", "latitude", "longitude", "latitude")
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _require_iso_day(value: Any) -> Any:
    if not isinstance(value, str) or not ISO_DAY.fullmatch(value):
        raise ValueError("must be a date, such as 2026-12-18.")
    return value


def _parse_boolean(value: Any) -> bool:
    if value not in {"true", "false"}:
        raise ValueError("must be true or false.")
    return bool(value == "true")


def _make_pattern(layout: Sequence[str]) -> str:
    return "^" + ",".join(f" *({COORDINATES[name]}) *" for name in layout) + "$"


def _make_schema(layout: Sequence[str]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": _make_pattern(layout)})


Day = Annotated[
    date, BeforeValidator(_require_iso_day), WithJsonSchema({"type": "string", "format": "date"})
]
Boolean = Annotated[bool, BeforeValidator(_parse_boolean), WithJsonSchema({"type": "boolean"})]
Radius = Annotated[float, Field(ge=1, le=HALF_EARTH_KM, allow_inf_nan=False)]
VALUE_LIMIT = Field(max_length=20)


def parse_filters(
    *,
    bbox: Annotated[
        Annotated[str, _make_schema(BOX)] | None,
        Query(
            description="`west,south,east,north` in degrees, south ≤ north; west > east across "
            "the antimeridian"
        ),
    ] = None,
    from_: Annotated[
        Day | None, Query(alias="from", description="First day, in each event's own time zone")
    ] = None,
    to: Annotated[Day | None, Query(description="Last day, in each event's own time zone")] = None,
    kind: Annotated[list[Kind] | None, VALUE_LIMIT, Query(description="Any of these")] = None,
    language: Annotated[
        list[Language] | None, VALUE_LIMIT, Query(description="Any of these")
    ] = None,
    country: Annotated[list[Country] | None, VALUE_LIMIT, Query(description="Any of these")] = None,
    online: Annotated[
        Boolean | None, Query(description="Only online events, or none of them")
    ] = None,
    q: Annotated[
        str | None,
        Query(max_length=200, description="Words in title, description, locality, host"),
    ] = None,
) -> Filters:
    if from_ and to and to < from_:
        raise _make_error("to", "must not be before from.")
    return Filters(
        box=None if bbox is None else _parse_box(bbox),
        first=from_,
        last=to,
        kinds=tuple(kind or ()),
        languages=tuple(language or ()),
        countries=tuple(country or ()),
        online=online,
        words=tuple(split_words(q or "")),
    )


def parse_filters_with_circle(
    filters: Annotated[Filters, Depends(parse_filters)],
    near: Annotated[
        Annotated[str, _make_schema(POINT)] | None,
        Query(description="`latitude,longitude` in degrees"),
    ] = None,
    radius_km: Annotated[
        Radius | None, Query(description=f"Around near; {DEFAULT_RADIUS_KM:.0f} if left out")
    ] = None,
) -> Filters:
    if near is None and radius_km is not None:
        raise _make_error("radius_km", "can only be used together with near.")
    if near is None:
        return filters
    return replace(filters, circle=Circle(_parse_point(near), radius_km or DEFAULT_RADIUS_KM))


def _parse_box(text: str) -> Box:
    box = Box(*_parse_numbers("bbox", text, "west,south,east,north"))
    if not (_is_on_earth(Point(box.south, box.west)) and _is_on_earth(Point(box.north, box.east))):
        raise _make_error("bbox", OUTSIDE)
    if box.south > box.north:
        raise _make_error("bbox", "has a south edge that lies north of its north edge.")
    return box


def _parse_point(text: str) -> Point:
    point = Point(*_parse_numbers("near", text, "latitude,longitude"))
    if not _is_on_earth(point):
        raise _make_error("near", OUTSIDE)
    return point


def _is_on_earth(point: Point) -> bool:
    return abs(point.latitude) <= 90 and abs(point.longitude) <= 180  # noqa: PLR2004 degrees


def _parse_numbers(field: str, text: str, layout: str) -> list[float]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != len(layout.split(",")) or not all(map(NUMBER.fullmatch, parts)):
        raise _make_error(field, f"must be {layout}, in degrees.")
    return [float(part) for part in parts]


def _make_error(field: str, message: str) -> InvalidParameter:
    return InvalidParameter(FieldError("query", field, message))


EventFilters: TypeAlias = Annotated[Filters, Depends(parse_filters_with_circle)]
MapFilters: TypeAlias = Annotated[Filters, Depends(parse_filters)]
FeedLimit = Annotated[
    int | None, Query(ge=1, le=1_000_000, description="At most this many events; all if left out")
]
AtomLimit = Annotated[int, Query(ge=1, le=MAX_ATOM_LIMIT, description="At most this many events")]
Zoom = Annotated[int, Query(ge=0, le=MAX_ZOOM, description="0 is the world, 12 a street")]

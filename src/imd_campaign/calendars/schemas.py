"""What staff enter about a calendar, checked like the fields of an event."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from imd_campaign.events.schemas import Latitude, Longitude, ShortLine, TimeZone
from imd_campaign.field_types import Country, Input, Language, Line

POINT_NEEDED = "needs LATITUDE,LONGITUDE, such as -1.29,36.82"


class InvalidSettings(ValueError):  # noqa: N818 - what is wrong, for the field
    """What is wrong with each field; that of the latitude and the longitude is `point`."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__()
        self.problems = problems


class CalendarSettings(Input):
    name: Annotated[Line, Field(min_length=1, max_length=100)]
    locality: ShortLine
    country: Country
    latitude: Latitude
    longitude: Longitude
    time_zone: TimeZone
    lang: Language


def read_settings(*, point: str, **values: str) -> Mapping[str, Any]:
    """Return the checked settings; raise InvalidSettings with all that is wrong."""
    latitude, _, longitude = point.partition(",")
    place = {"latitude": _read_number(latitude), "longitude": _read_number(longitude)}
    try:
        return CalendarSettings.model_validate({**values, **place}).model_dump()
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        raise InvalidSettings(dict(map(_describe, problems))) from None


def _read_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _describe(problem: ErrorDetails) -> tuple[str, str]:
    field = str(problem["loc"][0])
    if field in ("latitude", "longitude"):
        return "point", POINT_NEEDED
    return field, problem["msg"].removeprefix("Value error, ")

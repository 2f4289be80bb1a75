"""What staff enter about a calendar, checked like the fields of an event."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from imd_campaign.events.schemas import Latitude, Longitude, ShortLine, TimeZone
from imd_campaign.field_types import Country, Input, Language, Line

OPTIONS = {
    "name": "--group",
    "time_zone": "--time-zone",
    "latitude": "--near",
    "longitude": "--near",
}


class CalendarSettings(Input):
    name: Annotated[Line, Field(min_length=1, max_length=100)]
    locality: ShortLine
    country: Country
    latitude: Latitude
    longitude: Longitude
    time_zone: TimeZone
    lang: Language


def read_settings(*, point: str, **values: str) -> Mapping[str, Any]:
    """Return the checked settings; raise a ValueError that names the option."""
    latitude, _, longitude = point.partition(",")
    try:
        place = {"latitude": float(latitude), "longitude": float(longitude)}
    except ValueError:
        raise ValueError("--near needs LATITUDE,LONGITUDE, such as -1.29,36.82") from None
    try:
        return CalendarSettings.model_validate({**values, **place}).model_dump()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = str(first["loc"][0])
        message = str(first["msg"]).removeprefix("Value error, ")
        raise ValueError(f"{OPTIONS.get(field, f'--{field}')} {message}") from None

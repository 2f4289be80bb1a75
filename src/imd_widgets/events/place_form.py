"""The place of an event in a form: where it is on the map, also if no coordinates are entered."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from imd_sdk.models import NewPlace, Place
from imd_widgets.events.options import DID_YOU_MEAN, UNKNOWN_CITY
from imd_widgets.geography import cities
from imd_widgets.languages import Language
from imd_widgets.pages.forms import FieldError

TEXTS = ("name", "address", "locality", "region", "country")
ADDRESS = ("address", "locality", "region", "country")
TOWN = ("locality", "region", "country")
DEGREES = ("latitude", "longitude")
NOWHERE = 1000.0
"""What the campaign rejects as a number of degrees."""

Values = Mapping[str, str]


class Point(NamedTuple):
    latitude: float
    longitude: float


def fill_in_place(place: Place) -> dict[str, str]:
    return {name: getattr(place, name) or "" for name in TEXTS}


def read_place(values: Values, known: Sequence[Place]) -> NewPlace:
    """Read a place; `known` are places whose point is used if the address is theirs."""
    point = _find_point(values, known) or Point(NOWHERE, NOWHERE)
    return {
        "name": values.get("name") or None,
        "address": values.get("address") or None,
        "locality": values.get("locality", ""),
        "region": values.get("region") or None,
        "country": values.get("country", ""),
        "latitude": point.latitude,
        "longitude": point.longitude,
    }


def explain_unknown_town(
    values: Values, errors: Sequence[FieldError], language: Language
) -> tuple[FieldError, ...]:
    """Ask for a larger town if nobody entered coordinates and the town was not found."""
    others = tuple(error for error in errors if error.field not in DEGREES)
    if _has_degrees(values) or len(others) == len(errors):
        return tuple(errors)
    return (*others, FieldError("nearby", _describe_unknown_town(values, language)))


def _describe_unknown_town(values: Values, language: Language) -> str:
    nearby = values.get("nearby", "")
    given = nearby or values.get("locality", "")
    like = cities.find_similar(_in_country(nearby, values)) if nearby else None
    if like is None:
        return language.gettext(UNKNOWN_CITY, given=given)
    return language.gettext(DID_YOU_MEAN, given=given, like=like.own)


def _find_point(values: Values, known: Sequence[Place]) -> Point | None:
    if _has_degrees(values):
        return Point(*(_parse_degrees(values.get(name, "")) for name in DEGREES))
    if values.get("nearby"):
        return _find_city(values["nearby"], values)
    return (
        _find_known(values, known, ADDRESS)
        or _find_city(values.get("locality", ""), values)
        or _find_known(values, known, TOWN)
    )


def _has_degrees(values: Values) -> bool:
    return any(values.get(name) for name in DEGREES)


def _find_known(values: Values, known: Sequence[Place], parts: Sequence[str]) -> Point | None:
    entered = [values.get(part, "") for part in parts]
    same = (place for place in known if [getattr(place, part) or "" for part in parts] == entered)
    place = next(same, None)
    return Point(place.latitude, place.longitude) if place else None


def _find_city(name: str, values: Values) -> Point | None:
    city = cities.find(_in_country(name, values))
    return Point(city.lat, city.lon) if city else None


def _in_country(name: str, values: Values) -> str:
    return f"{name},{values.get('country', '')}"


def _parse_degrees(written: str) -> float:
    try:
        degrees = float(written.replace(",", "."))
    except ValueError:
        return NOWHERE
    return degrees if abs(degrees) < NOWHERE else NOWHERE

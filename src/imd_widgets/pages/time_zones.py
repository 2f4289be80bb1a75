"""The time zones of a form, sorted by country and city in a language."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global

from imd_locale.collation import sort_key
from imd_locale.countries import COUNTRIES
from imd_widgets.languages import Language


def list_time_zones(language: Language, current: str) -> list[tuple[str, str]]:
    """Return names and titles; the current zone keeps its name, also if it is a former one."""
    canonical = get_global("zone_aliases").get(current, current)
    choices = list(_list_canonical(language))
    titles = dict(choices)
    if canonical not in titles:
        return [(current, language.city(ZoneInfo(current))), *choices]
    return [(current if name == canonical else name, title) for name, title in choices]


@cache
def _list_canonical(language: Language) -> tuple[tuple[str, str], ...]:
    known = available_timezones()
    zones = (
        (name, f"{language.territory(country)} · {language.city(ZoneInfo(name))}")
        for name, country in get_global("zone_territories").items()
        if name in known and country in COUNTRIES
    )
    return tuple(sorted(zones, key=lambda zone: sort_key(zone[1], language.tag)))

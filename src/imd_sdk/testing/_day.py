"""The day itself in memory: its numbers, its share kit and its resources."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from imd_sdk.testing._problems import Refusal, not_found
from imd_sdk.testing._state import Resource, chosen

if TYPE_CHECKING:
    from imd_sdk.testing._state import State, Wire
    from imd_sdk.testing._web import Ask


def health(_: State, __: Ask) -> Any:
    return {"status": "ok"}


def campaign(state: State, ask: Ask) -> Any:
    if not state.names:
        raise Refusal("not-found", detail="The campaign has not been set up yet.")
    language, year = chosen(state.names, ask.query.lang), state.now().year
    day = date(year, 12, 18)
    return {
        "name": state.names[language],
        "lang": language,
        "languages": list(state.names),
        "day": day.isoformat(),
        "year": year,
        "anniversary": year - 1990,
        "observance": year - 2000,
        "begins_at": f"{day}T00:00:00+14:00",
        "ends_at": f"{day + timedelta(days=1)}T00:00:00-12:00",
        "petition": state.petition,
        "links": state.links,
    }


def share_kit(state: State, ask: Ask) -> Any:
    if not state.share_kit:
        raise not_found()
    language = chosen(state.share_kit, ask.query.lang)
    return {
        "lang": language,
        "languages": list(state.share_kit),
        "storm_at": f"{state.now().year}-{state.storm}",
        "url": state.share_url,
        **state.share_kit[language],
    }


def resources(state: State, ask: Ask) -> Any:
    rows = [((slug,), resource) for slug, resource in state.resources.items()]
    return ask.page(rows, lambda resource: _resource(resource, ask.query.lang))


def resource(state: State, ask: Ask) -> Any:
    found = state.resources.get(ask.parts["slug"])
    if found is None:
        raise not_found()
    return _resource(found, ask.query.lang)


def _resource(found: Resource, lang: str | None) -> Wire:
    language = chosen(found.texts, lang)
    return {
        "slug": found.slug,
        "kind": found.kind,
        "lang": language,
        "languages": list(found.texts),
        **found.texts[language],
        "url": found.url,
    }

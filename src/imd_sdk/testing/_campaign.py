"""The campaign, its share kit and its resources."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from imd_sdk.testing._problems import Rejection, find, not_found
from imd_sdk.testing._state import choose_language, pick_texts

if TYPE_CHECKING:
    from imd_sdk.testing._requests import EndpointRequest
    from imd_sdk.testing._state import Resource, State, Wire


def health(_: State, __: EndpointRequest) -> Any:
    return {"status": "ok"}


def campaign(state: State, request: EndpointRequest) -> Any:
    if not state.names:
        raise Rejection("not-found", detail="The campaign has not been set up yet.")
    language, year = choose_language(state.names, request.query.lang), state.now().year
    day = date(year, 12, 18)
    return {
        "name": state.names[language],
        "lang": language,
        "languages": list(state.names),
        "day": day.isoformat(),
        "year": year,
        "convention_turns": year - 1990,
        "day_turns": year - 2000,
        "begins_at": f"{day}T00:00:00+14:00",
        "ends_at": f"{day + timedelta(days=1)}T00:00:00-12:00",
        "petition": state.petition,
        "organisation": state.organisation,
        "links": state.links,
    }


def challenge(_: State, __: EndpointRequest) -> Any:
    """No proof of work is needed: nothing is busy."""
    return {"challenge": None}


def share_kit(state: State, request: EndpointRequest) -> Any:
    if not state.share_kit:
        raise not_found()
    return {
        "storm_at": f"{state.now().year}-{state.storm}",
        "url": state.share_url,
        **pick_texts(state.share_kit, request.query.lang),
    }


def resources(state: State, request: EndpointRequest) -> Any:
    rows = [((slug,), resource) for slug, resource in state.resources.items()]
    return request.page(rows, lambda resource: _resource(resource, request.query.lang))


def resource(state: State, request: EndpointRequest) -> Any:
    return _resource(find(state.resources, request.path_params["slug"]), request.query.lang)


def _resource(found: Resource, lang: str | None) -> Wire:
    return {
        "slug": found.slug,
        "kind": found.kind,
        "url": found.url,
        **pick_texts(found.texts, lang),
    }

"""Petitions: texts, counts, signers and signatures."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from imd_sdk.testing._problems import Rejection, find
from imd_sdk.testing._state import format_time, pick_texts

if TYPE_CHECKING:
    from imd_sdk.testing._requests import EndpointRequest
    from imd_sdk.testing._state import Petition, Signature, State, Wire

COUNT_WINDOW, STEP = 30, 10


def petitions(state: State, request: EndpointRequest) -> Any:
    rows = [((slug,), petition) for slug, petition in state.petitions.items()]
    return request.page(rows, lambda petition: _petition(state, petition, request.query.lang))


def petition(state: State, request: EndpointRequest) -> Any:
    return _petition(state, _find_petition(state, request), request.query.lang)


def _petition(state: State, petition: Petition, lang: str | None) -> Wire:
    return {
        "slug": petition.slug,
        **pick_texts(petition.texts, lang),
        "goal": petition.goal,
        "milestones": petition.milestones,
        "opens_at": format_time(petition.opens_at),
        "closes_at": format_time(petition.closes_at),
        "state": petition_state(state, petition),
        "attested": _attested(state, petition.slug),
    }


def _attested(state: State, slug: str) -> list[Wire]:
    counts = [(partner.attested.get(slug, 0), partner) for partner in state.partners.values()]
    counts.sort(key=lambda counted: (-counted[0], counted[1].source))
    return [{"partner": partner.name, "count": count} for count, partner in counts if count]


def _find_petition(state: State, request: EndpointRequest) -> Petition:
    return find(state.petitions, request.path_params["slug"])


def petition_state(state: State, petition: Petition) -> str:
    if state.now() < petition.opens_at:
        return "upcoming"
    if petition.closes_at is not None and state.now() >= petition.closes_at:
        return "closed"
    return "open"


def count(state: State, request: EndpointRequest) -> Any:
    petition = _counted(state, request)
    return {
        "petition": petition.slug,
        "total": sum(petition.counts.values()),
        "goal": petition.goal,
        "as_of": format_time(petition.counted_at),
        "poll_after": COUNT_WINDOW,
    }


def _counted(state: State, request: EndpointRequest) -> Petition:
    """Counted once a window, for all."""
    petition, now = _find_petition(state, request), state.now()
    before = now - timedelta(seconds=COUNT_WINDOW)
    if petition.counted_at is None or petition.counted_at <= before:
        countries = (signature.chosen["country"] for signature in petition.signatures.values())
        petition.counts = dict(Counter(countries))
        petition.counted_at = now
    return petition


def places(state: State, request: EndpointRequest) -> Any:
    counts = _counted(state, request).counts
    rows = [((country,), country) for country in counts if counts[country] >= STEP]
    return request.page(rows, lambda at: {"country": at, "count": counts[at] // STEP * STEP})


def signers(state: State, request: EndpointRequest) -> Any:
    petition = _find_petition(state, request)
    rows = [
        ((-signature.confirmed_at.timestamp(), -place), signature)
        for place, signature in enumerate(petition.signatures.values())
        if signature.confirmed_at and signature.chosen["public"]
    ]
    return request.page(rows, _signer)


def _signer(signature: Signature) -> Wire:
    confirmed_at = signature.confirmed_at
    return {
        "name": signature.name,
        "country": signature.chosen["country"],
        "date": confirmed_at.date().isoformat() if confirmed_at else None,
    }


def signatures(state: State, request: EndpointRequest) -> Any:
    petition = _find_petition(state, request)
    rows = [((place,), signature) for place, signature in enumerate(petition.signatures.values())]
    return request.page(rows, _signature)


def _signature(signature: Signature) -> Wire:
    return {
        "id": signature.id,
        **signature.chosen,
        "confirmed_at": format_time(signature.confirmed_at),
        "line": signature.line,
        "sealed": base64.b64encode(hashlib.sha512(signature.id.encode()).digest()).decode(),
    }


def find_open(state: State, slug: str) -> Petition:
    petition = find(state.petitions, slug)
    if petition_state(state, petition) != "open":
        raise Rejection("petition-closed")
    return petition

"""Petitions: counts, signing and confirmation. A response never depends on earlier signatures."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from imd_sdk.testing._problems import Rejection, find
from imd_sdk.testing._state import (
    Confirmation,
    Petition,
    Signature,
    choose_language,
    format_time,
    mailbox,
    pick_texts,
)
from imd_sdk.testing.records import Email

if TYPE_CHECKING:
    from imd_sdk.testing._requests import EndpointRequest
    from imd_sdk.testing._schemas import SignatureForm
    from imd_sdk.testing._state import State, Wire

TOKEN_LIFETIME = timedelta(days=7)
EMAIL_INTERVAL, MAX_EMAILS = timedelta(hours=1), 5
COUNT_WINDOW, STEP = 30, 10
SENT_DETAIL = (
    "We have sent you an e-mail. The signature counts once you have confirmed it with the link "
    "in it."
)


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
    }


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
        confirmed = [s for s in petition.signatures if s.state == "confirmed"]
        petition.counts = dict(Counter(s.chosen["country"] for s in confirmed))
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
        for place, signature in enumerate(petition.signatures)
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
    rows = [((place,), signature) for place, signature in enumerate(petition.signatures)]
    return request.page(rows, _signature)


def _signature(signature: Signature) -> Wire:
    return {
        "id": signature.id,
        "state": signature.state,
        **signature.chosen,
        "created_at": format_time(signature.created_at),
        "confirmed_at": format_time(signature.confirmed_at),
        "sealed": base64.b64encode(hashlib.sha512(signature.id.encode()).digest()).decode(),
    }


def sign(state: State, request: EndpointRequest) -> Any:
    petition, form = _find_petition(state, request), request.form
    if petition_state(state, petition) != "open":
        raise Rejection("petition-closed")
    box = mailbox(form.email)
    known = next((s for s in petition.signatures if s.mailbox == box), None)
    if known is None:
        token = add_signature(state, petition, form)
        state.mail.append(Email("confirm", form.email, petition.slug, token=token))
    elif known.mails < MAX_EMAILS and _is_time_again(state, known):
        _again(state, petition, form, known)
    return {"status": "confirmation_sent", "detail": SENT_DETAIL}


def add_signature(
    state: State, petition: Petition, form: SignatureForm, token: str | None = None
) -> str:
    """Add a signature that waits for confirmation; returns the token that confirms it."""
    box, now = mailbox(form.email), state.now()
    signature = Signature(state.new("sig_"), box, form.name, form.email, now, _choices(form))
    signature.mailed_at = now
    petition.signatures.append(signature)
    return _add_link(state, petition, form, signature, token)


def _is_time_again(state: State, known: Signature) -> bool:
    return known.mailed_at is None or state.now() - known.mailed_at >= EMAIL_INTERVAL


def _again(state: State, petition: Petition, form: SignatureForm, known: Signature) -> None:
    known.mails += 1
    known.mailed_at = state.now()
    if known.state == "pending":
        token = _add_link(state, petition, form, known)
        state.mail.append(Email("confirm", form.email, petition.slug, token=token))
    else:
        state.mail.append(Email("signed", form.email, petition.slug))


def _add_link(
    state: State,
    petition: Petition,
    form: SignatureForm,
    signature: Signature,
    token: str | None = None,
) -> str:
    token = token or state.new("")
    expires_at = state.now() + TOKEN_LIFETIME
    state.confirmations[token] = Confirmation(
        petition, signature, form.name, form.email, _choices(form), expires_at
    )
    return token


def _choices(form: SignatureForm) -> Wire:
    return form.model_dump(exclude={"name", "email"})


def confirmation(state: State, request: EndpointRequest) -> Any:
    return _as_it_stands(_confirmable(state, request.path_params["token"]))


def confirm(state: State, request: EndpointRequest) -> Any:
    return confirm_token(state, request.path_params["token"])


def confirm_token(state: State, token: str) -> Wire:
    link = _confirmable(state, token)
    signature = link.signature
    if signature.state == "pending":
        signature.state, signature.confirmed_at = "confirmed", state.now()
        signature.chosen = link.chosen
        signature.name, signature.email = link.name, link.email
    return _as_it_stands(link)


def _confirmable(state: State, token: str) -> Confirmation:
    link = find(state.confirmations, token)
    if link.signature.state == "pending" and state.now() >= link.expires_at:
        raise Rejection("confirmation-expired")
    return link


def _as_it_stands(link: Confirmation) -> Wire:
    pending = link.signature.state == "pending"
    texts = link.petition.texts
    return {
        "petition": link.petition.slug,
        "title": texts[choose_language(texts, link.signature.chosen["lang"])]["title"],
        "state": link.signature.state,
        "expires_at": format_time(link.expires_at) if pending else None,
    }

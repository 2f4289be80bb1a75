"""The day and its petitions in memory; who signs learns nothing about who signed before."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from imd_sdk.testing._forms import Refusal, not_found
from imd_sdk.testing._state import (
    Confirmation,
    Petition,
    Resource,
    Signature,
    chosen,
    mailbox,
    moment,
)
from imd_sdk.testing.kit import Letter

if TYPE_CHECKING:
    from imd_sdk.testing._forms import Signing
    from imd_sdk.testing._state import State, Wire
    from imd_sdk.testing._web import Ask

CONFIRMABLE = timedelta(days=7)
MAIL_EVERY, MAILS = timedelta(hours=1), 5
COUNT_WINDOW, STEP = 30, 10
MAILED = "A mail is on its way; the signature counts once its link has been confirmed."


def listing(state: State, ask: Ask) -> Any:
    rows = [((slug,), petition) for slug, petition in state.petitions.items()]
    return ask.page(rows, lambda petition: _petition(state, petition, ask.query.lang))


def get(state: State, ask: Ask) -> Any:
    return _petition(state, found(state, ask.parts["slug"]), ask.query.lang)


def _petition(state: State, petition: Petition, lang: str | None) -> Wire:
    language = chosen(petition.texts, lang)
    return {
        "slug": petition.slug,
        "lang": language,
        "languages": list(petition.texts),
        **petition.texts[language],
        "goal": petition.goal,
        "milestones": petition.milestones,
        "opens_at": moment(petition.opens_at),
        "closes_at": moment(petition.closes_at),
        "state": standing(state, petition),
    }


def found(state: State, slug: str) -> Petition:
    if slug not in state.petitions:
        raise not_found()
    return state.petitions[slug]


def standing(state: State, petition: Petition) -> str:
    if state.now() < petition.opens_at:
        return "upcoming"
    if petition.closes_at is not None and state.now() >= petition.closes_at:
        return "closed"
    return "open"


def count(state: State, ask: Ask) -> Any:
    petition = _counted(state, ask.parts["slug"])
    return {
        "petition": petition.slug,
        "total": sum(petition.counts.values()),
        "goal": petition.goal,
        "as_of": moment(petition.counted_at),
        "poll_after": COUNT_WINDOW,
    }


def _counted(state: State, slug: str) -> Petition:
    """Counted once a window, for all."""
    petition, now = found(state, slug), state.now()
    before = now - timedelta(seconds=COUNT_WINDOW)
    if petition.counted_at is None or petition.counted_at <= before:
        confirmed = [s for s in petition.signatures if s.state == "confirmed"]
        petition.counts = dict(Counter(s.chosen["country"] for s in confirmed))
        petition.counted_at = now
    return petition


def places(state: State, ask: Ask) -> Any:
    counts = _counted(state, ask.parts["slug"]).counts
    rows = [((country,), country) for country in counts if counts[country] >= STEP]
    return ask.page(rows, lambda at: {"country": at, "count": counts[at] // STEP * STEP})


def signers(state: State, ask: Ask) -> Any:
    petition = found(state, ask.parts["slug"])
    rows = [
        ((-signature.confirmed_at.timestamp(), -place), signature)
        for place, signature in enumerate(petition.signatures)
        if signature.confirmed_at and signature.chosen["public"]
    ]
    return ask.page(rows, _signer)


def _signer(signature: Signature) -> Wire:
    confirmed_at = signature.confirmed_at
    return {
        "name": signature.name,
        "country": signature.chosen["country"],
        "date": confirmed_at.date().isoformat() if confirmed_at else None,
    }


def signatures(state: State, ask: Ask) -> Any:
    petition = found(state, ask.parts["slug"])
    rows = [((place,), signature) for place, signature in enumerate(petition.signatures)]
    return ask.page(rows, _signature)


def _signature(signature: Signature) -> Wire:
    return {
        "id": signature.id,
        "state": signature.state,
        **signature.chosen,
        "created_at": moment(signature.created_at),
        "confirmed_at": moment(signature.confirmed_at),
        "sealed": base64.b64encode(hashlib.sha512(signature.id.encode()).digest()).decode(),
    }


def sign(state: State, ask: Ask) -> Any:
    petition, form = found(state, ask.parts["slug"]), ask.form
    if standing(state, petition) != "open":
        raise Refusal("petition-closed")
    box = mailbox(form.email)
    known = next((s for s in petition.signatures if s.mailbox == box), None)
    if known is None:
        _first(state, petition, form, box)
    elif known.mails < MAILS and _is_time_again(state, known):
        _again(state, petition, form, known)
    return {"status": "confirmation_sent", "detail": MAILED}


def _first(state: State, petition: Petition, form: Signing, box: str) -> None:
    now = state.now()
    signature = Signature(state.new("sig_"), box, form.name, form.email, now, _choices(form))
    signature.mailed_at = now
    petition.signatures.append(signature)
    _mail_link(state, petition, form, signature)


def _is_time_again(state: State, known: Signature) -> bool:
    return known.mailed_at is None or state.now() - known.mailed_at >= MAIL_EVERY


def _again(state: State, petition: Petition, form: Signing, known: Signature) -> None:
    known.mails += 1
    known.mailed_at = state.now()
    if known.state == "pending":
        _mail_link(state, petition, form, known)
    else:
        state.mail.append(Letter("signed", form.email, petition.slug))


def _mail_link(state: State, petition: Petition, form: Signing, signature: Signature) -> None:
    token = state.new("")
    expires_at = state.now() + CONFIRMABLE
    state.confirmations[token] = Confirmation(
        petition, signature, form.name, form.email, _choices(form), expires_at
    )
    state.mail.append(Letter("confirm", form.email, petition.slug, token=token))


def _choices(form: Signing) -> Wire:
    return form.model_dump(exclude={"name", "email"})


def confirmation(state: State, ask: Ask) -> Any:
    return _as_it_stands(_confirmable(state, ask.parts["token"]))


def confirm(state: State, ask: Ask) -> Any:
    link = _confirmable(state, ask.parts["token"])
    signature = link.signature
    if signature.state == "pending":
        signature.state, signature.confirmed_at = "confirmed", state.now()
        signature.chosen = link.chosen
        signature.name, signature.email = link.name, link.email
    return _as_it_stands(link)


def _confirmable(state: State, token: str) -> Confirmation:
    link = state.confirmations.get(token)
    if link is None:
        raise not_found()
    if link.signature.state == "pending" and state.now() >= link.expires_at:
        raise Refusal("confirmation-expired")
    return link


def _as_it_stands(link: Confirmation) -> Wire:
    pending = link.signature.state == "pending"
    texts = link.petition.texts
    return {
        "petition": link.petition.slug,
        "title": texts[chosen(texts, link.signature.chosen["lang"])]["title"],
        "state": link.signature.state,
        "expires_at": moment(link.expires_at) if pending else None,
    }


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

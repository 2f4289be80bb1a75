"""The day, petitions and posters in memory.

Who signs learns nothing about who signed before, and nothing is sold twice.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from imd_sdk.testing._forms import Refusal, got, not_found, sold_out, wrong_body
from imd_sdk.testing._state import (
    Confirmation,
    Order,
    Petition,
    Poster,
    Reservation,
    Resource,
    Signature,
    chosen,
    mailbox,
    moment,
)
from imd_sdk.testing.kit import Letter

if TYPE_CHECKING:
    from imd_sdk.testing._forms import Signing
    from imd_sdk.testing._state import Edition, File, State, Texts, Wire
    from imd_sdk.testing.campaign import Ask, Reply

CONFIRMABLE = timedelta(days=7)
MAIL_EVERY, MAILS = timedelta(hours=1), 5
COUNT_WINDOW, STEP = 30, 10
MAILED = "A mail is on its way; the signature counts once its link has been confirmed."


def petitions(state: State, ask: Ask) -> Any:
    rows = [((slug,), petition) for slug, petition in state.petitions.items()]
    return ask.page(rows, lambda petition: _petition(state, petition, ask.query.lang))


def petition(state: State, ask: Ask) -> Any:
    return _petition(state, _asked(state, ask), ask.query.lang)


def _petition(state: State, petition: Petition, lang: str | None) -> Wire:
    return {
        "slug": petition.slug,
        **_told(petition.texts, lang),
        "goal": petition.goal,
        "milestones": petition.milestones,
        "opens_at": moment(petition.opens_at),
        "closes_at": moment(petition.closes_at),
        "state": standing(state, petition),
    }


def _told(texts: Texts, lang: str | None) -> Wire:
    language = chosen(texts, lang)
    return {"lang": language, "languages": list(texts), **texts[language]}


def _asked(state: State, ask: Ask) -> Petition:
    return got(state.petitions, ask.parts["slug"])


def standing(state: State, petition: Petition) -> str:
    if state.now() < petition.opens_at:
        return "upcoming"
    if petition.closes_at is not None and state.now() >= petition.closes_at:
        return "closed"
    return "open"


def count(state: State, ask: Ask) -> Any:
    petition = _counted(state, ask)
    return {
        "petition": petition.slug,
        "total": sum(petition.counts.values()),
        "goal": petition.goal,
        "as_of": moment(petition.counted_at),
        "poll_after": COUNT_WINDOW,
    }


def _counted(state: State, ask: Ask) -> Petition:
    """Counted once a window, for all."""
    petition, now = _asked(state, ask), state.now()
    before = now - timedelta(seconds=COUNT_WINDOW)
    if petition.counted_at is None or petition.counted_at <= before:
        confirmed = [s for s in petition.signatures if s.state == "confirmed"]
        petition.counts = dict(Counter(s.chosen["country"] for s in confirmed))
        petition.counted_at = now
    return petition


def places(state: State, ask: Ask) -> Any:
    counts = _counted(state, ask).counts
    rows = [((country,), country) for country in counts if counts[country] >= STEP]
    return ask.page(rows, lambda at: {"country": at, "count": counts[at] // STEP * STEP})


def signers(state: State, ask: Ask) -> Any:
    petition = _asked(state, ask)
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
    petition = _asked(state, ask)
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
    petition, form = _asked(state, ask), ask.form
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
    link = got(state.confirmations, token)
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
        "convention_turns": year - 1990,
        "day_turns": year - 2000,
        "begins_at": f"{day}T00:00:00+14:00",
        "ends_at": f"{day + timedelta(days=1)}T00:00:00-12:00",
        "petition": state.petition,
        "links": state.links,
    }


def share_kit(state: State, ask: Ask) -> Any:
    if not state.share_kit:
        raise not_found()
    return {
        "storm_at": f"{state.now().year}-{state.storm}",
        "url": state.share_url,
        **_told(state.share_kit, ask.query.lang),
    }


def resources(state: State, ask: Ask) -> Any:
    rows = [((slug,), resource) for slug, resource in state.resources.items()]
    return ask.page(rows, lambda resource: _resource(resource, ask.query.lang))


def resource(state: State, ask: Ask) -> Any:
    return _resource(got(state.resources, ask.parts["slug"]), ask.query.lang)


def _resource(found: Resource, lang: str | None) -> Wire:
    return {
        "slug": found.slug,
        "kind": found.kind,
        "url": found.url,
        **_told(found.texts, lang),
    }


HOLD = timedelta(minutes=15)
PAY = "Nothing has been paid yet. We write to you how to pay; the print is yours until then."
ONE_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE)


def posters(state: State, ask: Ask) -> Any:
    rows = [((slug,), poster) for slug, poster in state.posters.items()]
    return ask.page(rows, lambda poster: _poster(state, poster, ask.query.lang))


def poster(state: State, ask: Ask) -> Any:
    return _poster(state, _found(state, ask), ask.query.lang)


def _found(state: State, ask: Ask) -> Poster:
    return got(state.posters, ask.parts["slug"])


def _poster(state: State, poster: Poster, lang: str | None) -> Wire:
    texts = _told(poster.texts, lang)
    return {
        "slug": poster.slug,
        **texts,
        "artist": poster.artist,
        "year": poster.year,
        "state": poster.state,
        "editions": [_edition(state, edition, texts["lang"]) for edition in poster.editions],
        "files": [_file(poster.slug, file) for file in poster.files],
    }


def _edition(state: State, edition: Edition, lang: str) -> Wire:
    return {
        "id": edition.id,
        "kind": edition.kind,
        "title": edition.titles[chosen(edition.titles, lang)],
        "size": edition.size,
        "price": edition.price,
        "run": edition.run,
        "available": None if edition.run is None else len(edition.free(state.now())),
    }


def _file(slug: str, file: File) -> Wire:
    return {
        "name": file.name,
        "purpose": file.purpose,
        "media_type": file.media_type,
        "bytes": len(file.content),
        "sha256": file.sha256,
        "width": file.width,
        "height": file.height,
        "href": f"/v1/posters/{slug}/files/{file.name}",
    }


# ------------------------------------------------------------------ files


def file(state: State, ask: Ask) -> Reply:
    found = next((f for f in _found(state, ask).files if f.name == ask.parts["name"]), None)
    if found is None:
        raise not_found()
    part = _part(found, ask.headers)
    sent = range(len(found.content)) if part is None else part
    headers = _file_headers(found)
    if part is not None:
        end = part.stop - 1
        headers["content-range"] = f"bytes {part.start}-{end}/{len(found.content)}"
    body = found.content[sent.start : sent.stop]
    return ask.reply(200 if part is None else 206, headers, body)


def _file_headers(found: File) -> dict[str, str]:
    shown = "inline" if found.purpose == "preview" else "attachment"
    digest = base64.b64encode(bytes.fromhex(found.sha256)).decode()
    return {
        "content-type": found.media_type,
        "etag": f'"{found.sha256}"',
        "accept-ranges": "bytes",
        "content-disposition": f'{shown}; filename="{found.name}"',
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "repr-digest": f"sha-256=:{digest}:",
    }


def _part(found: File, asked: dict[str, str]) -> range | None:
    """The bytes to send (RFC 9110, 14.2); None: all of them."""
    named = ONE_RANGE.fullmatch(asked.get("range", "").strip())
    guard = asked.get("if-range", "").strip()
    if not named or named.groups() == ("", "") or guard not in {"", f'"{found.sha256}"'}:
        return None
    return _range(named[1], named[2], len(found.content))


def _range(first: str, last: str, size: int) -> range | None:
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else size - min(int(last), size)
    if start >= size:
        headers = {"content-range": f"bytes */{size}"}
        raise Refusal("range-not-satisfiable", headers=headers)
    return range(start, min(int(last), size - 1) + 1 if first and last else size)


# ------------------------------------------------------------------ holding and ordering


def reserve(state: State, ask: Ask) -> Any:
    poster, wish = _found(state, ask), ask.form
    if poster.state != "on_sale":
        raise sold_out(0)
    edition = next((e for e in poster.editions if e.id == wish.edition), None)
    if edition is None:
        raise wrong_body("edition", "is not an edition of this poster.")
    held = _hold(state, poster, edition, wish.quantity)
    state.reservations[held.id] = held
    return _reservation(held)


def _hold(state: State, poster: Poster, edition: Edition, quantity: int) -> Reservation:
    free = edition.free(state.now())
    if edition.run is not None and len(free) < quantity:
        raise sold_out(len(free))
    held = Reservation(
        state.new("rsv_"),
        poster.slug,
        edition.id,
        quantity,
        free[:quantity],
        {**edition.price, "amount": edition.price["amount"] * quantity},
        state.now() + HOLD,
    )
    edition.holders.update(dict.fromkeys(held.numbers, held))
    return held


def _reservation(held: Reservation) -> Wire:
    return {"id": held.id, **_bought(held), "expires_at": moment(held.expires_at)}


def _bought(held: Reservation) -> Wire:
    return {
        "poster": held.poster,
        "edition": held.edition,
        "quantity": held.quantity,
        "numbers": held.numbers,
        "total": held.total,
    }


def order(state: State, ask: Ask) -> Any:
    held = state.reservations.get(ask.form.reservation)
    if held is None:
        raise wrong_body("reservation", "is not a reservation that was made.")
    if held.order is None:
        _place(state, held, ask.form)
    return _order(state.orders[held.order or ""])


def _place(state: State, held: Reservation, form: Any) -> None:
    if state.now() >= held.expires_at:
        raise Refusal("reservation-expired")
    placed = Order(state.new("ord_"), held, form.model_dump(exclude={"reservation"}), state.now())
    state.orders[placed.id] = placed
    held.order = placed.id
    state.mail.append(Letter("placed", form.email, placed.id))


def placed(state: State, ask: Ask) -> Any:
    return _order(got(state.orders, ask.parts["order_id"]))


def _order(found: Order) -> Wire:
    return {
        "id": found.id,
        "state": "placed",
        **_bought(found.reservation),
        "payment": {"state": "due", "detail": PAY},
        "created_at": moment(found.created_at),
    }

"""Posters: files, reservations and orders. A numbered edition is never oversold."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from imd_sdk.testing._problems import Rejection, find, invalid_field, not_found, sold_out
from imd_sdk.testing._state import Order, Reservation, choose_language, format_time, pick_texts
from imd_sdk.testing.records import Email

if TYPE_CHECKING:
    from imd_sdk.testing._requests import EndpointRequest, Response
    from imd_sdk.testing._state import Edition, File, Poster, State, Wire

RESERVATION_TIME = timedelta(minutes=15)
PAYMENT_DETAIL = (
    "Nothing has been paid yet. We will e-mail you how to pay, and keep the print for you until "
    "then."
)
ONE_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE)


def posters(state: State, request: EndpointRequest) -> Any:
    rows = [((slug,), poster) for slug, poster in state.posters.items()]
    return request.page(rows, lambda poster: _poster(state, poster, request.query.lang))


def poster(state: State, request: EndpointRequest) -> Any:
    return _poster(state, _find_poster(state, request), request.query.lang)


def _find_poster(state: State, request: EndpointRequest) -> Poster:
    return find(state.posters, request.path_params["slug"])


def _poster(state: State, poster: Poster, lang: str | None) -> Wire:
    texts = pick_texts(poster.texts, lang)
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
        "title": edition.titles[choose_language(edition.titles, lang)],
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


def file(state: State, request: EndpointRequest) -> Response:
    found = next(
        (f for f in _find_poster(state, request).files if f.name == request.path_params["name"]),
        None,
    )
    if found is None:
        raise not_found()
    part = _part(found, request.headers)
    sent = range(len(found.content)) if part is None else part
    headers = _file_headers(found)
    if part is not None:
        end = part.stop - 1
        headers["content-range"] = f"bytes {part.start}-{end}/{len(found.content)}"
    body = found.content[sent.start : sent.stop]
    return request.respond(200 if part is None else 206, headers, body)


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


def _part(found: File, request: dict[str, str]) -> range | None:
    """The bytes to send (RFC 9110, 14.2); None: all of them."""
    named = ONE_RANGE.fullmatch(request.get("range", "").strip())
    guard = request.get("if-range", "").strip()
    if not named or named.groups() == ("", "") or guard not in {"", f'"{found.sha256}"'}:
        return None
    return _range(named[1], named[2], len(found.content))


def _range(first: str, last: str, size: int) -> range | None:
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else size - min(int(last), size)
    if start >= size:
        headers = {"content-range": f"bytes */{size}"}
        raise Rejection("range-not-satisfiable", headers=headers)
    return range(start, min(int(last), size - 1) + 1 if first and last else size)


def reserve(state: State, request: EndpointRequest) -> Any:
    poster, form = _find_poster(state, request), request.form
    if poster.state != "on_sale":
        raise sold_out(0)
    edition = next((e for e in poster.editions if e.id == form.edition), None)
    if edition is None:
        raise invalid_field("edition", "is not an edition of this poster.")
    reservation = _hold(state, poster, edition, form.quantity)
    state.reservations[reservation.id] = reservation
    return _reservation(reservation)


def _hold(state: State, poster: Poster, edition: Edition, quantity: int) -> Reservation:
    free = edition.free(state.now())
    if edition.run is not None and len(free) < quantity:
        raise sold_out(len(free))
    reservation = Reservation(
        state.new("rsv_"),
        poster.slug,
        edition.id,
        quantity,
        free[:quantity],
        {**edition.price, "amount": edition.price["amount"] * quantity},
        state.now() + RESERVATION_TIME,
    )
    edition.holders.update(dict.fromkeys(reservation.numbers, reservation))
    return reservation


def _reservation(reservation: Reservation) -> Wire:
    return {
        "id": reservation.id,
        **_bought(reservation),
        "expires_at": format_time(reservation.expires_at),
    }


def _bought(reservation: Reservation) -> Wire:
    return {
        "poster": reservation.poster,
        "edition": reservation.edition,
        "quantity": reservation.quantity,
        "numbers": reservation.numbers,
        "total": reservation.total,
    }


def order(state: State, request: EndpointRequest) -> Any:
    reservation = state.reservations.get(request.form.reservation)
    if reservation is None:
        raise invalid_field("reservation", "is not an existing reservation.")
    if reservation.order is None:
        _as_place(state, reservation, request.form)
    return _order(state.orders[reservation.order or ""])


def _as_place(state: State, reservation: Reservation, form: Any) -> None:
    if state.now() >= reservation.expires_at:
        raise Rejection("reservation-expired")
    placed = Order(
        state.new("ord_"), reservation, form.model_dump(exclude={"reservation"}), state.now()
    )
    state.orders[placed.id] = placed
    reservation.order = placed.id
    state.mail.append(Email("placed", form.email, placed.id))


def placed(state: State, request: EndpointRequest) -> Any:
    return _order(find(state.orders, request.path_params["order_id"]))


def _order(found: Order) -> Wire:
    return {
        "id": found.id,
        "state": "placed",
        **_bought(found.reservation),
        "payment": {"state": "due", "detail": PAYMENT_DETAIL},
        "created_at": format_time(found.created_at),
    }

"""Personal data: what is kept about a mailbox, for its owner to see and delete."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from imd_sdk.testing import _confirmations, _guests, _orders
from imd_sdk.testing._event_search import last_day
from imd_sdk.testing._events import is_open
from imd_sdk.testing._problems import Rejection, find, not_found
from imd_sdk.testing._state import NOBODY, choose_language, format_time, mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imd_sdk.testing._requests import EndpointRequest, Response
    from imd_sdk.testing._state import (
        Confirmation,
        Event,
        Guest,
        Order,
        Petition,
        Signature,
        State,
        SubmissionKind,
        Wire,
    )

DETAIL = "We have sent you an e-mail. The link in it shows what we keep about you."
CANCELLED = "The host has cancelled the event."
RETENTION = timedelta(days=30)


@dataclass(slots=True)
class PersonalLink:
    kind: ClassVar[SubmissionKind] = "personal-link"
    email: str
    lang: str | None
    about: str = ""
    name: str = ""
    is_confirmed: bool = False


def request_link(state: State, request: EndpointRequest) -> Wire:
    _confirmations.submit(state, PersonalLink(request.form.email, request.form.lang))
    return {"status": "confirmation_sent", "detail": DETAIL}


# ------------------------------------------------------------------ seeing


def get(state: State, request: EndpointRequest) -> Wire:
    link = _find_link(state, request)
    if link.is_rejected:
        return _as_wire(state, link, {})
    return _as_wire(state, _require_open(state, request), _collect(state, link))


def _as_wire(state: State, link: Confirmation, data: Wire) -> Wire:
    is_open = not link.is_rejected
    return {
        "state": "open" if is_open else "closed",
        "email": link.submission.email if is_open else None,
        "blocked": link.mailbox in state.blocked,
        "expires_at": format_time(link.expires_at) if is_open else None,
        **{name: [] for name in ("signatures", "attendances", "events", "orders", "pending")},
        **data,
    }


def _collect(state: State, link: Confirmation) -> Wire:
    box, lang = link.mailbox, getattr(link.submission, "lang", None)
    signatures = sorted(_list_signatures(state, box), key=lambda found: str(found[1].confirmed_at))
    guests = sorted(_list_guests(state, box), key=lambda found: found[1].created_at)
    hosted = sorted(_list_hosted(state, box), key=lambda event: event.form.starts_at)
    return {
        "signatures": [_signature(*found, lang) for found in signatures],
        "attendances": [_attendance(*found) for found in guests],
        "events": [_hosted_event(state, event) for event in hosted],
        "orders": [_order(state, order, lang) for order in _list_orders(state, box)],
        "pending": [_pending(found) for found in _list_pending(state, box)],
    }


def _list_signatures(state: State, box: str) -> Iterator[tuple[Petition, Signature]]:
    for petition in state.petitions.values():
        if box in petition.signatures:
            yield petition, petition.signatures[box]


def _list_guests(state: State, box: str) -> Iterator[tuple[Event, Guest]]:
    for event in state.events.values():
        if box in event.guests and event.guests[box].email:
            yield event, event.guests[box]


def _list_hosted(state: State, box: str) -> list[Event]:
    return [event for event in state.events.values() if _is_host(event, box)]


def _is_host(event: Event, box: str) -> bool:
    address = event.form.host.email
    return address != NOBODY and mailbox(address) == box


def _list_orders(state: State, box: str) -> list[Order]:
    return [order for order in state.orders.values() if order.mailbox == box and order.has_buyer]


def _list_pending(state: State, box: str) -> list[Confirmation]:
    return [
        found
        for found in state.confirmations.values()
        if found.mailbox == box
        and found.state == "pending"
        and not isinstance(found.submission, PersonalLink)
    ]


def _signature(petition: Petition, signature: Signature, lang: str | None) -> Wire:
    texts = petition.texts
    chosen = signature.chosen
    return {
        "id": signature.id,
        "petition": petition.slug,
        "title": texts[choose_language(texts, lang)]["title"],
        "country": chosen["country"],
        "public_name": signature.name if chosen["public"] else None,
        "updates": chosen["updates"],
        "source": chosen["source"],
        "confirmed_at": format_time(signature.confirmed_at),
    }


def _attendance(event: Event, guest: Guest) -> Wire:
    return {
        "id": guest.id,
        "event": event.id,
        **_time_and_title(event),
        "status": guest.status,
        "guests": guest.guests,
        "name": guest.name,
        "message": guest.message,
    }


def _hosted_event(state: State, event: Event) -> Wire:
    return {
        "id": event.id,
        **_time_and_title(event),
        "state": event.state,
        "host": event.form.host.name,
        "can_be_cancelled": _can_be_cancelled(state, event),
    }


def _order(state: State, order: Order, lang: str | None) -> Wire:
    texts, is_unpaid = state.posters[order.poster].texts, order.state == "placed"
    return {
        "id": order.id,
        "poster": order.poster,
        "title": texts[choose_language(texts, lang)]["title"],
        "edition": order.edition,
        "quantity": order.quantity,
        "total": order.total,
        "state": order.state,
        "can_be_cancelled": is_unpaid,
        "kept_until": str(order.kept_until) if is_unpaid else None,
        "created_at": format_time(order.created_at),
    }


def _time_and_title(event: Event) -> Wire:
    return {
        "title": event.form.title,
        "starts_at": format_time(event.form.starts_at),
        "time_zone": event.form.time_zone,
        "kept_until": (last_day(event) + RETENTION).isoformat(),
    }


def _pending(confirmation: Confirmation) -> Wire:
    return {
        "kind": confirmation.submission.kind,
        "submitted_at": format_time(confirmation.created_at),
    }


# ------------------------------------------------------------------ signatures


def withdraw_signature(state: State, request: EndpointRequest) -> Response:
    petition, signature = _own_signature(state, request)
    _end_confirmed(state, signature.mailbox, "signature", petition.slug)
    del petition.signatures[signature.mailbox]
    return _no_content(request)


def hide_name(state: State, request: EndpointRequest) -> Response:
    _own_signature(state, request)[1].chosen["public"] = False
    return _no_content(request)


def stop_updates(state: State, request: EndpointRequest) -> Response:
    _own_signature(state, request)[1].chosen["updates"] = False
    return _no_content(request)


def _own_signature(state: State, request: EndpointRequest) -> tuple[Petition, Signature]:
    box = _require_open(state, request).mailbox
    own = {found[1].id: found for found in _list_signatures(state, box)}
    return find(own, request.path_params["signature"])


# ------------------------------------------------------------------ events


def cancel_attendance(state: State, request: EndpointRequest) -> Response:
    box = _require_open(state, request).mailbox
    own = {guest.id: event for event, guest in _list_guests(state, box)}
    event = find(own, request.path_params["attendance"])
    _end_confirmed(state, box, "attendance", event.id)
    _leave(state, event, event.guests[box])
    return _no_content(request)


def _leave(state: State, event: Event, guest: Guest) -> None:
    """Delete a guest; of a declined one, it stays known that they were declined."""
    if guest.status == "declined":
        guest.name, guest.email, guest.message, guest.token = "", "", None, ""
        guest.guests = 0
    else:
        _guests.leave(state, event, guest)


def cancel_event(state: State, request: EndpointRequest) -> Response:
    event = _own_event(state, request)
    if event.state != "cancelled":
        if not _can_be_cancelled(state, event):
            raise Rejection("event-closed")
        _cancel(state, event)
    return _no_content(request)


def delete_host_address(state: State, request: EndpointRequest) -> Response:
    event = _own_event(state, request)
    event.form.host.email, event.token = NOBODY, ""
    return _no_content(request)


def _own_event(state: State, request: EndpointRequest) -> Event:
    box = _require_open(state, request).mailbox
    own = {event.id: event for event in _list_hosted(state, box)}
    return find(own, request.path_params["event"])


def _can_be_cancelled(state: State, event: Event) -> bool:
    return event.state == "pending_review" or is_open(state, event)


def _cancel(state: State, event: Event) -> None:
    if event.state == "pending_review":
        del state.events[event.id]
    else:
        _guests.cancel(state, event, CANCELLED)


# ------------------------------------------------------------------ orders


def cancel_order(state: State, request: EndpointRequest) -> Response:
    box = _require_open(state, request).mailbox
    own = {order.id: order for order in _list_orders(state, box)}
    order = find(own, request.path_params["order"])
    if order.state != "placed":
        raise Rejection("already-decided")
    _orders.end(state, order, "cancelled", None)
    return _no_content(request)


# ------------------------------------------------------------------ blocking and erasing


def block(state: State, request: EndpointRequest) -> Response:
    _confirmations.block(state, _require_open(state, request).mailbox)
    return _no_content(request)


def unblock(state: State, request: EndpointRequest) -> Response:
    state.blocked.discard(_find_link(state, request).mailbox)
    return _no_content(request)


def erase(state: State, request: EndpointRequest) -> Response:
    box = _require_open(state, request).mailbox
    for petition, _ in list(_list_signatures(state, box)):
        del petition.signatures[box]
    for event, _ in list(_list_guests(state, box)):
        _leave(state, event, event.guests[box])
    for event in _list_hosted(state, box):
        _erase_hosted(state, event)
    for order in _list_orders(state, box):
        if order.state == "placed":
            _orders.end(state, order, "cancelled", None)
        order.mailbox = ""
    if request.form.block:
        _confirmations.block(state, box)
    _forget(state, box)
    return _no_content(request)


def _erase_hosted(state: State, event: Event) -> None:
    if event.state in {"pending_review", "rejected"}:
        del state.events[event.id]
        return
    form = event.form
    form.host.name, form.host.email = "", NOBODY
    if _can_be_cancelled(state, event):
        _cancel(state, event)
    event.token, event.change = "", None
    form.description, form.url, event.updated_at = "", None, state.now()
    event.revision += 1
    if form.place is not None:
        if not event.private:
            event.made_private_at = state.now()
        form.place.name, form.place.address, form.place.private = None, None, True


def _forget(state: State, box: str) -> None:
    """Keep the tokens that can allow e-mail again, as long as the mailbox is blocked."""
    state.confirmations = {
        token: found
        for token, found in state.confirmations.items()
        if found.mailbox != box or (found.is_rejected and box in state.blocked)
    }
    state.waiting = {key: other for key, other in state.waiting.items() if key[0] != box}
    state.emailed_at.pop(box, None)
    state.attempts_at.pop(box, None)


def _end_confirmed(state: State, box: str, kind: str, about: str) -> None:
    """End the tokens that say that something is confirmed."""
    for token, found in list(state.confirmations.items()):
        same = (found.mailbox, found.submission.kind, found.submission.about)
        if same == (box, kind, about) and found not in state.waiting.values():
            del state.confirmations[token]


# ------------------------------------------------------------------ links


def _find_link(state: State, request: EndpointRequest) -> Confirmation:
    link = find(state.confirmations, request.path_params["token"])
    if not isinstance(link.submission, PersonalLink):
        raise not_found()
    return link


def _require_open(state: State, request: EndpointRequest) -> Confirmation:
    link = _find_link(state, request)
    if link.is_rejected:
        raise not_found()
    if state.now() >= link.expires_at:
        raise Rejection("personal-link-expired")
    return link


def _no_content(request: EndpointRequest) -> Response:
    return request.respond(204, {}, b"")

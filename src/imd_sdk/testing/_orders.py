"""Reservations and orders of prints. A numbered edition is never oversold."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from imd_sdk.testing import _confirmations
from imd_sdk.testing._problems import Rejection, find, invalid_field, sold_out
from imd_sdk.testing._state import Order, Reservation, choose_language, format_time, mailbox
from imd_sdk.testing.records import Email

if TYPE_CHECKING:
    from imd_sdk.testing._requests import EndpointRequest
    from imd_sdk.testing._schemas import ConfirmationForm
    from imd_sdk.testing._state import ConfirmationState, Edition, State, SubmissionKind, Wire

RESERVATION_TIME = timedelta(hours=1)
PAYMENT_DAYS = 14
MAX_NUMBERED, MAX_OPEN = 2, 10
LATEST_ZONE = timezone(timedelta(hours=-12))
RECEIPT = {
    "status": "confirmation_sent",
    "detail": "We have sent you an e-mail. The order is placed once you have confirmed it with the "
    "link in it.",
}
DUE = "Nothing has been paid yet. We will e-mail you how to pay."
PAID = "We have received your payment. Thank you!"
CANCELLED = "This order has ended. Please do not pay for it any more."
LATE = "Your payment arrived after this order had ended. We will refund it."
REFUNDED = "We have refunded your payment."
PAYMENTS = {
    "placed": ("due", DUE),
    "paid": ("paid", PAID),
    "sent": ("paid", PAID),
    "cancelled": ("cancelled", CANCELLED),
    "expired": ("cancelled", CANCELLED),
    "paid_late": ("late", LATE),
    "refunded": ("refunded", REFUNDED),
}
CANCELLED_PAID = "cancelled_paid"
TRANSITIONS = {
    "paid": {"placed": "paid"},
    "paid_late": {"expired": "paid_late", "cancelled": "paid_late"},
    "sent": {"paid": "sent"},
    "cancel": {"placed": "cancelled", "paid": "cancelled"},
    "refund": dict.fromkeys(("paid", "sent", CANCELLED_PAID, "paid_late"), "refunded"),
}
TOO_EARLY = {
    "sent": "is for paid orders only. Mark the order as paid first.",
    "refund": "is for paid orders only. Cancel an order that is not paid.",
    "paid_late": "is for orders that have ended. Mark the order as paid.",
}
HOLDING = {"placed", "paid", "sent"}


# ------------------------------------------------------------------ reserving


def reserve(state: State, request: EndpointRequest) -> Any:
    poster, form = find(state.posters, request.path_params["slug"]), request.form
    if poster.state != "on_sale":
        raise sold_out(0)
    edition = _find_edition(state, poster.slug, form.edition)
    if edition is None:
        raise invalid_field("edition", "is not an edition of this poster.")
    _check_quantity(edition, form.quantity)
    if edition.run is not None and len(edition.free) < form.quantity:
        raise sold_out(len(edition.free))
    reservation = Reservation(
        state.new("rsv_"),
        poster.slug,
        edition.id,
        form.quantity,
        edition.price,
        state.now() + RESERVATION_TIME,
    )
    state.reservations[reservation.token] = reservation
    return {
        "token": reservation.token,
        "poster": reservation.poster,
        "edition": reservation.edition,
        "quantity": reservation.quantity,
        "total": reservation.total,
        "expires_at": format_time(reservation.expires_at),
    }


def _find_edition(state: State, poster: str, edition_id: str) -> Edition | None:
    editions = state.posters[poster].editions
    return next((edition for edition in editions if edition.id == edition_id), None)


def _check_quantity(edition: Edition, quantity: int) -> None:
    limit = MAX_OPEN if edition.run is None else MAX_NUMBERED
    if quantity > limit:
        raise invalid_field("quantity", f"must be at most {limit}.")


# ------------------------------------------------------------------ ordering


def order(state: State, request: EndpointRequest) -> Any:
    form = request.form
    reservation = state.reservations.get(form.reservation)
    if reservation is None:
        raise invalid_field("reservation", "is not the token of a reservation.")
    if state.now() >= reservation.expires_at:
        raise Rejection("reservation-expired")
    buyer = form.model_dump(exclude={"reservation", "proof"})
    _confirmations.submit(state, SubmittedOrder(state, reservation, buyer))
    return dict(RECEIPT)


@dataclass(slots=True)
class SubmittedOrder:
    kind: ClassVar[SubmissionKind] = "order"
    campaign: State
    reservation: Reservation
    buyer: Wire
    order: Order | None = None

    @property
    def about(self) -> str:
        """Return what is equal for forms with the same content."""
        reserved = self.reservation
        bought = [reserved.poster, reserved.edition, reserved.quantity, reserved.price]
        return hashlib.sha256(json.dumps([bought, self.buyer]).encode()).hexdigest()

    @property
    def name(self) -> str:
        name: str = self.buyer["name"]
        return name

    @property
    def email(self) -> str:
        email: str = self.buyer["email"]
        return email

    @property
    def is_confirmed(self) -> bool:
        return self.order is not None

    def remind(self) -> None:
        return None

    def describe(self, state: ConfirmationState) -> Wire:
        shown = self._describe(self.order or self.reservation)
        return {
            **(shown if state != "rejected" else dict.fromkeys(shown)),
            "address": self.buyer["address"] if state == "pending" else None,
            "order": self.order.id if self.order else None,
        }

    def take_effect(self, state: State, form: ConfirmationForm) -> None:
        reservation = self._choose(form)
        box = mailbox(self.email)
        order = Order(
            state.new("ord_"),
            box,
            reservation.poster,
            reservation.edition,
            reservation.quantity,
            _pick_numbers(state, reservation, box),
            reservation.total,
            {**self.buyer, "name": form.name or self.name},
            state.now(),
            (state.now() + timedelta(days=PAYMENT_DAYS)).date(),
            state.now(),
        )
        state.orders[order.id] = order
        state.mail.append(Email("placed", self.email, order.id))
        self._end_repeated(state, order)

    def _end_repeated(self, state: State, order: Order) -> None:
        """Confirm all forms of this mailbox that wait with the same content."""
        self.order = order
        state.waiting.pop((order.mailbox, self.kind, self.about), None)
        for waiting in _confirmations.list_pending(state, self.kind):
            if waiting.about == self.about:
                waiting.order = order

    def _describe(self, bought: Order | Reservation) -> Wire:
        poster, lang = self.campaign.posters[bought.poster], self.buyer["lang"]
        edition = _find_edition(self.campaign, bought.poster, bought.edition)
        titles = edition.titles if edition else {}
        return {
            "poster": poster.slug,
            "title": poster.texts[choose_language(poster.texts, lang)]["title"],
            "edition": bought.edition,
            "edition_title": titles[choose_language(titles, lang)] if titles else None,
            "quantity": bought.quantity,
            "total": bought.total,
        }

    def _choose(self, form: ConfirmationForm) -> Reservation:
        reserved = self.reservation
        edition_id, price = reserved.edition, reserved.price
        if form.edition not in {None, reserved.edition}:
            edition = _find_edition(self.campaign, reserved.poster, form.edition or "")
            if edition is None:
                raise invalid_field("edition", "is not an edition of this poster.")
            _check_quantity(edition, form.quantity or reserved.quantity)
            edition_id, price = edition.id, edition.price
        quantity = form.quantity or reserved.quantity
        if quantity > reserved.quantity:
            message = f"must be at most {reserved.quantity}, the number that was ordered."
            raise invalid_field("quantity", message)
        return Reservation(
            reserved.token, reserved.poster, edition_id, quantity, price, reserved.expires_at
        )


def _pick_numbers(state: State, reservation: Reservation, box: str) -> list[int]:
    poster, edition = (
        state.posters[reservation.poster],
        _find_edition(state, reservation.poster, reservation.edition),
    )
    if poster.state != "on_sale" or edition is None:
        raise sold_out(0)
    if edition.run is None:
        return []
    _check_limit(state, reservation, box)
    free = edition.free
    if len(free) < reservation.quantity:
        raise sold_out(len(free))
    numbers = free[: reservation.quantity]
    edition.ordered.update(numbers)
    return numbers


def _check_limit(state: State, reservation: Reservation, box: str) -> None:
    unpaid = sum(
        order.quantity
        for order in state.orders.values()
        if (order.mailbox, order.state) == (box, "placed")
        and (order.poster, order.edition) == (reservation.poster, reservation.edition)
    )
    available = max(0, MAX_NUMBERED - unpaid)
    if reservation.quantity > available:
        raise Rejection("order-limit-reached", available=available)


# ------------------------------------------------------------------ orders


def placed(state: State, request: EndpointRequest) -> Any:
    return _order(find(state.orders, request.path_params["order_id"]))


def _order(order: Order) -> Wire:
    payment, detail = PAYMENTS[order.state]
    return {
        "id": order.id,
        "state": order.state,
        "poster": order.poster,
        "edition": order.edition,
        "quantity": order.quantity,
        "numbers": order.numbers,
        "total": order.total,
        "payment": {
            "state": payment,
            "detail": detail,
            "reference": _make_reference(order),
            "ways": [],
            "paid_at": format_time(order.paid_at),
        },
        "kept_until": str(order.kept_until) if order.state == "placed" else None,
        "created_at": format_time(order.created_at),
    }


def _make_reference(order: Order) -> str:
    letters = hashlib.sha256(order.id.encode()).hexdigest()[:8].upper()
    return f"{letters[:4]}-{letters[4:]}"


def expire_unpaid(state: State) -> None:
    """End the orders that have not been paid in time, as the server does every hour."""
    today = state.now().astimezone(LATEST_ZONE).date()
    for order in state.orders.values():
        if order.state == "placed" and order.kept_until < today:
            end(state, order, "expired")


def end(state: State, order: Order, ended: str, reason: str | None = "") -> None:
    """Change the state of an order; without a reason, its buyer gets no e-mail."""
    before, order.state, order.changed_at = order.state, ended, state.now()
    if ended in {"paid", "paid_late"}:
        order.paid_at = state.now()
    if before in {"placed", "paid"} and ended not in HOLDING:
        _free_prints(state, order)
    if reason is not None and order.has_buyer and _is_emailed(ended):
        kind: Any = CANCELLED_PAID if (before, ended) == ("paid", "cancelled") else ended
        words = reason if ended == "cancelled" else None
        state.mail.append(Email(kind, order.buyer["email"], order.id, reason=words))
    if before == "placed" and ended not in HOLDING:
        order.has_buyer = False


def _is_emailed(state: str) -> bool:
    return state in {"sent", "cancelled", "refunded", "expired"}


def _free_prints(state: State, order: Order) -> None:
    edition = _find_edition(state, order.poster, order.edition)
    if edition is not None:
        edition.ordered.difference_update(order.numbers)
    order.numbers = []


# ------------------------------------------------------------------ managing


def managed(state: State, request: EndpointRequest) -> Any:
    rows = [
        ((order.created_at, place), order)
        for place, order in enumerate(state.orders.values())
        if order.state == request.query.state
    ]
    return request.page(rows, _managed)


def _managed(order: Order) -> Wire:
    return {
        "order": _order(order),
        "sealed": "c2VhbGVk" if order.has_buyer else None,
        "changed_at": format_time(order.changed_at),
        "payments": [],
    }


def managed_order(state: State, request: EndpointRequest) -> Any:
    return _managed(find(state.orders, request.path_params["order_id"]))


def stock(state: State, request: EndpointRequest) -> Any:
    rows = [
        ((poster.slug, edition.id), (poster.slug, edition))
        for poster in state.posters.values()
        for edition in poster.editions
    ]
    return request.page(rows, lambda row: _stock(state, *row))


def _stock(state: State, poster: str, edition: Edition) -> Wire:
    held, paid = (_count_prints(state, poster, edition, among) for among in ("placed", "paid sent"))
    left = len(edition.free) if edition.run is not None else None
    return {
        "poster": poster,
        "edition": edition.id,
        "kind": edition.kind,
        "run": edition.run,
        "sold": paid if left is None else (edition.run or 0) - held - left,
        "held": held,
        "left": left,
    }


def _count_prints(state: State, poster: str, edition: Edition, states: str) -> int:
    return sum(
        order.quantity
        for order in state.orders.values()
        if (order.poster, order.edition) == (poster, edition.id) and order.state in states.split()
    )


def decide(state: State, request: EndpointRequest) -> Any:
    order = find(state.orders, request.path_params["order_id"])
    decision = request.form.decision
    if order.state == "placed" and decision in TOO_EARLY:
        raise invalid_field("decision", TOO_EARLY[decision])
    was_paid = order.state == "cancelled" and order.paid_at is not None
    after = TRANSITIONS[decision].get(CANCELLED_PAID if was_paid else order.state)
    if after is None:
        raise Rejection("already-decided")
    end(state, order, after, request.form.reason)
    return _managed(order)

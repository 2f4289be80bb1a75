import argparse
from typing import TYPE_CHECKING, Any, TypeVar

from imd_cli import output
from imd_cli.argument_parser import Commands, add_command, add_group, add_reason
from imd_cli.errors import CommandError, require_extra

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic import BaseModel

    from imd_campaign.api_keys.service import Caller
    from imd_campaign.events.schemas import (
        AttendanceDecision,
        EventChange,
        EventChangeDecision,
        EventDecision,
        Place,
    )
    from imd_campaign.pagination import PageRequest, Slice
    from imd_campaign.posters.schemas import OrderDecision

    F = TypeVar("F", bound=BaseModel)
    D = TypeVar("D", EventDecision, EventChangeDecision, AttendanceDecision, OrderDecision)

PAGE_SIZE = 100
CHANGED_FIELDS = ("title", "description", "starts_at", "ends_at", "time_zone", "url", "place")
STATES = ("pending_review", "public", "rejected", "cancelled")
ORDER_STATES = ("placed", "paid", "sent", "cancelled", "refunded", "expired", "paid_late")

EVENT_DECISIONS = {
    "approve": "publish a submitted event",
    "reject": "reject a submitted event",
    "cancel": "cancel a published event and notify its guests",
}
CHANGE_DECISIONS = {
    "approve-change": "publish a change that a host proposes",
    "reject-change": "reject a change that a host proposes",
}
ATTENDANCE_DECISIONS = {
    "accept": "accept a guest and e-mail the exact place",
    "decline": "decline or remove a guest",
}
ORDER_DECISIONS = {
    "mark-paid": ("paid", "record the payment of an order, which then does not expire"),
    "mark-paid-late": (
        "paid_late",
        "record a payment of an order that has expired or was cancelled",
    ),
    "mark-sent": ("sent", "record that a paid order was sent, and e-mail the buyer"),
    "cancel-order": ("cancel", "cancel an order and put its prints on sale again"),
    "refund-order": ("refund", "record that a payment was paid back, and e-mail the buyer"),
}


def add_commands(verbs: Commands) -> None:
    acts = add_group(verbs, "moderate", help="decide on submitted events, on guests and on orders")

    parser = add_command(acts, "events", list_events, help="list events that wait for a decision")
    parser.add_argument("--state", choices=STATES, default=STATES[0])

    parser = add_command(acts, "show", show_event, help="show all of a submitted event")
    parser.add_argument("id")

    add_command(
        acts, "changes", list_event_changes, help="list changes of events that hosts propose"
    )

    parser = add_command(
        acts, "attendances", list_attendances, help="list guests that wait for a decision"
    )
    parser.add_argument("--event", help="only guests of this event")

    parser = add_command(
        acts, "make-private", make_place_private, help="hide the exact place of an event for good"
    )
    parser.add_argument("id")
    add_reason(parser, required=True)

    for decisions, decide in (
        (EVENT_DECISIONS, decide_event),
        (CHANGE_DECISIONS, decide_event_change),
        (ATTENDANCE_DECISIONS, decide_attendance),
    ):
        for decision, meaning in decisions.items():
            parser = add_command(acts, decision, decide, help=meaning)
            parser.add_argument("id")
            add_reason(parser, required=True)
            parser.set_defaults(decision=decision.removesuffix("-change"))

    parser = add_command(acts, "orders", list_orders, help="list orders of posters, oldest first")
    parser.add_argument("--state", choices=ORDER_STATES, default=ORDER_STATES[0])

    parser = add_command(acts, "show-order", show_order, help="show an order and its payments")
    parser.add_argument("id")

    for name, (order_decision, meaning) in ORDER_DECISIONS.items():
        parser = add_command(acts, name, decide_order, help=meaning)
        parser.add_argument("id")
        add_reason(parser, required=True)
        parser.set_defaults(decision=order_decision)


def list_events(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.events import moderation
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        found = list(
            _iterate_pages(
                lambda request: moderation.list_submitted_events(context, arguments.state, request)
            )
        )
    output.print_table(
        ("event", "starts", "kind", "private", "host", "title"),
        [
            (e.event.id, e.event.starts_at, e.event.kind, e.private, e.event.host, e.event.title)
            for e in found
        ],
    )


def show_event(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.events import moderation
        from imd_cli.campaign.context import open_context

    with open_context() as context, context.database.read() as connection:
        found = moderation.get_submitted_event(context, connection, arguments.id)
    event = found.event
    output.print_details(
        {
            "event": event.id,
            "state": found.state,
            "submitted": found.submitted_at,
            "title": event.title,
            "kind": event.kind,
            "language": event.lang,
            "starts": event.starts_at,
            "ends": event.ends_at,
            "host": event.host,
            "place": _format_place(event.place),
            "private": found.private,
            "web page": event.url,
            "capacity": event.capacity,
        }
    )
    print()
    output.print_paragraphs(event.description)


def _format_place(place: "Place | None") -> str | None:
    if place is None:
        return None
    parts = (place.name, place.address, place.locality, place.region, place.country)
    return f"{', '.join(filter(None, parts))} ({place.latitude}, {place.longitude})"


def _format_values(change: "EventChange", name: str) -> list[Any]:
    values = (getattr(change.event, name), getattr(change.proposed, name))
    return [_format_place(value) if name == "place" else value for value in values]


def list_event_changes(_: argparse.Namespace) -> None:
    """Print each change as the fields that differ, before and after."""
    with require_extra("campaign"):
        from imd_campaign.events import event_changes
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        found = list(_iterate_pages(lambda request: event_changes.list_changes(context, request)))
    rows = [
        (c.id, c.event.id, name, *_format_values(c, name))
        for c in found
        for name in CHANGED_FIELDS
        if getattr(c.event, name) != getattr(c.proposed, name)
    ]
    output.print_table(("change", "event", "field", "now", "proposed"), rows)


def list_attendances(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.events import attendance_moderation
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        found = list(
            _iterate_pages(
                lambda request: attendance_moderation.list_attendances(
                    context, arguments.event, request
                )
            )
        )
    output.print_table(
        ("attendance", "event", "guests", "status", "since", "name", "email", "message"),
        [
            (a.id, a.event, a.guests, a.status, a.created_at, a.name, a.email, a.message)
            for a in found
        ],
    )


def decide_event(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.events import moderation
        from imd_campaign.events.schemas import EventDecision
        from imd_cli.campaign.context import open_context

    decision = _make_decision(EventDecision, arguments)
    with open_context() as context:
        decided = moderation.decide_event(context, _make_caller(), arguments.id, decision)
    print(f"{arguments.id} is {decided.state}.")


def make_place_private(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.events import private_places
        from imd_campaign.events.schemas import PrivatePlaceForm
        from imd_cli.campaign.context import open_context

    form = _make_form(PrivatePlaceForm, reason=arguments.reason)
    with open_context() as context:
        private_places.make_private(context, _make_caller(), arguments.id, form)
    print(f"The place of {arguments.id} is private.")


def decide_event_change(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.events import event_changes
        from imd_campaign.events.schemas import EventChangeDecision
        from imd_cli.campaign.context import open_context

    decision = _make_decision(EventChangeDecision, arguments)
    with open_context() as context:
        decided = event_changes.decide(context, _make_caller(), arguments.id, decision)
    outcome = "published" if decision.decision == "approve" else "rejected"
    print(f"The change of {decided.event.id} is {outcome}.")


def decide_attendance(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.events import attendance_moderation
        from imd_campaign.events.schemas import AttendanceDecision
        from imd_cli.campaign.context import open_context

    decision = _make_decision(AttendanceDecision, arguments)
    with open_context() as context:
        decided = attendance_moderation.decide_attendance(
            context, _make_caller(), arguments.id, decision
        )
    print(f"{arguments.id} is {decided.status}.")


def list_orders(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.posters import moderation
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        found = list(
            _iterate_pages(
                lambda request: moderation.list_orders(context, arguments.state, request)
            )
        )
    output.print_table(
        ("order", "reference", "since", "kept until", "poster", "edition", "quantity", "numbers"),
        [
            (
                o.id,
                o.payment.reference,
                o.created_at,
                o.kept_until,
                o.poster,
                o.edition,
                o.quantity,
                o.numbers,
            )
            for o in (managed.order for managed in found)
        ],
    )


def show_order(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.posters import moderation
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        found = moderation.get_order(context, arguments.id)
        site = context.settings.site_url.rstrip("/")
    order = found.order
    is_certified = bool(order.numbers) and order.payment.state == "paid"
    output.print_details(
        {
            "order": order.id,
            "state": order.state,
            "reference": order.payment.reference,
            "poster": order.poster,
            "edition": order.edition,
            "quantity": order.quantity,
            "numbers": order.numbers,
            "amount in minor units": f"{order.total.amount} {order.total.currency}",
            "ordered": order.created_at,
            "paid": order.payment.paid_at,
            "changed": found.changed_at,
            "kept until": order.kept_until,
            "certificate": f"{site}/orders/{order.id}/certificate" if is_certified else None,
        }
    )
    if found.payments:
        print()
        output.print_table(
            ("payment", "received", "amount", "currency", "outcome"),
            [(p.id, p.received_at, p.amount, p.currency, p.outcome) for p in found.payments],
        )


def decide_order(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.posters import moderation
        from imd_campaign.posters.schemas import OrderDecision
        from imd_cli.campaign.context import open_context

    decision = _make_decision(OrderDecision, arguments)
    with open_context() as context:
        decided = moderation.decide_order(context, _make_caller(), arguments.id, decision)
    print(f"{arguments.id} is {decided.order.state}.")


def _make_decision(model: "type[D]", arguments: argparse.Namespace) -> "D":
    return _make_form(model, decision=arguments.decision, reason=arguments.reason)


def _make_form(model: "type[F]", **values: str) -> "F":
    from pydantic import ValidationError

    try:
        return model.model_validate(values)
    except ValidationError as error:
        messages = "; ".join(detail["msg"] for detail in error.errors(include_input=False))
        raise CommandError(f"--reason: {messages}", status=2) from error


def _make_caller() -> "Caller":
    from imd_campaign.api_keys.service import Caller
    from imd_cli.campaign.context import get_user_name

    name = get_user_name()
    return Caller(f"shell:{name}", name, frozenset())


def _iterate_pages(page: "Callable[[PageRequest], Slice[Any]]") -> "Iterator[Any]":
    from imd_campaign.pagination import PageRequest

    part = page(PageRequest(PAGE_SIZE))
    yield from part.items
    while part.next is not None:
        part = page(PageRequest(PAGE_SIZE, part.next))
        yield from part.items

"""The types of webhooks, the scope that each needs, and its sample.

Payloads are thin: IDs, slugs and public numbers. Receivers request the rest from the API.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

MODERATE, MANAGE_ORDERS = "events:moderate", "orders:manage"
TEST = "webhook.test"
SAMPLE_TIME = "2026-12-18T12:00:00+00:00"


@dataclass(frozen=True, slots=True)
class EventType:
    subject: str
    """The field of the data that names what the webhook is about."""
    sample: Mapping[str, Any]
    scope: str | None = None
    """The scope that a key needs besides `webhooks:manage`."""
    replaces_earlier: bool = False
    """Whether a newer webhook makes those about the same subject that wait superfluous."""


def _make_event(scope: str | None = None, **more: str) -> EventType:
    return EventType("event", {"event": "evt_sample", **more}, scope)


EVENT_TYPES: Mapping[str, EventType] = MappingProxyType(
    {
        "petition.count_changed": EventType(
            "petition",
            {"petition": "convention", "total": 1042, "goal": 10_000},
            replaces_earlier=True,
        ),
        "petition.milestone_reached": EventType(
            "petition", {"petition": "convention", "milestone": 1000, "total": 1042}
        ),
        "petition.closed": EventType("petition", {"petition": "convention", "total": 10_042}),
        "event.approved": _make_event(),
        "event.changed": _make_event(),
        "event.cancelled": _make_event(),
        "event.submitted": _make_event(MODERATE),
        "event.change_proposed": _make_event(MODERATE, change="chg_sample"),
        "order.placed": EventType("order", {"order": "ord_sample"}, MANAGE_ORDERS),
        "order.state_changed": EventType(
            "order", {"order": "ord_sample", "state": "paid"}, MANAGE_ORDERS
        ),
    }
)
TEST_TYPE = EventType("webhook", {"webhook": "whk_sample"})
ALL_TYPES: Mapping[str, EventType] = MappingProxyType({**EVENT_TYPES, TEST: TEST_TYPE})


def make_payload(event_type: str, timestamp: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": event_type, "timestamp": timestamp, "data": dict(data)}

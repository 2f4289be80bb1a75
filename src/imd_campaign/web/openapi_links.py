"""Links in the OpenAPI document: which operation takes what a response contains.

https://spec.openapis.org/oas/v3.1.1.html#link-object
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

OWN_TOKEN = {"token": "$request.path.token"}
OWN_SLUG = {"slug": "$request.path.slug"}
CONFIRMATIONS = "/v1/confirmations/{token}"
PERSONAL_DATA = "/v1/personal-data/{token}"
HOSTED_EVENTS = "/v1/hosted-events/{token}"
MODERATION = "/v1/moderation"


@dataclass(frozen=True, slots=True)
class Link:
    target: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)


def _take(name: str, pointer: str) -> dict[str, str]:
    return {name: f"$response.body#/{pointer}"}


def _link_personal_data() -> Iterator[Link]:
    """What is kept, by kind, and what can be done about it."""
    kinds = {
        "signature": ("signatures", ("", "/public", "/updates")),
        "attendance": ("attendances", ("",)),
        "event": ("events", ("", "/address")),
        "order": ("orders", ("",)),
    }
    for name, (items, actions) in kinds.items():
        for action in actions:
            path = f"{PERSONAL_DATA}/{items}/{{{name}}}{action}"
            yield Link(f"DELETE {path}", OWN_TOKEN | _take(name, f"{items}/0/id"))
    yield Link(f"POST {PERSONAL_DATA}/block", OWN_TOKEN)
    yield Link(f"POST {PERSONAL_DATA}/erasure", OWN_TOKEN)


WEBHOOKS = "/v1/webhooks/{webhook_id}"


def _link_webhooks() -> Iterator[Link]:
    new = _take("webhook_id", "id")
    for action in ("GET", "DELETE"):
        yield Link(f"{action} {WEBHOOKS}", new)
    yield Link(f"POST {WEBHOOKS}/secret", new)
    yield Link(f"POST {WEBHOOKS}/test", new)
    yield Link(f"GET {WEBHOOKS}/deliveries", new)


LINKS: Mapping[str, tuple[Link, ...]] = {
    "GET /v1/petitions": (
        Link("GET /v1/petitions/{slug}", _take("slug", "items/0/slug")),
        Link("GET /v1/petitions/{slug}/count", _take("slug", "items/0/slug")),
        Link("POST /v1/petitions/{slug}/signatures", _take("slug", "items/0/slug")),
    ),
    "GET /v1/petitions/{slug}": (
        Link("GET /v1/petitions/{slug}/places", OWN_SLUG),
        Link("GET /v1/petitions/{slug}/signers", OWN_SLUG),
    ),
    "GET /v1/events": (
        Link("GET /v1/events/{event_id}", _take("event_id", "items/0/id")),
        Link("GET /v1/events/{event_id}.ics", _take("event_id", "items/0/id")),
        Link("POST /v1/events/{event_id}/attendances", _take("event_id", "items/0/id")),
    ),
    "GET /v1/posters": (
        Link("GET /v1/posters/{slug}", _take("slug", "items/0/slug")),
        Link(
            "POST /v1/posters/{slug}/reservations",
            _take("slug", "items/0/slug"),
            _take("edition", "items/0/editions/0/id"),
        ),
    ),
    "GET /v1/posters/{slug}": (
        Link("GET /v1/posters/{slug}/files/{name}", OWN_SLUG | _take("name", "files/0/name")),
        Link("POST /v1/posters/{slug}/reservations", OWN_SLUG, _take("edition", "editions/0/id")),
    ),
    "POST /v1/posters/{slug}/reservations": (
        Link("POST /v1/orders", body=_take("reservation", "token")),
    ),
    "GET /v1/resources": (Link("GET /v1/resources/{slug}", _take("slug", "items/0/slug")),),
    "POST /v1/webhooks": tuple(_link_webhooks()),
    "POST /v1/confirmation-codes": (
        Link(f"GET {CONFIRMATIONS}", _take("token", "token")),
        Link(f"POST {CONFIRMATIONS}", _take("token", "token")),
    ),
    f"GET {CONFIRMATIONS}": (
        Link(f"POST {CONFIRMATIONS}", OWN_TOKEN),
        Link(f"POST {CONFIRMATIONS}/rejection", OWN_TOKEN),
        Link(f"POST {CONFIRMATIONS}/unsubscription", OWN_TOKEN),
    ),
    f"POST {CONFIRMATIONS}": (
        Link("GET /v1/orders/{order_id}", _take("order_id", "order")),
        Link(f"GET {CONFIRMATIONS}", OWN_TOKEN),
    ),
    f"POST {CONFIRMATIONS}/rejection": (Link(f"DELETE {CONFIRMATIONS}/rejection", OWN_TOKEN),),
    "GET /v1/attendances/{token}": (
        Link("PATCH /v1/attendances/{token}", OWN_TOKEN),
        Link("DELETE /v1/attendances/{token}", OWN_TOKEN),
        Link("GET /v1/events/{event_id}", _take("event_id", "event/id")),
    ),
    f"GET {HOSTED_EVENTS}": (
        Link(f"PATCH {HOSTED_EVENTS}", OWN_TOKEN),
        Link(f"DELETE {HOSTED_EVENTS}", OWN_TOKEN),
        Link(f"PUT {HOSTED_EVENTS}/change", OWN_TOKEN),
        Link(f"POST {HOSTED_EVENTS}/cancellation", OWN_TOKEN),
        Link(f"GET {HOSTED_EVENTS}/guests", OWN_TOKEN),
    ),
    f"PUT {HOSTED_EVENTS}/change": (Link(f"DELETE {HOSTED_EVENTS}/change", OWN_TOKEN),),
    f"GET {HOSTED_EVENTS}/guests": (
        Link(
            f"POST {HOSTED_EVENTS}/guests/{{attendance_id}}/decisions",
            OWN_TOKEN | _take("attendance_id", "items/0/id"),
        ),
    ),
    f"GET {PERSONAL_DATA}": tuple(_link_personal_data()),
    f"POST {PERSONAL_DATA}/block": (Link(f"DELETE {PERSONAL_DATA}/block", OWN_TOKEN),),
    f"GET {MODERATION}/events": (
        Link(
            f"POST {MODERATION}/events/{{event_id}}/decisions",
            _take("event_id", "items/0/event/id"),
        ),
        Link(
            f"POST {MODERATION}/events/{{event_id}}/private-place",
            _take("event_id", "items/0/event/id"),
        ),
    ),
    f"GET {MODERATION}/event-changes": (
        Link(
            f"POST {MODERATION}/event-changes/{{change_id}}/decisions",
            _take("change_id", "items/0/id"),
        ),
    ),
    f"GET {MODERATION}/attendances": (
        Link(
            f"POST {MODERATION}/attendances/{{attendance_id}}/decisions",
            _take("attendance_id", "items/0/id"),
        ),
    ),
    f"GET {MODERATION}/orders": (
        Link(f"GET {MODERATION}/orders/{{order_id}}", _take("order_id", "items/0/order/id")),
        Link(
            f"POST {MODERATION}/orders/{{order_id}}/decisions",
            _take("order_id", "items/0/order/id"),
        ),
    ),
}


def add_links(document: Mapping[str, Any]) -> None:
    for source, links in LINKS.items():
        response = _find_success(_find_operation(document, source))
        response["links"] = dict(_describe(document, link) for link in links)


def _describe(document: Mapping[str, Any], link: Link) -> tuple[str, Mapping[str, Any]]:
    target = _find_operation(document, link.target)
    described = {
        "operationId": target["operationId"],
        "parameters": dict(link.parameters),
        "requestBody": dict(link.body),
        "description": target["summary"],
    }
    return target["operationId"], {name: value for name, value in described.items() if value}


def _find_operation(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    method, path = name.split()
    found: Mapping[str, Any] = document["paths"][path][method.lower()]
    return found


def _find_success(operation: Mapping[str, Any]) -> dict[str, Any]:
    return next(r for status, r in operation["responses"].items() if status.startswith("2"))

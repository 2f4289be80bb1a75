"""Subscriptions to webhooks. This campaign sends none: `imd_sdk.testing.webhook` makes them."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from imd_sdk.testing._problems import Rejection, find, invalid_field
from imd_sdk.testing._state import Webhook, WebhookDelivery, format_time
from imd_sdk.webhooks import new_secret

if TYPE_CHECKING:
    from imd_sdk.testing._requests import EndpointRequest
    from imd_sdk.testing._state import State, Wire

MAX_PER_KEY = 20
MAX_TESTS = 10
HTTPS_PORT = 443
TEST = "webhook.test"
SCOPES = {
    "event.submitted": "events:moderate",
    "event.change_proposed": "events:moderate",
    "order.placed": "orders:manage",
    "order.state_changed": "orders:manage",
}
SAMPLES: dict[str, Wire] = {
    "petition.count_changed": {"petition": "convention", "total": 1042, "goal": 10_000},
    "petition.milestone_reached": {"petition": "convention", "milestone": 1000, "total": 1042},
    "petition.closed": {"petition": "convention", "total": 10_042},
    "event.approved": {"event": "evt_sample"},
    "event.changed": {"event": "evt_sample"},
    "event.cancelled": {"event": "evt_sample"},
    "event.submitted": {"event": "evt_sample"},
    "event.change_proposed": {"event": "evt_sample", "change": "chg_sample"},
    "order.placed": {"order": "ord_sample"},
    "order.state_changed": {"order": "ord_sample", "state": "paid"},
    TEST: {"webhook": "whk_sample"},
}
PRIVATE_DOMAINS = ("localhost", "local", "home.arpa", "internal")
NOT_HTTPS = "must be a URL that begins with https://, without a user name, a password or #."
NOT_ASCII = "must have visible ASCII characters only. Write other domains in Punycode (xn--)."
OTHER_PORT = "must not name another port than 443."
PRIVATE = "must name a public host: this name or address is for private networks."
TOO_MANY_TESTS = f"A webhook may be tested {MAX_TESTS} times within an hour. Try again later."


def subscribe(state: State, request: EndpointRequest) -> Wire:
    key, form = _get_key(request), request.form
    _check_url(form.url)
    for scope in sorted({SCOPES[name] for name in form.types if name in SCOPES}):
        if scope not in state.keys[key]:
            detail = f"This needs a key with the scope {scope}."
            raise Rejection("forbidden", detail=detail, scope=scope)
    if len(_list_own(state, key)) >= MAX_PER_KEY:
        raise Rejection("webhook-limit-reached")
    webhook = Webhook(state.new("whk_"), key, form.url, form.types, state.now())
    state.webhooks[webhook.id] = webhook
    return {**_as_wire(webhook), "secret": new_secret()}


def webhooks(state: State, request: EndpointRequest) -> Any:
    own = _list_own(state, _get_key(request))
    return request.page([((n,), webhook) for n, webhook in enumerate(own)], _as_wire)


def get(state: State, request: EndpointRequest) -> Wire:
    return _as_wire(_find(state, request))


def unsubscribe(state: State, request: EndpointRequest) -> bytes:
    del state.webhooks[_find(state, request).id]
    return b""


def rotate_secret(state: State, request: EndpointRequest) -> Wire:
    _find(state, request)
    until = state.now() + timedelta(days=1)
    return {"secret": new_secret(), "previous_valid_until": format_time(until)}


def send_test(state: State, request: EndpointRequest) -> Wire:
    webhook, since = _find(state, request), state.now() - timedelta(hours=1)
    if sum(delivery.created_at > since for delivery in webhook.deliveries) >= MAX_TESTS:
        headers = {"retry-after": "3600"}
        raise Rejection("rate-limited", detail=TOO_MANY_TESTS, headers=headers)
    delivery = WebhookDelivery(state.new("msg_"), TEST, state.now())
    webhook.deliveries.insert(0, delivery)
    return _delivery_as_wire(delivery)


def deliveries(state: State, request: EndpointRequest) -> Any:
    log = _find(state, request).deliveries
    rows = [((n - len(log),), delivery) for n, delivery in enumerate(log)]
    return request.page(rows, _delivery_as_wire)


def sample(_: State, request: EndpointRequest) -> Wire:
    kind = request.path_params["event_type"]
    data = find(SAMPLES, kind)
    return {"type": kind, "timestamp": "2026-12-18T12:00:00+00:00", "data": data}


def _get_key(request: EndpointRequest) -> str:
    return request.headers["authorization"].partition(" ")[2].strip()


def _list_own(state: State, key: str) -> list[Webhook]:
    return [webhook for webhook in state.webhooks.values() if webhook.key == key]


def _find(state: State, request: EndpointRequest) -> Webhook:
    own = {webhook.id: webhook for webhook in _list_own(state, _get_key(request))}
    return find(own, request.path_params["webhook_id"])


def _as_wire(webhook: Webhook) -> Wire:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "types": webhook.types,
        "state": "active",
        "disabled_reason": None,
        "disabled_at": None,
        "failing_since": None,
        "created_at": format_time(webhook.created_at),
    }


def _delivery_as_wire(delivery: WebhookDelivery) -> Wire:
    return {
        "id": delivery.id,
        "type": delivery.type,
        "state": "queued",
        "attempts": 0,
        "response_status": None,
        "error": None,
        "created_at": format_time(delivery.created_at),
        "attempted_at": None,
        "next_attempt_at": format_time(delivery.created_at),
    }


def _check_url(address: str) -> None:
    if not address.isascii() or not address.isprintable() or " " in address:
        raise invalid_field("url", NOT_ASCII)
    url = _split(address)
    if url is None or url.scheme != "https" or "@" in url.netloc or "#" in address:
        raise invalid_field("url", NOT_HTTPS)
    if url.port not in {None, HTTPS_PORT}:
        raise invalid_field("url", OTHER_PORT)
    if _is_private((url.hostname or "").removesuffix(".")):
        raise invalid_field("url", PRIVATE)


def _split(address: str) -> SplitResult | None:
    try:
        url = urlsplit(address)
        is_sound = bool(url.hostname) and url.port != 0
    except ValueError:
        return None
    return url if is_sound else None


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(tuple(f".{name}" for name in PRIVATE_DOMAINS))

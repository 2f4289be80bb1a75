"""The routes of the HTTP API, each with its handler."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from imd_sdk.testing import (
    _attendances,
    _bounces,
    _campaign,
    _confirmations,
    _events,
    _feeds,
    _hosting,
    _icalendar,
    _moderation,
    _orders,
    _partners,
    _personal_data,
    _petitions,
    _posters,
    _schemas,
    _submissions,
    _webhooks,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

READ, MODERATE, MANAGE = "signatures:read", "events:moderate", "orders:manage"
ATTEST, NUMBERS = "signatures:attest", "partners:read"
WRITE, RELAY = "signatures:write", "submissions:relay"
ICS, GEO = "text/calendar; charset=utf-8", "application/geo+json"
CSV = "text/csv; charset=utf-8; header=present"
ATOM = "application/atom+xml; charset=utf-8"
MINUTE, HOUR = 60, 3600
REVALIDATED = 0


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    handler: Callable[..., Any]
    query: type[BaseModel] = _schemas.EmptyForm
    form: type[BaseModel] | None = None
    status: int = 200
    max_age: int | None = None
    """Seconds that any cache may store the response; None: not cacheable."""
    is_submission: bool = False
    """Whether what is sent waits for its mailbox; no error of it is repeated for a key."""
    has_effect: bool = True
    """Whether a response is stored for its Idempotency-Key: without an effect there is no need."""
    scope: str | None = None
    media_type: str = "application/json"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.path)))


def _get(path: str, handler: Callable[..., Any], **more: Any) -> Route:
    return Route("GET", path, handler, **more)


def _post(path: str, handler: Callable[..., Any], form: type[BaseModel], **more: Any) -> Route:
    return Route("POST", path, handler, form=form, **more)


def _delete(path: str, handler: Callable[..., Any]) -> Route:
    return Route("DELETE", path, handler, status=204)


_PETITION = "/v1/petitions/{slug}"
_TOKEN = "/v1/confirmations/{token}"
_OWN = "/v1/attendances/{token}"
_HOSTED = "/v1/hosted-events/{token}"
_DATA = "/v1/personal-data/{token}"
_REVIEW = "/v1/moderation"
_WEBHOOK = "/v1/webhooks/{webhook_id}"
_MANAGES_WEBHOOKS: dict[str, Any] = {"scope": "webhooks:manage"}
_SUBMISSION: dict[str, Any] = {"status": 202, "is_submission": True}
_TEXTS = {"query": _schemas.TextsQuery}
_PAGED: dict[str, Any] = {"query": _schemas.PageQuery}
_PAGED_TEXTS: dict[str, Any] = {"query": _schemas.TextsPageQuery}
ROUTES: tuple[Route, ...] = (
    _get("/healthz", _campaign.health),
    _get("/v1/challenges", _campaign.challenge),
    _get("/v1/campaign", _campaign.campaign, max_age=300, **_TEXTS),
    _get("/v1/petitions", _petitions.petitions, max_age=MINUTE, **_PAGED_TEXTS),
    _get(_PETITION, _petitions.petition, max_age=MINUTE, **_TEXTS),
    _get(f"{_PETITION}/count", _petitions.count, max_age=_petitions.COUNT_WINDOW),
    _get(f"{_PETITION}/places", _petitions.places, max_age=MINUTE, **_PAGED),
    _get(f"{_PETITION}/signers", _petitions.signers, max_age=REVALIDATED, **_PAGED),
    _get(f"{_PETITION}/signatures", _petitions.signatures, scope=READ, **_PAGED),
    _post(f"{_PETITION}/signatures", _submissions.sign, _schemas.SignatureForm, **_SUBMISSION),
    _post(
        f"{_PETITION}/attested-signatures",
        _partners.attest,
        _schemas.AttestedSignatureForm,
        status=202,
        scope=ATTEST,
    ),
    _get("/v1/partners/{source}/numbers", _partners.numbers, scope=NUMBERS, **_TEXTS),
    _get("/v1/partner-pages/{token}", _partners.page, **_TEXTS),
    _get(_TOKEN, _confirmations.get),
    _post(_TOKEN, _confirmations.confirm, _schemas.ConfirmationForm),
    _post(f"{_TOKEN}/rejection", _confirmations.reject, _schemas.EmptyForm),
    _delete(f"{_TOKEN}/rejection", _confirmations.undo_rejection),
    _post(f"{_TOKEN}/unsubscription", _confirmations.unsubscribe, _schemas.EmptyForm, status=204),
    _post("/v1/confirmation-codes", _confirmations.find_by_code, _schemas.CodeForm),
    _post(
        "/v1/personal-links",
        _personal_data.request_link,
        _schemas.PersonalLinkForm,
        **_SUBMISSION,
    ),
    _get(_DATA, _personal_data.get),
    _delete(f"{_DATA}/signatures/{{signature}}", _personal_data.withdraw_signature),
    _delete(f"{_DATA}/signatures/{{signature}}/public", _personal_data.hide_name),
    _delete(f"{_DATA}/signatures/{{signature}}/updates", _personal_data.stop_updates),
    _delete(f"{_DATA}/attendances/{{attendance}}", _personal_data.cancel_attendance),
    _delete(f"{_DATA}/events/{{event}}", _personal_data.cancel_event),
    _delete(f"{_DATA}/events/{{event}}/address", _personal_data.delete_host_address),
    _delete(f"{_DATA}/orders/{{order}}", _personal_data.cancel_order),
    _post(f"{_DATA}/block", _personal_data.block, _schemas.EmptyForm, status=204),
    _delete(f"{_DATA}/block", _personal_data.unblock),
    _post(f"{_DATA}/erasure", _personal_data.erase, _schemas.ErasureForm, status=204),
    _get("/v1/events", _events.listing, max_age=MINUTE, query=_schemas.EventQuery),
    _get("/v1/events/clusters", _events.clusters, max_age=MINUTE, query=_schemas.ClusterQuery),
    _get(
        "/v1/events.ics",
        _icalendar.calendar,
        max_age=MINUTE,
        query=_schemas.FeedQuery,
        media_type=ICS,
    ),
    _get(
        "/v1/events.geojson",
        _feeds.geojson,
        max_age=MINUTE,
        query=_schemas.FeedQuery,
        media_type=GEO,
    ),
    _get(
        "/v1/events.csv",
        _feeds.table,
        max_age=MINUTE,
        query=_schemas.FeedQuery,
        media_type=CSV,
    ),
    _get(
        "/v1/events.atom",
        _feeds.atom,
        max_age=MINUTE,
        query=_schemas.AtomQuery,
        media_type=ATOM,
    ),
    _get("/v1/events/{event_id}.ics", _icalendar.entry, max_age=MINUTE, media_type=ICS),
    _get("/v1/events/{event_id}", _events.get, max_age=MINUTE),
    _post("/v1/events", _submissions.submit, _schemas.EventForm, **_SUBMISSION),
    _post(
        "/v1/events/{event_id}/attendances",
        _submissions.attend,
        _schemas.AttendanceForm,
        **_SUBMISSION,
    ),
    _get(_OWN, _attendances.get),
    Route("PATCH", _OWN, _attendances.change, form=_schemas.AttendanceChange),
    Route("DELETE", _OWN, _attendances.leave, status=204),
    _get(_HOSTED, _hosting.get),
    Route("PATCH", _HOSTED, _hosting.set_capacity, form=_schemas.CapacityForm),
    Route("DELETE", _HOSTED, _hosting.withdraw, status=204),
    Route("PUT", f"{_HOSTED}/change", _hosting.propose_change, form=_schemas.EventChangeForm),
    Route("DELETE", f"{_HOSTED}/change", _hosting.withdraw_change, status=204),
    _post(f"{_HOSTED}/cancellation", _hosting.cancel, _schemas.CancellationForm),
    _get(f"{_HOSTED}/guests", _hosting.guests, **_PAGED),
    _post(
        f"{_HOSTED}/guests/{{attendance_id}}/decisions",
        _hosting.decide_guest,
        _schemas.GuestDecision,
    ),
    _get("/v1/posters", _posters.posters, max_age=15, **_PAGED_TEXTS),
    _get("/v1/posters/{slug}", _posters.poster, max_age=15, **_TEXTS),
    _get("/v1/posters/{slug}/files/{name}", _posters.file, max_age=HOUR),
    _post(
        "/v1/posters/{slug}/reservations",
        _orders.reserve,
        _schemas.ReservationForm,
        status=201,
        has_effect=False,
    ),
    _post("/v1/orders", _orders.order, _schemas.OrderForm, **_SUBMISSION),
    _get("/v1/orders/{order_id}", _orders.placed),
    _get("/v1/share-kit", _campaign.share_kit, max_age=300, **_TEXTS),
    _get("/v1/resources", _campaign.resources, max_age=300, **_PAGED_TEXTS),
    _get("/v1/resources/{slug}", _campaign.resource, max_age=300, **_TEXTS),
    _get(
        f"{_REVIEW}/events", _moderation.submitted, scope=MODERATE, query=_schemas.EventReviewQuery
    ),
    _post(
        f"{_REVIEW}/events/{{event_id}}/decisions",
        _moderation.decide,
        _schemas.EventDecision,
        scope=MODERATE,
    ),
    _post(
        f"{_REVIEW}/events/{{event_id}}/private-place",
        _moderation.make_place_private,
        _schemas.PrivatePlaceForm,
        scope=MODERATE,
    ),
    _get(f"{_REVIEW}/event-changes", _moderation.changes, scope=MODERATE, **_PAGED),
    _post(
        f"{_REVIEW}/event-changes/{{change_id}}/decisions",
        _moderation.decide_change,
        _schemas.EventChangeDecision,
        scope=MODERATE,
    ),
    _get(
        f"{_REVIEW}/attendances",
        _moderation.attendances,
        scope=MODERATE,
        query=_schemas.AttendanceReviewQuery,
    ),
    _post(
        f"{_REVIEW}/attendances/{{attendance_id}}/decisions",
        _moderation.decide_attendance,
        _schemas.AttendanceDecision,
        scope=MODERATE,
    ),
    _get(f"{_REVIEW}/orders", _orders.managed, scope=MANAGE, query=_schemas.OrderQuery),
    _get(f"{_REVIEW}/orders/{{order_id}}", _orders.managed_order, scope=MANAGE),
    _get(f"{_REVIEW}/stock", _orders.stock, scope=MANAGE, **_PAGED),
    _post(
        f"{_REVIEW}/orders/{{order_id}}/decisions",
        _orders.decide,
        _schemas.OrderDecision,
        scope=MANAGE,
    ),
    _post("/v1/bounces", _bounces.report, _schemas.BounceForm, scope="bounces:report"),
    _post(
        "/v1/webhooks",
        _webhooks.subscribe,
        _schemas.WebhookForm,
        status=201,
        **_MANAGES_WEBHOOKS,
    ),
    _get("/v1/webhooks", _webhooks.webhooks, **_PAGED, **_MANAGES_WEBHOOKS),
    _get("/v1/webhooks/samples/{event_type}", _webhooks.sample, **_MANAGES_WEBHOOKS),
    _get(_WEBHOOK, _webhooks.get, **_MANAGES_WEBHOOKS),
    Route("DELETE", _WEBHOOK, _webhooks.unsubscribe, status=204, **_MANAGES_WEBHOOKS),
    _post(f"{_WEBHOOK}/secret", _webhooks.rotate_secret, _schemas.EmptyForm, **_MANAGES_WEBHOOKS),
    _post(
        f"{_WEBHOOK}/test", _webhooks.send_test, _schemas.EmptyForm, status=202, **_MANAGES_WEBHOOKS
    ),
    _get(f"{_WEBHOOK}/deliveries", _webhooks.deliveries, **_PAGED, **_MANAGES_WEBHOOKS),
)


SCOPES = {WRITE, RELAY, *(route.scope for route in ROUTES if route.scope)}


def find_route(method: str, path: str) -> tuple[Route | None, dict[str, str], list[str]]:
    """Find a request's route and the parts of its path, else the methods that there are."""
    method = "GET" if method == "HEAD" else method
    fitting = [(route, found) for route in ROUTES if (found := route.pattern.fullmatch(path))]
    for route, found in fitting:
        if route.method == method:
            return route, found.groupdict(), []
    return None, {}, [route.method for route, _ in fitting]


def check_selector(selector: str | None) -> None:
    """Require a method, a route or a path of the API, such as ``POST /v1/orders``."""
    if selector is not None and not _is_known(selector):
        raise ValueError(
            f"{selector!r} is not a method, route or path of the API, such as 'POST /v1/orders'"
        )


def _is_known(selector: str) -> bool:
    method, _, path = selector.partition(" ")
    routes = {_without_names(route.path) for route in ROUTES if route.method == method}
    is_route = _without_names(path) in routes or find_route(method, path)[0] is not None
    return bool(routes) and (not path or is_route)


def is_selected(selector: str | None, method: str, path: str, route: str | None) -> bool:
    if selector is None:
        return True
    wanted_method, _, wanted = selector.partition(" ")
    if wanted_method != method:
        return False
    paths = {"", path, _without_names(route or "")}
    return wanted in paths or _without_names(wanted) in paths


@lru_cache(maxsize=256)
def _without_names(route: str) -> str:
    return re.sub("{[^}]*}", "{}", route)

"""Every address that the SDK calls: what it takes, who may, and who answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from imd_sdk.testing import _campaign, _events, _forms, _posters

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

READ, MODERATE = "signatures:read", "events:moderate"
ICS, GEO = "text/calendar; charset=utf-8", "application/geo+json"
MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    answer: Callable[..., Any]
    query: type[BaseModel] = _forms.Nothing
    form: type[BaseModel] | None = None
    status: int = 200
    keep: int | None = None
    """Seconds that anybody may keep the answer; None: not at all."""
    scope: str | None = None
    media_type: str = "application/json"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        escaped = re.escape(self.path).replace(r"\{", "{").replace(r"\}", "}")
        return re.compile(re.sub("{([a-z_]+)}", "(?P<\\1>[^/]+)", escaped))


def _get(path: str, answer: Callable[..., Any], **more: Any) -> Route:
    return Route("GET", path, answer, **more)


def _post(path: str, answer: Callable[..., Any], form: type[BaseModel], **more: Any) -> Route:
    return Route("POST", path, answer, form=form, **more)


_PETITION = "/v1/petitions/{slug}"
_TOKEN = "/v1/confirmations/{token}"  # noqa: S105 - an address
_REVIEW = "/v1/moderation"
_TEXTS = {"query": _forms.Texts}
_PAGED: dict[str, Any] = {"query": _forms.Paged}
_PAGED_TEXTS: dict[str, Any] = {"query": _forms.PagedTexts}

ROUTES: tuple[Route, ...] = (
    _get("/healthz", _campaign.health),
    _get("/v1/campaign", _campaign.campaign, keep=300, **_TEXTS),
    _get("/v1/petitions", _campaign.listing, keep=MINUTE, **_PAGED_TEXTS),
    _get(_PETITION, _campaign.get, keep=MINUTE, **_TEXTS),
    _get(f"{_PETITION}/count", _campaign.count, keep=_campaign.COUNT_WINDOW),
    _get(f"{_PETITION}/places", _campaign.places, keep=MINUTE, **_PAGED),
    _get(f"{_PETITION}/signers", _campaign.signers, keep=MINUTE, **_PAGED),
    _get(f"{_PETITION}/signatures", _campaign.signatures, scope=READ, **_PAGED),
    _post(f"{_PETITION}/signatures", _campaign.sign, _forms.Signing, status=202),
    _get(_TOKEN, _campaign.confirmation),
    _post(_TOKEN, _campaign.confirm, _forms.Nothing),
    _get("/v1/events", _events.listing, keep=MINUTE, query=_forms.PagedEvents),
    _get("/v1/events/clusters", _events.clusters, keep=MINUTE, query=_forms.Zoomed),
    _get("/v1/events.ics", _events.calendar, keep=MINUTE, query=_forms.Filters, media_type=ICS),
    _get("/v1/events.geojson", _events.features, keep=MINUTE, query=_forms.Filters, media_type=GEO),
    _get("/v1/events/{event_id}.ics", _events.entry, keep=MINUTE, media_type=ICS),
    _get("/v1/events/{event_id}", _events.get, keep=MINUTE),
    _post("/v1/events", _events.submit, _forms.Submission, status=202),
    _post("/v1/events/{event_id}/attendances", _events.attend, _forms.Coming, status=202),
    _get("/v1/posters", _posters.listing, keep=15, **_PAGED_TEXTS),
    _get("/v1/posters/{slug}", _posters.get, keep=15, **_TEXTS),
    _get("/v1/posters/{slug}/files/{name}", _posters.file, keep=HOUR),
    _post("/v1/posters/{slug}/reservations", _posters.reserve, _forms.Wish, status=201),
    _post("/v1/orders", _posters.order, _forms.Ordering, status=201),
    _get("/v1/orders/{order_id}", _posters.placed),
    _get("/v1/share-kit", _campaign.share_kit, keep=300, **_TEXTS),
    _get("/v1/resources", _campaign.resources, keep=300, **_PAGED_TEXTS),
    _get("/v1/resources/{slug}", _campaign.resource, keep=300, **_TEXTS),
    _get(f"{_REVIEW}/events", _events.submitted, scope=MODERATE, query=_forms.ReviewedEvents),
    _post(
        f"{_REVIEW}/events/{{event_id}}/decisions",
        _events.decide,
        _forms.EventDecision,
        scope=MODERATE,
    ),
    _get(
        f"{_REVIEW}/attendances",
        _events.attendances,
        scope=MODERATE,
        query=_forms.ReviewedAttendances,
    ),
    _post(
        f"{_REVIEW}/attendances/{{attendance_id}}/decisions",
        _events.decide_attendance,
        _forms.AttendanceDecision,
        scope=MODERATE,
    ),
)

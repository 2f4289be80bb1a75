"""One function per endpoint of the HTTP API, which returns its `ApiCall`; no I/O."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from imd_sdk import _response, models
from imd_sdk._call import ApiCall
from imd_sdk._targets import Query, fill_route, format_query
from imd_sdk._terms import OPTIONS, check_names
from imd_sdk.options import EventFilters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from imd_sdk._download import Download, DownloadedFile

M = TypeVar("M", bound=models.Model)


def health() -> ApiCall[models.Health]:
    return _get(models.Health, "/healthz")


def campaign(*, lang: str | None) -> ApiCall[models.Campaign]:
    return _get(models.Campaign, "/v1/campaign", lang=lang)


def challenge() -> ApiCall[models.Challenge | None]:
    route = "/v1/challenges"
    return ApiCall("GET", route, _parse_challenge, route)


def _parse_challenge(response: _response.RawResponse) -> models.Challenge | None:
    return _response.parse_model(response, models.OfferedChallenge).challenge


def petitions(*, lang: str | None, limit: int | None) -> ApiCall[models.Page[models.Petition]]:
    return _list(models.Petition, "/v1/petitions", lang=lang, limit=limit)


def petition(slug: str, *, lang: str | None) -> ApiCall[models.Petition]:
    return _get(models.Petition, "/v1/petitions/{slug}", {"slug": slug}, lang=lang)


def count(slug: str) -> ApiCall[models.Count]:
    return _get(models.Count, "/v1/petitions/{slug}/count", {"slug": slug})


def places(slug: str, *, limit: int | None) -> ApiCall[models.Page[models.PlaceCount]]:
    return _list(models.PlaceCount, "/v1/petitions/{slug}/places", {"slug": slug}, limit=limit)


def signers(slug: str, *, limit: int | None) -> ApiCall[models.Page[models.Signer]]:
    return _list(models.Signer, "/v1/petitions/{slug}/signers", {"slug": slug}, limit=limit)


def signatures(slug: str, *, limit: int | None) -> ApiCall[models.Page[models.Signature]]:
    return _list(models.Signature, "/v1/petitions/{slug}/signatures", {"slug": slug}, limit=limit)


def sign(slug: str, **fields: Any) -> ApiCall[models.SubmissionReceipt]:
    return _post(
        models.SubmissionReceipt, "/v1/petitions/{slug}/signatures", {"slug": slug}, **fields
    )


def attest(slug: str, **fields: Any) -> ApiCall[models.AttestationReceipt]:
    route = "/v1/petitions/{slug}/attested-signatures"
    return _post(models.AttestationReceipt, route, {"slug": slug}, **fields)


def partner_numbers(source: str, *, lang: str | None) -> ApiCall[models.PartnerNumbers]:
    route = "/v1/partners/{source}/numbers"
    return _get(models.PartnerNumbers, route, {"source": source}, lang=lang)


def partner_page(token: str, *, lang: str | None) -> ApiCall[models.PartnerNumbers]:
    return _get(models.PartnerNumbers, "/v1/partner-pages/{token}", {"token": token}, lang=lang)


def confirmation(token: str) -> ApiCall[models.Confirmation]:
    route = "/v1/confirmations/{token}"
    return ApiCall("GET", route, _parse_confirmation, fill_route(route, {"token": token}))


def confirm(token: str, **fields: Any) -> ApiCall[models.Confirmation]:
    return _decide("/v1/confirmations/{token}", token, **fields)


def reject(token: str) -> ApiCall[models.Confirmation]:
    return _decide("/v1/confirmations/{token}/rejection", token)


def _decide(route: str, token: str, **fields: Any) -> ApiCall[models.Confirmation]:
    path, body = fill_route(route, {"token": token}), _json_body(fields)
    return ApiCall("POST", route, _parse_confirmation, path, body=body)


_CONFIRMATIONS: Mapping[models.ConfirmationKind, type[models.Confirmation]] = {
    models.ConfirmationKind.SIGNATURE: models.SignatureConfirmation,
    models.ConfirmationKind.EVENT: models.EventConfirmation,
    models.ConfirmationKind.ATTENDANCE: models.AttendanceConfirmation,
    models.ConfirmationKind.ORDER: models.OrderConfirmation,
}


def _parse_confirmation(response: _response.RawResponse) -> models.Confirmation:
    """Parse the model of the confirmation's kind; an unknown kind is a plain Confirmation."""
    kind = _response.parse_model(response, models.Confirmation).kind
    return _response.parse_model(response, _CONFIRMATIONS.get(kind, models.Confirmation))


def undo_rejection(token: str) -> ApiCall[None]:
    return _delete("/v1/confirmations/{token}/rejection", token)


def unsubscribe_mailbox(token: str) -> ApiCall[None]:
    return _post_for_nothing("/v1/confirmations/{token}/unsubscription", token)


def find_confirmation(**fields: Any) -> ApiCall[str]:
    route = "/v1/confirmation-codes"
    return ApiCall("POST", route, _response.parse_token, route, body=_json_body(fields))


def request_personal_link(**fields: Any) -> ApiCall[models.SubmissionReceipt]:
    return _post(models.SubmissionReceipt, "/v1/personal-links", **fields)


def personal_data(token: str) -> ApiCall[models.PersonalData]:
    return _get(models.PersonalData, "/v1/personal-data/{token}", {"token": token})


def withdraw_signature(token: str, signature_id: str) -> ApiCall[None]:
    return _delete_item("/v1/personal-data/{token}/signatures/{id}", token, signature_id)


def hide_name(token: str, signature_id: str) -> ApiCall[None]:
    return _delete_item("/v1/personal-data/{token}/signatures/{id}/public", token, signature_id)


def stop_updates(token: str, signature_id: str) -> ApiCall[None]:
    return _delete_item("/v1/personal-data/{token}/signatures/{id}/updates", token, signature_id)


def cancel_attendance(token: str, attendance_id: str) -> ApiCall[None]:
    return _delete_item("/v1/personal-data/{token}/attendances/{id}", token, attendance_id)


def cancel_own_event(token: str, event_id: str) -> ApiCall[None]:
    return _delete_item("/v1/personal-data/{token}/events/{id}", token, event_id)


def delete_host_address(token: str, event_id: str) -> ApiCall[None]:
    return _delete_item("/v1/personal-data/{token}/events/{id}/address", token, event_id)


def cancel_order(token: str, order_id: str) -> ApiCall[None]:
    return _delete_item("/v1/personal-data/{token}/orders/{id}", token, order_id)


def block(token: str) -> ApiCall[None]:
    return _post_for_nothing("/v1/personal-data/{token}/block", token)


def unblock(token: str) -> ApiCall[None]:
    return _delete("/v1/personal-data/{token}/block", token)


def erase(token: str, **fields: Any) -> ApiCall[None]:
    return _post_for_nothing("/v1/personal-data/{token}/erasure", token, **fields)


def _delete_item(route: str, token: str, item_id: str) -> ApiCall[None]:
    path = fill_route(route, {"token": token, "id": item_id})
    return ApiCall("DELETE", route, _response.parse_nothing, path)


def _post_for_nothing(route: str, token: str, **fields: Any) -> ApiCall[None]:
    path, body = fill_route(route, {"token": token}), _json_body(fields)
    return ApiCall("POST", route, _response.parse_nothing, path, body=body)


def events(filters: Query, *, limit: int | None) -> ApiCall[models.Page[models.Event]]:
    return _list(models.Event, "/v1/events", **filters, limit=limit)


def event(event_id: str) -> ApiCall[models.Event]:
    return _get(models.Event, "/v1/events/{id}", {"id": event_id})


def clusters(
    filters: Query, *, bbox: Iterable[float], zoom: int
) -> ApiCall[models.Page[models.Cluster]]:
    filters["bbox"] = _join_numbers("bbox", bbox)
    return _list(models.Cluster, "/v1/events/clusters", **filters, zoom=zoom)


def ics(filters: Query, *, limit: int | None = None) -> ApiCall[bytes]:
    return _calendar("/v1/events.ics", **filters, limit=limit)


def event_ics(event_id: str) -> ApiCall[bytes]:
    return _calendar("/v1/events/{id}.ics", {"id": event_id})


def geojson(filters: Query, *, limit: int | None = None) -> ApiCall[dict[str, Any]]:
    route, kind = "/v1/events.geojson", "application/geo+json"
    query = format_query({**filters, "limit": limit})
    return ApiCall("GET", route, _response.parse_json_object, route, query, accept=kind)


def csv(filters: Query, *, limit: int | None = None) -> ApiCall[bytes]:
    route, kind = "/v1/events.csv", _response.CSV_TYPE
    query = format_query({**filters, "limit": limit})
    return ApiCall("GET", route, _response.parse_csv, route, query, accept=kind)


def atom(filters: Query, *, limit: int | None = None) -> ApiCall[bytes]:
    route, kind = "/v1/events.atom", _response.ATOM_TYPE
    query = format_query({**filters, "limit": limit})
    return ApiCall("GET", route, _response.parse_atom, route, query, accept=kind)


def pop_filters(options: Any) -> Query:
    check_names(options, {*OPTIONS, *_FILTERS})
    filters = {name: options.pop(name, None) for name in _FILTERS}
    filters["from"] = filters.pop("from_")
    for name in ("bbox", "near"):
        filters[name] = _join_numbers(name, filters[name])
    return filters


_FILTERS = tuple(EventFilters.__annotations__)


def submit(
    *, starts_at: datetime | str, ends_at: datetime | str | None, time_zone: str, **fields: Any
) -> ApiCall[models.SubmissionReceipt]:
    return _post(
        models.SubmissionReceipt,
        "/v1/events",
        starts_at=_format_time(starts_at, time_zone),
        ends_at=None if ends_at is None else _format_time(ends_at, time_zone),
        time_zone=time_zone,
        **fields,
    )


def attend(event_id: str, **fields: Any) -> ApiCall[models.SubmissionReceipt]:
    return _post(
        models.SubmissionReceipt, "/v1/events/{id}/attendances", {"id": event_id}, **fields
    )


def attendance(token: str) -> ApiCall[models.Attendance]:
    return _get(models.Attendance, "/v1/attendances/{token}", {"token": token})


def change_attendance(token: str, **fields: Any) -> ApiCall[models.Attendance]:
    route = "/v1/attendances/{token}"
    return _send("PATCH", models.Attendance, route, {"token": token}, fields)


def leave(token: str) -> ApiCall[None]:
    return _delete("/v1/attendances/{token}", token)


def hosted_event(token: str) -> ApiCall[models.HostedEvent]:
    return _get(models.HostedEvent, "/v1/hosted-events/{token}", {"token": token})


def set_capacity(token: str, capacity: int | None) -> ApiCall[models.HostedEvent]:
    fields = {"capacity": capacity}
    return _send("PATCH", models.HostedEvent, "/v1/hosted-events/{token}", {"token": token}, fields)


def withdraw_event(token: str) -> ApiCall[None]:
    return _delete("/v1/hosted-events/{token}", token)


def propose_change(
    token: str,
    *,
    starts_at: datetime | str,
    ends_at: datetime | str | None,
    time_zone: str,
    **fields: Any,
) -> ApiCall[models.HostedEvent]:
    times = {
        "starts_at": _format_time(starts_at, time_zone),
        "ends_at": None if ends_at is None else _format_time(ends_at, time_zone),
        "time_zone": time_zone,
    }
    values = {"token": token}
    return _send(
        "PUT", models.HostedEvent, "/v1/hosted-events/{token}/change", values, {**times, **fields}
    )


def withdraw_change(token: str) -> ApiCall[None]:
    return _delete("/v1/hosted-events/{token}/change", token)


def cancel_event(token: str, **fields: Any) -> ApiCall[models.HostedEvent]:
    return _post(
        models.HostedEvent, "/v1/hosted-events/{token}/cancellation", {"token": token}, **fields
    )


def hosted_guests(
    token: str, *, limit: int | None
) -> ApiCall[models.Page[models.AttendanceReview]]:
    return _list(
        models.AttendanceReview, "/v1/hosted-events/{token}/guests", {"token": token}, limit=limit
    )


def decide_guest(token: str, attendance_id: str, **fields: Any) -> ApiCall[models.AttendanceReview]:
    route = "/v1/hosted-events/{token}/guests/{id}/decisions"
    return _post(models.AttendanceReview, route, {"token": token, "id": attendance_id}, **fields)


def posters(*, lang: str | None, limit: int | None) -> ApiCall[models.Page[models.Poster]]:
    return _list(models.Poster, "/v1/posters", lang=lang, limit=limit)


def poster(slug: str, *, lang: str | None) -> ApiCall[models.Poster]:
    return _get(models.Poster, "/v1/posters/{slug}", {"slug": slug}, lang=lang)


def download(slug: str, name: str, target: Download) -> ApiCall[DownloadedFile]:
    route = "/v1/posters/{slug}/files/{name}"
    path = fill_route(route, {"slug": slug, "name": name})
    return ApiCall("GET", route, target.finish, path, accept="*/*", download=target)


def reserve(slug: str, **fields: Any) -> ApiCall[models.Reservation]:
    return _post(models.Reservation, "/v1/posters/{slug}/reservations", {"slug": slug}, **fields)


def order(reservation: str, **fields: Any) -> ApiCall[models.SubmissionReceipt]:
    return _post(models.SubmissionReceipt, "/v1/orders", reservation=reservation, **fields)


def get_order(order_id: str) -> ApiCall[models.Order]:
    return _get(models.Order, "/v1/orders/{id}", {"id": order_id})


def share_kit(*, lang: str | None) -> ApiCall[models.ShareKit]:
    return _get(models.ShareKit, "/v1/share-kit", lang=lang)


def resources(*, lang: str | None, limit: int | None) -> ApiCall[models.Page[models.Resource]]:
    return _list(models.Resource, "/v1/resources", lang=lang, limit=limit)


def resource(slug: str, *, lang: str | None) -> ApiCall[models.Resource]:
    return _get(models.Resource, "/v1/resources/{slug}", {"slug": slug}, lang=lang)


def review_events(
    *, state: str | None, limit: int | None
) -> ApiCall[models.Page[models.EventReview]]:
    return _list(models.EventReview, "/v1/moderation/events", state=state, limit=limit)


def decide_event(event_id: str, **fields: Any) -> ApiCall[models.EventReview]:
    route = "/v1/moderation/events/{id}/decisions"
    return _post(models.EventReview, route, {"id": event_id}, **fields)


def make_place_private(event_id: str, **fields: Any) -> ApiCall[models.EventReview]:
    route = "/v1/moderation/events/{id}/private-place"
    return _post(models.EventReview, route, {"id": event_id}, **fields)


def review_event_changes(*, limit: int | None) -> ApiCall[models.Page[models.EventChangeReview]]:
    return _list(models.EventChangeReview, "/v1/moderation/event-changes", limit=limit)


def decide_event_change(change_id: str, **fields: Any) -> ApiCall[models.EventReview]:
    route = "/v1/moderation/event-changes/{id}/decisions"
    return _post(models.EventReview, route, {"id": change_id}, **fields)


def review_attendances(
    *, event: str | None, limit: int | None
) -> ApiCall[models.Page[models.AttendanceReview]]:
    return _list(models.AttendanceReview, "/v1/moderation/attendances", event=event, limit=limit)


def decide_attendance(attendance_id: str, **fields: Any) -> ApiCall[models.AttendanceReview]:
    route = "/v1/moderation/attendances/{id}/decisions"
    return _post(models.AttendanceReview, route, {"id": attendance_id}, **fields)


def orders(*, state: str | None, limit: int | None) -> ApiCall[models.Page[models.ManagedOrder]]:
    return _list(models.ManagedOrder, "/v1/moderation/orders", state=state, limit=limit)


def managed_order(order_id: str) -> ApiCall[models.ManagedOrder]:
    return _get(models.ManagedOrder, "/v1/moderation/orders/{id}", {"id": order_id})


def stock(*, limit: int | None) -> ApiCall[models.Page[models.Stock]]:
    return _list(models.Stock, "/v1/moderation/stock", limit=limit)


def decide_order(order_id: str, **fields: Any) -> ApiCall[models.ManagedOrder]:
    route = "/v1/moderation/orders/{id}/decisions"
    return _post(models.ManagedOrder, route, {"id": order_id}, **fields)


def report_bounce(**fields: Any) -> ApiCall[models.BounceReceipt]:
    return _post(models.BounceReceipt, "/v1/bounces", **fields)


def subscribe(url: str, types: Iterable[str]) -> ApiCall[models.NewWebhook]:
    if isinstance(types, str):
        raise TypeError("types must be several, such as ['event.approved'], not a string")
    return _post(models.NewWebhook, "/v1/webhooks", url=url, types=list(types))


def webhooks(*, limit: int | None) -> ApiCall[models.Page[models.Webhook]]:
    return _list(models.Webhook, "/v1/webhooks", limit=limit)


def webhook(webhook_id: str) -> ApiCall[models.Webhook]:
    return _get(models.Webhook, "/v1/webhooks/{id}", {"id": webhook_id})


def unsubscribe(webhook_id: str) -> ApiCall[None]:
    route = "/v1/webhooks/{id}"
    return ApiCall("DELETE", route, _response.parse_nothing, fill_route(route, {"id": webhook_id}))


def rotate_webhook_secret(webhook_id: str) -> ApiCall[models.NewWebhookSecret]:
    return _post(models.NewWebhookSecret, "/v1/webhooks/{id}/secret", {"id": webhook_id})


def test_webhook(webhook_id: str) -> ApiCall[models.WebhookDelivery]:
    return _post(models.WebhookDelivery, "/v1/webhooks/{id}/test", {"id": webhook_id})


def webhook_deliveries(
    webhook_id: str, *, limit: int | None
) -> ApiCall[models.Page[models.WebhookDelivery]]:
    route = "/v1/webhooks/{id}/deliveries"
    return _list(models.WebhookDelivery, route, {"id": webhook_id}, limit=limit)


def webhook_sample(kind: str) -> ApiCall[models.WebhookPayload]:
    return _get(models.WebhookPayload, "/v1/webhooks/samples/{type}", {"type": kind})


def _get(
    kind: type[M], route: str, values: Mapping[str, str] | None = None, /, **query: Any
) -> ApiCall[M]:
    return ApiCall("GET", route, _reader(kind), fill_route(route, values), format_query(query))


def _list(
    kind: type[M], route: str, values: Mapping[str, str] | None = None, /, **query: Any
) -> ApiCall[models.Page[M]]:
    return ApiCall("GET", route, _page_reader(kind), fill_route(route, values), format_query(query))


def _post(
    kind: type[M], route: str, values: Mapping[str, str] | None = None, /, **fields: Any
) -> ApiCall[M]:
    path, body = fill_route(route, values), _json_body(fields)
    return ApiCall("POST", route, _reader(kind), path, body=body)


def _send(
    method: str, kind: type[M], route: str, values: Mapping[str, str], fields: Mapping[str, Any]
) -> ApiCall[M]:
    """Send every field: None is a value here."""
    body = json.dumps(fields).encode()
    return ApiCall(method, route, _reader(kind), fill_route(route, values), body=body)


def _delete(route: str, token: str) -> ApiCall[None]:
    return ApiCall("DELETE", route, _response.parse_nothing, fill_route(route, {"token": token}))


def _json_body(fields: Mapping[str, Any]) -> bytes:
    given = {name: value for name, value in fields.items() if value is not None}
    return json.dumps(given).encode()


def _calendar(
    route: str, values: Mapping[str, str] | None = None, /, **query: Any
) -> ApiCall[bytes]:
    path, accept = fill_route(route, values), _response.CALENDAR_TYPE
    return ApiCall("GET", route, _response.parse_calendar, path, format_query(query), accept=accept)


@cache
def _reader(kind: type[M]) -> Callable[[_response.RawResponse], M]:
    return partial(_response.parse_model, kind=kind)


@cache
def _page_reader(kind: type[M]) -> Callable[[_response.RawResponse], models.Page[M]]:
    return partial(_response.parse_model, kind=models.Page[kind])  # type: ignore[valid-type]


def _join_numbers(name: str, values: Iterable[float] | None) -> str | None:
    """Write ``bbox`` or ``near`` as one parameter, separated by commas."""
    if isinstance(values, str):
        raise TypeError(f"{name} must be numbers, such as (19.43, -99.13), not a string")
    return None if values is None else ",".join(str(float(value)) for value in values)


def _format_time(value: datetime | str, time_zone: str) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, datetime):
        raise TypeError("a time must be a datetime or a str, such as 2026-12-18T18:00:00-06:00")
    return (value if value.tzinfo else value.replace(tzinfo=_load_zone(time_zone))).isoformat()


def _load_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError(
            f"time_zone must be an IANA name that this machine knows, not {name!r};"
            " if it knows none, install tzdata"
        ) from None

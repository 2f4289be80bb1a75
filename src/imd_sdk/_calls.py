"""Every request as a value: how to ask, and how to read the answer; no I/O."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote, unquote, urlencode
from zoneinfo import ZoneInfo

from imd_sdk import _answers, models
from imd_sdk._exchange import OPTIONS, only
from imd_sdk.options import EventFilters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from imd_sdk._answers import Download, Downloaded, Response

T = TypeVar("T")
M = TypeVar("M", bound=models.Model)

Query = dict[str, Any]

SAFE = ("GET", "HEAD", "OPTIONS")
METHODS = (*SAFE, "POST", "PUT", "PATCH", "DELETE")


@dataclass(slots=True)
class Call(Generic[T]):
    """A request and the way to read its answer; what may be personal or secret is not shown."""

    method: str
    route: str
    read: Callable[[_answers.Answer], T] | None = field(repr=False)
    """None: what is wanted is the answer itself."""
    path: str = field(repr=False)
    query: Mapping[str, str | Sequence[str]] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    accept: str = "application/json"
    sink: Download | None = field(default=None, repr=False)

    @property
    def target(self) -> str:
        if not self.query:
            return self.path
        return f"{self.path}?{urlencode(self.query, doseq=True, errors='replace')}"

    @property
    def is_safe(self) -> bool:
        """Whether it changes nothing there, and so needs no key (RFC 9110, 9.2.1)."""
        return self.method in SAFE

    @property
    def hidden(self) -> set[str]:
        """What it says that no error may repeat."""
        if self.read is None:
            return _answers.everything(self.route, self.path, self.query, self.body)
        return _answers.secrets(self.route, self.path, self.body)

    def at(self, cursor: str | None) -> Call[T]:
        if cursor is None:
            return self
        return replace(self, query={**self.query, "cursor": cursor})


def health() -> Call[models.Health]:
    return _get(models.Health, "/healthz")


def campaign(*, lang: str | None) -> Call[models.Campaign]:
    return _get(models.Campaign, "/v1/campaign", lang=lang)


def petitions(*, lang: str | None, limit: int | None) -> Call[models.Page[models.Petition]]:
    return _list(models.Petition, "/v1/petitions", lang=lang, limit=limit)


def petition(slug: str, *, lang: str | None) -> Call[models.Petition]:
    return _get(models.Petition, "/v1/petitions/{slug}", {"slug": slug}, lang=lang)


def count(slug: str) -> Call[models.Count]:
    return _get(models.Count, "/v1/petitions/{slug}/count", {"slug": slug})


def places(slug: str, *, limit: int | None) -> Call[models.Page[models.PlaceCount]]:
    return _list(models.PlaceCount, "/v1/petitions/{slug}/places", {"slug": slug}, limit=limit)


def signers(slug: str, *, limit: int | None) -> Call[models.Page[models.Signer]]:
    return _list(models.Signer, "/v1/petitions/{slug}/signers", {"slug": slug}, limit=limit)


def signatures(slug: str, *, limit: int | None) -> Call[models.Page[models.Signature]]:
    return _list(models.Signature, "/v1/petitions/{slug}/signatures", {"slug": slug}, limit=limit)


def sign(slug: str, **fields: Any) -> Call[models.SignatureReceipt]:
    return _post(
        models.SignatureReceipt, "/v1/petitions/{slug}/signatures", {"slug": slug}, **fields
    )


def confirmation(token: str) -> Call[models.Confirmation]:
    return _get(models.Confirmation, "/v1/confirmations/{token}", {"token": token})


def confirm(token: str) -> Call[models.Confirmation]:
    return _post(models.Confirmation, "/v1/confirmations/{token}", {"token": token})


def events(filters: Query, *, limit: int | None) -> Call[models.Page[models.Event]]:
    return _list(models.Event, "/v1/events", **filters, limit=limit)


def event(event_id: str) -> Call[models.Event]:
    return _get(models.Event, "/v1/events/{id}", {"id": event_id})


def clusters(
    filters: Query, *, bbox: Iterable[float], zoom: int
) -> Call[models.Page[models.Cluster]]:
    filters["bbox"] = _numbers("bbox", bbox)
    return _list(models.Cluster, "/v1/events/clusters", **filters, zoom=zoom)


def ics(filters: Query) -> Call[bytes]:
    return _calendar("/v1/events.ics", **filters)


def event_ics(event_id: str) -> Call[bytes]:
    return _calendar("/v1/events/{id}.ics", {"id": event_id})


def geojson(filters: Query) -> Call[dict[str, Any]]:
    route, kind = "/v1/events.geojson", "application/geo+json"
    return Call("GET", route, _answers.json_object, route, _query(filters), accept=kind)


def pop_filters(options: Any) -> Query:
    only(options, {*OPTIONS, *_FILTERS})
    filters = {name: options.pop(name, None) for name in _FILTERS}
    filters["from"] = filters.pop("from_")
    for name in ("bbox", "near"):
        filters[name] = _numbers(name, filters[name])
    return filters


_FILTERS = tuple(EventFilters.__annotations__)


def submit(
    *, starts_at: datetime | str, ends_at: datetime | str | None, time_zone: str, **fields: Any
) -> Call[models.SubmissionReceipt]:
    return _post(
        models.SubmissionReceipt,
        "/v1/events",
        starts_at=_moment(starts_at, time_zone),
        ends_at=None if ends_at is None else _moment(ends_at, time_zone),
        time_zone=time_zone,
        **fields,
    )


def attend(event_id: str, **fields: Any) -> Call[models.AttendanceReceipt]:
    return _post(
        models.AttendanceReceipt, "/v1/events/{id}/attendances", {"id": event_id}, **fields
    )


def posters(*, lang: str | None, limit: int | None) -> Call[models.Page[models.Poster]]:
    return _list(models.Poster, "/v1/posters", lang=lang, limit=limit)


def poster(slug: str, *, lang: str | None) -> Call[models.Poster]:
    return _get(models.Poster, "/v1/posters/{slug}", {"slug": slug}, lang=lang)


def download(slug: str, name: str, sink: Download) -> Call[Downloaded]:
    route = "/v1/posters/{slug}/files/{name}"
    path = _fill(route, {"slug": slug, "name": name})
    return Call("GET", route, sink.end, path, accept="*/*", sink=sink)


def reserve(slug: str, **fields: Any) -> Call[models.Reservation]:
    return _post(models.Reservation, "/v1/posters/{slug}/reservations", {"slug": slug}, **fields)


def order(reservation_id: str, **fields: Any) -> Call[models.Order]:
    return _post(models.Order, "/v1/orders", reservation=reservation_id, **fields)


def get_order(order_id: str) -> Call[models.Order]:
    return _get(models.Order, "/v1/orders/{id}", {"id": order_id})


def share_kit(*, lang: str | None) -> Call[models.ShareKit]:
    return _get(models.ShareKit, "/v1/share-kit", lang=lang)


def resources(*, lang: str | None, limit: int | None) -> Call[models.Page[models.Resource]]:
    return _list(models.Resource, "/v1/resources", lang=lang, limit=limit)


def resource(slug: str, *, lang: str | None) -> Call[models.Resource]:
    return _get(models.Resource, "/v1/resources/{slug}", {"slug": slug}, lang=lang)


def review_events(*, state: str | None, limit: int | None) -> Call[models.Page[models.EventReview]]:
    return _list(models.EventReview, "/v1/moderation/events", state=state, limit=limit)


def decide_event(event_id: str, **fields: Any) -> Call[models.EventReview]:
    route = "/v1/moderation/events/{id}/decisions"
    return _post(models.EventReview, route, {"id": event_id}, **fields)


def review_attendances(
    *, event: str | None, limit: int | None
) -> Call[models.Page[models.AttendanceReview]]:
    return _list(models.AttendanceReview, "/v1/moderation/attendances", event=event, limit=limit)


def decide_attendance(attendance_id: str, **fields: Any) -> Call[models.AttendanceReview]:
    route = "/v1/moderation/attendances/{id}/decisions"
    return _post(models.AttendanceReview, route, {"id": attendance_id}, **fields)


def raw(method: str, path: str, params: Mapping[str, Any] | None, body: Any) -> Call[Response]:
    method = method.upper()
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}")
    if body is not None and method in SAFE:
        raise ValueError(f"json must not be given for {method}, which sends none")
    query = dict(params or {})
    names = _names(path)
    if missing := [name for name in names if query.get(name) is None]:
        raise ValueError(f"params must hold {missing[0]}, which path names")
    parts = {name: str(_parameter(query.pop(name))) for name in names}
    return Call(
        method,
        _pattern(path),
        None,
        _fill(quote(path, safe=_LITERAL), parts),
        _query(query),
        body=None if body is None else json.dumps(body).encode(),
        accept="*/*",
    )


_LITERAL = "/{}%!$&'()*+,;=:@"
"""Of a path that the caller wrote, what stays as it is (RFC 3986, 3.3)."""


def _names(path: str) -> list[str]:
    """Check that a path stays below the base URL, and find the names in its braces."""
    if not re.fullmatch(r"/(?!/)[^\s?#\\\x00-\x1f\x7f]*", path):
        raise ValueError("path must begin with one slash, and have no host, query or fragment")
    if {".", ".."} & set(_decoded(path).replace("\\", "/").split("/")):
        raise ValueError("path must not climb: it must have no segment . or ..")
    names = re.findall(r"{([A-Za-z_]\w*)}", path)
    if sorted(re.findall("[{}]", path)) != sorted("{}" * len(names)):
        raise ValueError("path must have braces around names alone, such as {id}")
    return names


def _decoded(path: str) -> str:
    """Take off every layer of percent-encoding, as a careless proxy may."""
    while (plain := unquote(path)) != path:
        path = plain
    return path


def _pattern(path: str) -> str:
    """What may be shown of a path: names in braces, and words where no value is likely."""
    shown = len(path) if "{" in path else 2
    segments = path.removeprefix("/").split("/")
    return "".join(
        f"/{part if re.fullmatch(_WORD, part) and at < shown else '…'}"
        for at, part in enumerate(segments)
    )


_WORD = r"v\d+|[a-z-]*({\w+})?(\.[a-z]+)?"


def _get(
    kind: type[M], route: str, parts: Mapping[str, str] | None = None, /, **query: Any
) -> Call[M]:
    return Call("GET", route, _reader(kind), _fill(route, parts), _query(query))


def _list(
    kind: type[M], route: str, parts: Mapping[str, str] | None = None, /, **query: Any
) -> Call[models.Page[M]]:
    return Call("GET", route, _page_reader(kind), _fill(route, parts), _query(query))


def _post(
    kind: type[M], route: str, parts: Mapping[str, str] | None = None, /, **fields: Any
) -> Call[M]:
    said = {name: value for name, value in fields.items() if value is not None}
    return Call("POST", route, _reader(kind), _fill(route, parts), body=json.dumps(said).encode())


def _calendar(route: str, parts: Mapping[str, str] | None = None, /, **query: Any) -> Call[bytes]:
    path, kind = _fill(route, parts), _answers.CALENDAR
    return Call("GET", route, _answers.calendar, path, _query(query), accept=kind)


@cache
def _reader(kind: type[M]) -> Callable[[_answers.Answer], M]:
    return partial(_answers.model, kind=kind)


@cache
def _page_reader(kind: type[M]) -> Callable[[_answers.Answer], models.Page[M]]:
    return partial(_answers.model, kind=models.Page[kind])  # type: ignore[valid-type]


def _fill(route: str, parts: Mapping[str, str] | None) -> str:
    if not parts:
        return route
    return route.format_map({name: _part(name, value) for name, value in parts.items()})


def _part(name: str, value: str | None) -> str:
    """One path segment (RFC 3986, 3.3): nothing in it may climb out of its place."""
    if not isinstance(value, str) or value in {"", ".", ".."}:
        raise ValueError(f"{name} must name something, as a text")
    return quote(value, safe="", errors="replace")


def _query(values: Query) -> dict[str, str | list[str]]:
    return {name: _parameter(value) for name, value in values.items() if value is not None}


def _parameter(value: Any) -> str | list[str]:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return date.isoformat(value)
    if isinstance(value, str | int | float):
        return str(value)
    return [str(entry) for entry in value]


def _numbers(name: str, values: Iterable[float] | None) -> str | None:
    """``bbox`` and ``near`` are one parameter each, with commas inside."""
    if isinstance(values, str):
        raise TypeError(f"{name} must be numbers, such as (19.43, -99.13), and not a str")
    return None if values is None else ",".join(str(float(value)) for value in values)


def _moment(value: datetime | str, time_zone: str) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, datetime):
        raise TypeError("a time must be a datetime or a str, such as 2026-12-18T18:00:00-06:00")
    return (value if value.tzinfo else value.replace(tzinfo=_zone(time_zone))).isoformat()


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError(
            f"time_zone must be an IANA name that this machine knows, and not {name!r}; "
            "where it knows none, install tzdata"
        ) from None

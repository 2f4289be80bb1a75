"""HTTP as the campaign server speaks it, over a wire in memory."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import Message
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from imd_sdk.testing import _campaign, _events, _forms
from imd_sdk.testing._forms import Flaw, Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from datetime import datetime
    from types import ModuleType

    from pydantic import BaseModel

    from imd_sdk.testing._state import State

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
    _get("/v1/petitions", _campaign.petitions, keep=MINUTE, **_PAGED_TEXTS),
    _get(_PETITION, _campaign.petition, keep=MINUTE, **_TEXTS),
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
    _get("/v1/posters", _campaign.posters, keep=15, **_PAGED_TEXTS),
    _get("/v1/posters/{slug}", _campaign.poster, keep=15, **_TEXTS),
    _get("/v1/posters/{slug}/files/{name}", _campaign.file, keep=HOUR),
    _post("/v1/posters/{slug}/reservations", _campaign.reserve, _forms.Wish, status=201),
    _post("/v1/orders", _campaign.order, _forms.Ordering, status=201),
    _get("/v1/orders/{order_id}", _campaign.placed),
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


LARGEST_BODY = 64 * 1024
NOT_MODIFIED = 304
KEPT, ANSWERED_ON_304 = timedelta(hours=24), ("cache-control", "etag")
REPLAYED = ("cache-control", "content-type", "location", "retry-after")
NAME = re.compile("[A-Za-z0-9._-]{1,100}")
KEY = re.compile(r"[\x21-\x7e]{1,255}")
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    content: bytes
    timeout: float
    """Seconds that the client waits for an answer."""


@dataclass(slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes
    cut: bool = False
    """Whether half of the body is all that arrives."""


@dataclass(frozen=True, slots=True)
class Ask:
    parts: dict[str, str]
    query: Any
    form: Any
    headers: dict[str, str]
    binding: str
    cursors: dict[str, tuple[str, Any]] = field(repr=False)

    def page(self, rows: list[tuple[Any, Any]], wire: Callable[[Any], Any]) -> dict[str, Any]:
        after = self._after(self.query.cursor)
        rows = sorted(rows, key=lambda row: row[0])
        rest = [row for row in rows if after is None or row[0] > after]
        shown = rest[: self.query.limit]
        following = self._cursor(shown[-1][0]) if len(rest) > len(shown) else None
        return {"items": [wire(item) for _, item in shown], "next": following}

    def _after(self, cursor: str | None) -> Any:
        if cursor is None:
            return None
        binding, key = self.cursors.get(cursor, ("", None))
        if binding != self.binding:
            raise _forms.wrong_query("cursor", "was not handed out for this list.")
        return key

    def _cursor(self, key: Any) -> str:
        cursor = hashlib.sha256(f"{self.binding} {key}".encode()).hexdigest()
        self.cursors[cursor] = self.binding, key
        return cursor

    def reply(self, status: int, headers: dict[str, str], body: bytes) -> Reply:
        return Reply(status, headers, body)


@dataclass(frozen=True, slots=True)
class _Kept:
    request: bytes
    reply: Reply
    ready_at: datetime
    expires_at: datetime


def route_of(method: str, path: str) -> tuple[Route | None, dict[str, str], list[str]]:
    """Find a request's route and the parts of its path, else the methods that there are."""
    method = "GET" if method == "HEAD" else method
    fitting = [(route, found) for route in ROUTES if (found := route.pattern.fullmatch(path))]
    for route, found in fitting:
        if route.method == method:
            return route, found.groupdict(), []
    return None, {}, [route.method for route, _ in fitting]


class Server:
    def __init__(self, state: State) -> None:
        self._state = state
        self._ledger: dict[tuple[str, str], _Kept] = {}
        self._cursors: dict[str, tuple[str, Any]] = {}

    def answer(self, asked: Asked, *, takes: float = 0.0) -> Reply:
        request_id = self._state.new("req_")
        try:
            reply = self._checked(asked, request_id, takes)
        except Refusal as refusal:
            reply = problem(refusal, request_id)
        return _sealed(asked, reply, request_id)

    def refuse(self, asked: Asked, refusal: Refusal) -> Reply:
        request_id = self._state.new("req_")
        return _sealed(asked, problem(refusal, request_id), request_id)

    def _checked(self, asked: Asked, request_id: str, takes: float) -> Reply:
        if asked.method not in {"GET", "HEAD"}:
            _check_body(asked)
        caller = self._caller(asked)
        key = asked.headers.get("idempotency-key")
        if key is None or asked.method != "POST":
            return self._routed(asked, caller)
        if not KEY.fullmatch(key):
            flaw = Flaw("header", "Idempotency-Key", "has to be 1 to 255 visible ASCII characters.")
            raise Refusal("invalid-parameter", flaw)
        return self._once(asked, caller, key, request_id, takes)

    def _caller(self, asked: Asked) -> str | None:
        sent = asked.headers.get("authorization")
        if sent is None:
            return None
        scheme, _, key = sent.partition(" ")
        if scheme.lower() != "bearer" or key.strip() not in self._state.keys:
            raise _unauthorized()
        return key.strip()

    def _once(
        self, asked: Asked, caller: str | None, key: str, request_id: str, takes: float
    ) -> Reply:
        name, now = (caller or "public", key), self._state.now()
        request = _fingerprint(asked)
        known = self._ledger.get(name)
        if known is not None and now < known.expires_at:
            return _earlier(known, request, now)
        try:
            reply = self._routed(asked, caller)
        except Refusal as refusal:
            reply = problem(refusal, request_id)
        if reply.status not in {401, 403, 429}:
            ready_at = now + timedelta(seconds=takes)
            self._ledger[name] = _Kept(request, reply, ready_at, now + KEPT)
        return reply

    def _routed(self, asked: Asked, caller: str | None) -> Reply:
        route, parts, methods = route_of(asked.method, asked.path)
        if route is None and not methods:
            raise Refusal("not-found")
        if route is None:
            also = {"HEAD"} if "GET" in methods else set()
            allowed = ", ".join(sorted({*methods, *also, "OPTIONS"}))
            raise Refusal("method-not-allowed", headers={"allow": allowed})
        value = _forms.parsed(asked.content) if route.form else None
        _forms.only_known(route.query, asked.query)
        self._check_scope(route, caller)
        _check_names(parts)
        ask = Ask(
            parts,
            _forms.query(route.query, asked.query),
            _forms.body(route.form, value) if route.form else None,
            asked.headers,
            _binding(asked),
            self._cursors,
        )
        return _replied(route, route.answer(self._state, ask))

    def _check_scope(self, route: Route, caller: str | None) -> None:
        if route.scope is None:
            return
        if caller is None:
            raise _unauthorized()
        if route.scope not in self._state.keys[caller]:
            detail = f"This needs a key with the scope {route.scope}."
            raise Refusal("forbidden", detail=detail, scope=route.scope)


def _check_body(asked: Asked) -> None:
    if len(asked.content) > LARGEST_BODY:
        raise Refusal("body-too-large")
    said = Message()
    said["content-type"] = asked.headers.get("content-type", "")
    is_json = said.get_content_type() == "application/json"
    if asked.content and not (is_json and said.get_content_charset("utf-8") == "utf-8"):
        raise Refusal("unsupported-media-type")


def _unauthorized() -> Refusal:
    return Refusal("unauthorized", headers={"www-authenticate": "Bearer"})


def _fingerprint(asked: Asked) -> bytes:
    said = json.dumps([asked.method, asked.path, asked.query]).encode()
    return hashlib.sha256(said + asked.content).digest()


def _earlier(known: _Kept, request: bytes, now: datetime) -> Reply:
    if known.request != request:
        raise Refusal("idempotency-key-reused")
    if now < known.ready_at:
        raise Refusal("idempotency-in-flight", headers={"retry-after": "1"})
    kept = {name: value for name, value in known.reply.headers.items() if name in REPLAYED}
    return Reply(known.reply.status, {**kept, "idempotency-replayed": "true"}, known.reply.body)


def _check_names(parts: dict[str, str]) -> None:
    wrong = [name for name, value in parts.items() if not NAME.fullmatch(value)]
    if wrong:
        flaws = (Flaw("path", name, "does not have the form it needs.") for name in wrong)
        raise Refusal("invalid-parameter", *flaws)


def _binding(asked: Asked) -> str:
    filters = sorted(pair for pair in asked.query if pair[0] not in {"cursor", "limit"})
    return json.dumps([asked.path, filters])


def _replied(route: Route, answer: Any) -> Reply:
    headers = {"content-type": route.media_type}
    if route.keep is not None:
        headers["cache-control"] = (
            f"public, max-age={route.keep}, stale-while-revalidate={2 * route.keep}, "
            f"stale-if-error={5 * route.keep}"
        )
    if isinstance(answer, Reply):
        return Reply(answer.status, {**headers, **answer.headers}, answer.body)
    body = answer if isinstance(answer, bytes) else _json(answer)
    return Reply(route.status, headers, body)


def problem(refusal: Refusal, request_id: str) -> Reply:
    headers = {"content-type": PROBLEM, "cache-control": "no-store", **refusal.headers}
    return Reply(refusal.status, headers, _json(refusal.body(request_id)))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _sealed(asked: Asked, reply: Reply, request_id: str) -> Reply:
    headers = {"cache-control": "no-store", **reply.headers}
    reads, open_to_all = asked.method in {"GET", "HEAD"}, "authorization" not in asked.headers
    if reads and not open_to_all:
        headers["cache-control"] = "no-store"
    if reads and open_to_all:
        headers["access-control-allow-origin"] = "*"
    sealed = Reply(reply.status, headers, reply.body)
    if reads and reply.status in {200, 206}:
        sealed = _conditional(asked, sealed)
    sealed.headers |= {"x-request-id": request_id, "x-content-type-options": "nosniff"}
    if sealed.status != NOT_MODIFIED:
        sealed.headers["content-length"] = str(len(sealed.body))
    return Reply(sealed.status, sealed.headers, b"" if asked.method == "HEAD" else sealed.body)


def _conditional(asked: Asked, reply: Reply) -> Reply:
    """Give a tag to what may be kept; 304 to who has it (RFC 9110, 13.1.2)."""
    if "public" in reply.headers["cache-control"]:
        digest = hashlib.sha256(reply.body).hexdigest()
        reply.headers.setdefault("etag", f'"{digest[:32]}"')
    tag = reply.headers.get("etag")
    sent = asked.headers.get("if-none-match", "").split(",")
    known = {text.strip().removeprefix("W/") for text in sent}
    if tag is None or known.isdisjoint({tag, "*"}):
        return reply
    kept = (*ANSWERED_ON_304, "access-control-allow-origin")
    return Reply(NOT_MODIFIED, {name: v for name, v in reply.headers.items() if name in kept}, b"")


class Breakage(Exception):  # noqa: N818 - says what it is
    """The library fails with its exception of this name."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(name, words)
        self.name, self.words = name, words


def transport(library: ModuleType, serve: Callable[[Asked], Reply]) -> Any:
    def answered(request: Any) -> Any:
        try:
            reply = serve(_asked(request))
        except Breakage as broken:
            raise getattr(library, broken.name)(broken.words, request=request) from None
        if not reply.cut:
            return library.Response(reply.status, headers=reply.headers, content=reply.body)
        half = _halves(library)(reply.body, request)
        return library.Response(reply.status, headers=reply.headers, stream=half)

    return library.MockTransport(answered)


def _asked(request: Any) -> Asked:
    timeout = request.extensions.get("timeout", {}).get("read")
    return Asked(
        request.method,
        request.url.path,
        list(request.url.params.multi_items()),
        {name.lower(): value for name, value in request.headers.items()},
        request.content,
        5.0 if timeout is None else timeout,
    )


@cache
def _halves(library: ModuleType) -> Any:
    """A body of which half arrives; it has to be a stream of both kinds."""

    class Half:
        def __init__(self, body: bytes, request: Any) -> None:
            self._arrives = body[: len(body) // 2]
            self._request = request

        def _breaks(self) -> Exception:
            words = "peer closed connection without sending complete message body"
            error: Exception = library.RemoteProtocolError(words, request=self._request)
            return error

        def __iter__(self) -> Iterator[bytes]:
            yield self._arrives
            raise self._breaks()

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield self._arrives
            raise self._breaks()

    return type("Half", (Half, library.SyncByteStream, library.AsyncByteStream), {})

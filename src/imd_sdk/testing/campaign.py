"""A campaign in memory that keeps the contract of the real one, and the wire to it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.message import Message
from functools import cache, cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from imd_sdk import _calls
from imd_sdk.client import AsyncClient, Client
from imd_sdk.testing import _campaign, _events, _forms, _sample, kit
from imd_sdk.testing._forms import Flaw, Refusal
from imd_sdk.testing._state import NOBODY, File, Petition, Poster, Resource, Signature, State
from imd_sdk.testing.kit import Attendance, Clock, Letter, Ordered, Received, SignedUp, Submitted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from types import ModuleType

    from pydantic import BaseModel

    from imd_sdk.cache import Cache
    from imd_sdk.hooks import Hook
    from imd_sdk.models import NewHost, NewPlace

__all__ = ["InMemoryCampaign"]

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
        return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.path)))


def _get(path: str, answer: Callable[..., Any], **more: Any) -> Route:
    return Route("GET", path, answer, **more)


def _post(path: str, answer: Callable[..., Any], form: type[BaseModel], **more: Any) -> Route:
    return Route("POST", path, answer, form=form, **more)


_PETITION = "/v1/petitions/{slug}"
_TOKEN = "/v1/confirmations/{token}"
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
LONGEST_TYPE = 200
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
    kind = asked.headers.get("content-type", "")
    if len(kind) > LONGEST_TYPE:
        raise Refusal("unsupported-media-type")
    said = Message()
    said["content-type"] = kind
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
    return Reply(refusal.status, headers, _json({**refusal.body, "request_id": request_id}))


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


class Breakage(Exception):
    """The library fails with its exception of this name."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(name, words)
        self.name: str = name
        self.words: str = words


def transport(library: ModuleType, serve: Callable[[Asked], Reply]) -> Any:
    def answered(request: Any) -> Any:
        try:
            reply = serve(_asked(request))
        except Breakage as broken:
            raise getattr(library, broken.name)(broken.words, request=request) from None
        if not reply.cut:
            return library.Response(reply.status, headers=reply.headers, content=reply.body)
        half = _halves(library)(reply.body[: len(reply.body) // 2])
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
    """A body of which half arrives, as a stream of both kinds."""
    words = "peer closed connection without sending complete message body"

    class Half(library.ByteStream):  # type: ignore[misc, name-defined]
        def __iter__(self) -> Iterator[bytes]:
            yield from super().__iter__()
            raise library.RemoteProtocolError(words)

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for piece in super().__aiter__():
                yield piece
            raise library.RemoteProtocolError(words)

    return Half


LOGIN_PAGE = b"<!doctype html><title>Welcome</title><p>Please accept our terms to go online."


C = TypeVar("C", Client, AsyncClient)


class InMemoryCampaign:
    """A campaign for tests: no sockets, no database, and the real contract.

    ::

        campaign = InMemoryCampaign()
        with campaign.client() as imd:
            imd.petitions.sign(
                "convention", name="Sample Person", email="sample@example.org", country="KE"
            )
        assert campaign.signatures("convention")[0].country == "KE"

    Its clients are real and send real requests, which `requests` keeps. It begins with a sample:
    the petition ``convention``, a few events (one online, one at a private home), the poster
    ``many-paths`` in an open and a limited edition of ten, a share kit and two resources;
    ``sample=False``: with nothing. It may be used from many threads.
    """

    url: str = "https://campaign.example"

    def __init__(self, *, now: datetime | None = None, sample: bool = True) -> None:
        """Begin at ``now``, an aware datetime; None: at the present.

        The sample's events are on the coming 18 December, at least a week ahead.
        """
        self.clock: Clock = Clock(now)
        """The time of this campaign and of its clients: move it with ``clock.advance``."""
        self.requests: list[Received] = []
        """What came in, oldest first; also what a fault kept from the campaign."""
        self._state = State(self.clock)
        self._server = Server(self._state)
        self._faults: list[tuple[kit.Fault, str | None]] = []
        self._lock = RLock()
        if sample:
            _sample.fill(self._state)

    # -------------------------------------------------------------- clients

    def client(
        self,
        *,
        api_key: str | None = None,
        timeout: float = 10.0,
        deadline: float | None = None,
        max_retries: int = 2,
        headers: Mapping[str, str] | None = None,
        hooks: Iterable[Hook] = (),
        cache: Cache | None = None,
        library: ModuleType = httpx,
    ) -> Client:
        """Make a client of this campaign whose retries wait by the campaign's clock.

        ``library`` is ``httpx`` or ``httpx2``. The environment is not read; nothing has to be
        closed.
        """
        made = Client(
            self.url,
            api_key=api_key,
            http_client=library.Client(transport=self.transport(library), trust_env=False),
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            headers=headers,
            hooks=hooks,
            cache=cache,
        )
        return self._timed(made, api_key, self.clock.wait)

    def async_client(
        self,
        *,
        api_key: str | None = None,
        timeout: float = 10.0,
        deadline: float | None = None,
        max_retries: int = 2,
        headers: Mapping[str, str] | None = None,
        hooks: Iterable[Hook] = (),
        cache: Cache | None = None,
        library: ModuleType = httpx,
    ) -> AsyncClient:
        """Make an async client of this campaign; as `client`."""
        made = AsyncClient(
            self.url,
            api_key=api_key,
            http_client=library.AsyncClient(transport=self.transport(library), trust_env=False),
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            headers=headers,
            hooks=hooks,
            cache=cache,
        )
        return self._timed(made, api_key, self.clock.wait_async)

    def transport(self, library: ModuleType = httpx) -> Any:
        """Make a transport for an ``httpx.Client`` or ``httpx.AsyncClient`` of your own.

        A `Client` that you make over it yourself waits in real time.
        """
        return transport(library, self._serve)

    def key(self, *scopes: str) -> str:
        """Make an API key: ``signatures:read``, ``events:moderate``, both or none."""
        if unknown := set(scopes) - {"signatures:read", "events:moderate"}:
            raise ValueError(
                f"there is no scope {', '.join(sorted(unknown))}; "
                "there are signatures:read and events:moderate"
            )
        made = self._state.new("imd_")
        self._state.keys[made] = frozenset(scopes)
        return made

    def _timed(self, made: C, api_key: str | None, wait: Callable[[float], Any]) -> C:
        """Let time be the kit's, and every wait the longest of those it could be drawn from."""
        driver: Any = made._driver
        if not api_key:
            driver.terms.headers.pop("Authorization", None)
        driver.terms = replace(driver.terms, draw=lambda _, high: high, clock=self.clock.monotonic)
        driver.wait = wait
        return made

    # -------------------------------------------------------------- what arrived

    @property
    def mail(self) -> tuple[Letter, ...]:
        """What would have been mailed, oldest first; a ``token`` in it can be confirmed."""
        return tuple(self._state.mail)

    def signatures(self, petition: str) -> list[SignedUp]:
        """Who signed, oldest first, one a person."""
        found = self._state.petitions[petition].signatures
        return [_signed_up(signature) for signature in found if signature.email]

    def submissions(self) -> list[Submitted]:
        """The events that groups submitted, oldest first; not those of the sample."""
        return [
            Submitted(event.id, event.state, event.form.model_dump(mode="json"))
            for event in self._state.events.values()
            if event.form.host.email != NOBODY
        ]

    def attendances(self, event: str | None = None) -> list[Attendance]:
        """Who wants to come, to one event or to any, oldest first."""
        return [
            Attendance(g.id, g.event, g.name, g.email, g.guests, _any(g.status))
            for g in _events.guests(self._state)
            if event in {None, g.event}
        ]

    def orders(self) -> list[Ordered]:
        """What was ordered, oldest first."""
        return [
            Ordered(
                id=order.id,
                poster=order.reservation.poster,
                edition=order.reservation.edition,
                quantity=order.reservation.quantity,
                numbers=tuple(order.reservation.numbers),
                **order.buyer,
            )
            for order in self._state.orders.values()
        ]

    # -------------------------------------------------------------- faults

    def fail_next(self, fault: kit.Fault, *, times: int = 1, on: str | None = None) -> None:
        """Let the next requests fail, in the way of one of the classes `Fault` names.

        ``times`` counts requests, retries too. ``on`` names which: ``POST``,
        ``GET /v1/petitions/{slug}`` or ``GET /v1/petitions/convention``. Each request meets one
        fault, in the order they were asked for.
        """
        if not isinstance(fault, kit.Fault):
            raise TypeError("fault must be one of imd_sdk.testing, such as TimedOut()")
        if on is not None and not _names_something(on):
            raise ValueError(
                f"{on!r} is no method, route or address of the API, such as 'POST /v1/orders'"
            )
        self._faults += [(fault, on)] * times

    def heal(self) -> None:
        """Forget the faults that have not struck yet."""
        self._faults.clear()

    def _serve(self, asked: Asked) -> Reply:
        with self._lock:
            route, _, _ = route_of(asked.method, asked.path)
            received = _received(asked, route.path if route else None)
            self.requests.append(received)
            return self._struck(self._take(received), asked, received)

    def _take(self, received: Received) -> kit.Fault | None:
        for place, (fault, on) in enumerate(self._faults):
            if on is None or _fits(on, received):
                del self._faults[place]
                return fault
        return None

    def _struck(self, fault: kit.Fault | None, asked: Asked, received: Received) -> Reply:
        if isinstance(fault, kit.ConnectionRefused):
            raise Breakage("ConnectError", "connection refused")
        if isinstance(fault, kit.TimedOut | kit.ConnectionReset):
            return self._lost(fault, asked, received)
        if isinstance(fault, kit.Unavailable | kit.TooManyRequests):
            return self._refused(fault, asked, received)
        if isinstance(fault, kit.LoginPage):
            return Reply(200, {"content-type": "text/html; charset=utf-8"}, LOGIN_PAGE)
        if isinstance(fault, kit.Slow):
            return self._late(fault.seconds, asked, received)
        reply = self._answer(asked, received)
        return replace(reply, cut=isinstance(fault, kit.CutShort))

    def _answer(self, asked: Asked, received: Received, *, takes: float = 0.0) -> Reply:
        reply = self._server.answer(asked, takes=takes)
        received.status = reply.status
        return reply

    def _lost(
        self, fault: kit.TimedOut | kit.ConnectionReset, asked: Asked, received: Received
    ) -> Reply:
        if fault.written:
            self._answer(asked, received)
        if isinstance(fault, kit.ConnectionReset):
            raise Breakage("ReadError", "connection reset by peer")
        self.clock.advance(asked.timeout)
        raise Breakage("ReadTimeout", "timed out")

    def _refused(
        self, fault: kit.Unavailable | kit.TooManyRequests, asked: Asked, received: Received
    ) -> Reply:
        after = fault.retry_after
        headers = {} if after is None else {"retry-after": str(after)}
        name = "unavailable" if isinstance(fault, kit.Unavailable) else "rate-limited"
        reply = self._server.refuse(asked, Refusal(name, headers=headers))
        received.status = reply.status
        return reply

    def _late(self, seconds: float, asked: Asked, received: Received) -> Reply:
        reply = self._answer(asked, received, takes=seconds)
        self.clock.advance(min(seconds, asked.timeout))
        if seconds > asked.timeout:
            raise Breakage("ReadTimeout", "timed out")
        return reply

    # -------------------------------------------------------------- what there is

    def add_petition(
        self,
        slug: str,
        *,
        title: str = "Sample petition",
        goal: int = 1000,
        opens_at: datetime | None = None,
        closes_at: datetime | None = None,
    ) -> None:
        """Add a petition, open from now on unless ``opens_at`` says else."""
        text = {"title": title, "summary": "A sample.", "text": "A sample.", "target": "All"}
        self._state.petitions[slug] = Petition(
            slug, {"en": text}, goal, [goal], opens_at or self.clock.now(), closes_at
        )

    def add_signatures(self, petition: str, country: str, count: int) -> None:
        """Add confirmed signatures without people, for the numbers."""
        found, now = self._state.petitions[petition], self.clock.now()
        chosen = {"lang": None, "public": False, "updates": False, "source": None}
        for _ in range(count):
            identity = self._state.new("sig_")
            found.signatures.append(
                Signature(
                    identity,
                    mailbox=identity,
                    name="",
                    email="",
                    created_at=now,
                    chosen={"country": country, **chosen},
                    state="confirmed",
                    confirmed_at=now,
                )
            )

    def add_event(
        self,
        *,
        title: str = "Sample event",
        description: str = "A sample.",
        kind: str = "gathering",
        starts_at: datetime | str | None = None,
        ends_at: datetime | str | None = None,
        time_zone: str = "Etc/UTC",
        host: NewHost | None = None,
        lang: str = "en",
        languages: Iterable[str] | None = None,
        place: NewPlace | None = None,
        online: bool = False,
        url: str | None = None,
        capacity: int | None = None,
    ) -> str:
        """Add a public event, held to the rules of ``events.submit``; gives its id.

        Without ``starts_at`` it is on the coming 18 December at 18:00 UTC; without a ``place``
        it is in a sample hall, or online.
        """
        call = _calls.submit(
            title=title,
            description=description,
            kind=kind,
            starts_at=starts_at or f"{_sample.coming_day(self.clock.now())}T18:00:00+00:00",
            ends_at=ends_at,
            time_zone=time_zone,
            host=host or {"name": "Sample Group", "email": NOBODY},
            lang=lang,
            languages=None if languages is None else list(languages),
            place=place or (None if online else _HALL),
            online=online,
            url=url or ("https://campaign.example/online" if online else None),
            capacity=capacity,
        )
        try:
            form = _forms.body(_forms.Submission, _forms.parsed(call.body or b""))
        except Refusal as refusal:
            raise ValueError(refusal.body["detail"]) from None
        return _events.put(self._state, form, "public").id

    def add_poster(
        self,
        slug: str,
        *,
        title: str = "Sample poster",
        price: int = 2500,
        currency: str = "USD",
        run: int | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> None:
        """Add a poster in an open edition, and with ``run`` in a limited one, at one price.

        ``price`` is in minor units; ``files`` are files to print, by name.
        """
        text = {"title": title, "description": "A sample.", "alternative_text": "A sample."}
        editions = [_sample.edition("open", price, currency, None)]
        if run is not None:
            editions.append(_sample.edition("limited", price, currency, run))
        self._state.posters[slug] = Poster(
            slug,
            {"en": text},
            "Sample Studio",
            self.clock.now().year,
            "on_sale",
            editions,
            [_file(name, content) for name, content in (files or {}).items()],
        )

    def add_resource(
        self, slug: str, *, title: str = "Sample resource", kind: str = "background"
    ) -> None:
        """Add a resource."""
        text = {"title": title, "summary": "A sample.", "body": "A sample."}
        self._state.resources[slug] = Resource(slug, kind, {"en": text}, None)


_HALL: NewPlace = {
    "name": "Sample Hall",
    "address": "1 Sample Street",
    "locality": "Sampletown",
    "country": "KE",
    "latitude": -1.2864,
    "longitude": 36.8172,
}


def _any(value: Any) -> Any:
    return value


def _signed_up(signature: Signature) -> SignedUp:
    return SignedUp(
        id=signature.id,
        name=signature.name,
        email=signature.email,
        **signature.chosen,
        state=_any(signature.state),
        created_at=signature.created_at,
        confirmed_at=signature.confirmed_at,
    )


def _file(name: str, content: bytes) -> File:
    kind = "image/svg+xml" if name.endswith(".svg") else "application/octet-stream"
    return File(name, "print", kind, 2000, 2800, content)


def _received(asked: Asked, route: str | None) -> Received:
    query: dict[str, list[str]] = {}
    for name, value in asked.query:
        query.setdefault(name, []).append(value)
    return Received(asked.method, asked.path, route, query, asked.headers, asked.content)


def _unnamed(route: str) -> str:
    return re.sub("{[^}]*}", "{}", route)


def _fits(on: str, received: Received) -> bool:
    method, _, address = on.partition(" ")
    if method != received.method:
        return False
    routes = {"", received.path, _unnamed(received.route or "")}
    return address in routes or _unnamed(address) in routes


def _names_something(on: str) -> bool:
    method, _, address = on.partition(" ")
    known = {_unnamed(route.path) for route in ROUTES if route.method == method}
    named = _unnamed(address) in known or route_of(method, address)[0] is not None
    return bool(known) and (not address or named)

"""The server: authentication, idempotency, validation, entity tags."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from email.message import Message
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeAlias

from imd_sdk.testing import _confirmations, _guests, _orders, _validation
from imd_sdk.testing._problems import FieldError, Rejection
from imd_sdk.testing._requests import EndpointRequest, Request, Response
from imd_sdk.testing._routes import RELAY, Route, check_selector, find_route, is_selected

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from imd_sdk.testing._state import State

MAX_BODY_BYTES = 64 * 1024
MAX_CONTENT_TYPE_LENGTH = 200
NO_CONTENT, NOT_MODIFIED = 204, 304
SUBMISSION_LIFETIME = timedelta(days=30)
KEY_LIFETIME, HEADERS_OF_304 = (
    timedelta(hours=24),
    ("cache-control", "etag", "access-control-allow-origin"),
)
REPLAYED_HEADERS = ("cache-control", "content-type", "location", "retry-after")
NAME = re.compile("[A-Za-z0-9._-]{1,100}")
KEY = re.compile(r"[\x21-\x7e]{1,255}")
MIN_PUBLIC_KEY_LENGTH = 22
VISITOR_ADDRESS = "Imd-Visitor-Address"
PROBLEM = "application/problem+json"
Change: TypeAlias = "Callable[[Any], Any]"
"""A function from the JSON of a response to the JSON that is sent instead."""


@dataclass(frozen=True, slots=True)
class _StoredResponse:
    request_digest: bytes
    response: Response
    ready_at: datetime
    expires_at: datetime


class Server:
    """Handles requests as the campaign server does."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._stored: dict[tuple[str, str], _StoredResponse] = {}
        self._cursors: dict[str, tuple[str, Any]] = {}
        self._changes: list[tuple[Change, str | None]] = []

    def change_responses(self, change: Change, selector: str | None) -> None:
        check_selector(selector)
        self._changes.append((change, selector))

    def handle(self, request: Request, *, takes: float = 0.0) -> Response:
        _orders.expire_unpaid(self._state)
        _confirmations.send_waiting(self._state)
        _guests.email_due_requests(self._state)
        request_id = self._state.new("req_")
        try:
            response = self._handle(request, request_id, takes)
        except Rejection as rejection:
            response = problem(rejection, request_id)
        return _finish(request, response, request_id)

    def reject(self, request: Request, rejection: Rejection) -> Response:
        request_id = self._state.new("req_")
        return _finish(request, problem(rejection, request_id), request_id)

    def _handle(self, request: Request, request_id: str, takes: float) -> Response:
        if request.method not in {"GET", "HEAD"}:
            _check_body(request)
        caller = self._caller(request)
        self._check_visitor(request, caller)
        key = request.headers.get("idempotency-key")
        if key is None or request.method != "POST":
            return self._call_handler(request, caller)
        route = find_route(request.method, request.path)[0]
        if route is not None:
            self._check_scope(route, caller)
        shortest = 1 if caller else MIN_PUBLIC_KEY_LENGTH
        if len(key) < shortest or not KEY.fullmatch(key):
            message = f"must be {shortest} to 255 visible ASCII characters."
            raise Rejection("invalid-parameter", FieldError("header", "Idempotency-Key", message))
        if route is not None and not route.has_effect:
            return self._call_handler(request, caller)
        if route is not None and route.is_submission:
            return self._submit_once(request, caller, key)
        return self._handle_once(request, caller, key, request_id, takes)

    def _submit_once(self, request: Request, caller: str | None, key: str) -> Response:
        """A submission is stored with its key, and an error is not."""
        name, now = (caller or "public", f"submission {key}"), self._state.now()
        digest, stored = _request_digest(request), self._stored.get(name)
        if stored is not None and now < stored.expires_at:
            return _replay(stored, digest, now)
        response = self._call_handler(request, caller)
        self._stored[name] = _StoredResponse(digest, response, now, now + SUBMISSION_LIFETIME)
        return response

    def _caller(self, request: Request) -> str | None:
        sent = request.headers.get("authorization")
        if sent is None:
            return None
        scheme, _, key = sent.partition(" ")
        if scheme.lower() != "bearer" or key.strip() not in self._state.keys:
            raise _unauthorized()
        return key.strip()

    def _handle_once(
        self, request: Request, caller: str | None, key: str, request_id: str, takes: float
    ) -> Response:
        name, now = (caller or "public", key), self._state.now()
        digest = _request_digest(request)
        stored = self._stored.get(name)
        if stored is not None and now < stored.expires_at:
            return _replay(stored, digest, now)
        try:
            response = self._call_handler(request, caller)
        except Rejection as rejection:
            response = problem(rejection, request_id)
        if response.status not in {401, 403, 429}:
            ready_at = now + timedelta(seconds=takes)
            self._stored[name] = _StoredResponse(digest, response, ready_at, now + KEY_LIFETIME)
        return response

    def _call_handler(self, request: Request, caller: str | None) -> Response:
        route, parts, methods = find_route(request.method, request.path)
        if route is None and not methods:
            raise Rejection("not-found")
        if route is None:
            also = {"HEAD"} if "GET" in methods else set()
            allowed = ", ".join(sorted({*methods, *also, "OPTIONS"}))
            raise Rejection("method-not-allowed", headers={"allow": allowed})
        value = _validation.parse_json(request.content) if route.form else None
        _validation.check_parameters(route.query, request.query)
        self._check_scope(route, caller)
        _check_names(parts)
        endpoint_request = EndpointRequest(
            parts,
            _validation.parse_query(route.query, request.query),
            _validation.parse_body(route.form, value) if route.form else None,
            request.headers,
            _binding(request),
            self._cursors,
        )
        result = route.handler(self._state, endpoint_request)
        return _to_response(route, self._change(result, request.path, route))

    def _change(self, result: Any, path: str, route: Route) -> Any:
        if isinstance(result, bytes | Response):
            return result
        for change, selector in self._changes:
            if is_selected(selector, route.method, path, route.path):
                result = change(json.loads(_json(result)))
        return result

    def _check_visitor(self, request: Request, caller: str | None) -> None:
        """Only servers that relay forms may name a visitor's address."""
        address = request.headers.get(VISITOR_ADDRESS.lower())
        if address is None:
            return
        self._require_scope(RELAY, caller)
        try:
            ip_address(address)
        except ValueError:
            error = FieldError("header", VISITOR_ADDRESS, "must be an IP address.")
            raise Rejection("invalid-parameter", error) from None

    def _check_scope(self, route: Route, caller: str | None) -> None:
        if route.scope is not None:
            self._require_scope(route.scope, caller)

    def _require_scope(self, scope: str, caller: str | None) -> None:
        if caller is None:
            raise _unauthorized()
        if scope not in self._state.keys[caller]:
            detail = f"This needs a key with the scope {scope}."
            raise Rejection("forbidden", detail=detail, scope=scope)


def _check_body(request: Request) -> None:
    if len(request.content) > MAX_BODY_BYTES:
        raise Rejection("body-too-large")
    content_type = request.headers.get("content-type", "")
    if len(content_type) > MAX_CONTENT_TYPE_LENGTH:
        raise Rejection("unsupported-media-type")
    headers = Message()
    headers["content-type"] = content_type
    is_json = headers.get_content_type() == "application/json"
    if request.content and not (is_json and headers.get_content_charset("utf-8") == "utf-8"):
        raise Rejection("unsupported-media-type")


def _unauthorized() -> Rejection:
    return Rejection("unauthorized", headers={"www-authenticate": "Bearer"})


def _request_digest(request: Request) -> bytes:
    head = json.dumps([request.method, request.path, request.query]).encode()
    return hashlib.sha256(head + request.content).digest()


def _replay(stored: _StoredResponse, request_digest: bytes, now: datetime) -> Response:
    if stored.request_digest != request_digest:
        raise Rejection("idempotency-key-reused")
    if now < stored.ready_at:
        raise Rejection("idempotency-in-flight", headers={"retry-after": "1"})
    first = stored.response
    headers = {name: first.headers[name] for name in REPLAYED_HEADERS if name in first.headers}
    return Response(first.status, {**headers, "idempotency-replayed": "true"}, first.body)


def _check_names(parts: dict[str, str]) -> None:
    wrong = [name for name, value in parts.items() if not NAME.fullmatch(value)]
    if wrong:
        errors = (FieldError("path", name, "does not match the required format.") for name in wrong)
        raise Rejection("invalid-parameter", *errors)


def _binding(request: Request) -> str:
    filters = sorted(pair for pair in request.query if pair[0] not in {"cursor", "limit"})
    return json.dumps([request.path, filters])


def _to_response(route: Route, result: Any) -> Response:
    headers = {} if route.status == NO_CONTENT else {"content-type": route.media_type}
    if route.max_age is not None:
        headers["cache-control"] = _make_cache_control(route.max_age)
    if isinstance(result, Response):
        return Response(result.status, {**headers, **result.headers}, result.body)
    body = result if isinstance(result, bytes) else _json(result)
    return Response(route.status, headers, body)


def _make_cache_control(max_age: int) -> str:
    if max_age == 0:
        return "public, no-cache"
    return (
        f"public, max-age={max_age}, stale-while-revalidate={2 * max_age}, "
        f"stale-if-error={5 * max_age}"
    )


def problem(rejection: Rejection, request_id: str) -> Response:
    headers = {"content-type": PROBLEM, "cache-control": "no-store", **rejection.headers}
    return Response(rejection.status, headers, _json({**rejection.body, "request_id": request_id}))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _finish(request: Request, response: Response, request_id: str) -> Response:
    headers = {"cache-control": "no-store", **response.headers}
    is_read = request.method in {"GET", "HEAD"}
    is_anonymous = "authorization" not in request.headers
    if is_read and not is_anonymous:
        headers["cache-control"] = "no-store"
    if is_read and is_anonymous:
        headers["access-control-allow-origin"] = "*"
    final = Response(response.status, headers, response.body)
    if is_read and response.status in {200, 206}:
        final = _apply_conditions(request, final)
    final.headers |= {"x-request-id": request_id, "x-content-type-options": "nosniff"}
    if final.status not in {NO_CONTENT, NOT_MODIFIED}:
        final.headers["content-length"] = str(len(final.body))
    return Response(final.status, final.headers, b"" if request.method == "HEAD" else final.body)


def _apply_conditions(request: Request, response: Response) -> Response:
    """Add an entity tag to a public response; 304 if the client has it (RFC 9110, 13.1.2)."""
    if "public" in response.headers["cache-control"]:
        digest = hashlib.sha256(response.body).hexdigest()
        response.headers.setdefault("etag", f'"{digest[:32]}"')
    tag = response.headers.get("etag")
    sent = request.headers.get("if-none-match", "").split(",")
    cached = {text.strip().removeprefix("W/") for text in sent}
    if tag is None or cached.isdisjoint({tag, "*"}):
        return response
    headers = {name: response.headers[name] for name in HEADERS_OF_304 if name in response.headers}
    return Response(NOT_MODIFIED, headers, b"")

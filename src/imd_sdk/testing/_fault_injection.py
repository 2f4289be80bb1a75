"""Fault injection: requests that meet a fault on their way to the server or back."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from imd_sdk.testing import faults
from imd_sdk.testing._problems import Rejection
from imd_sdk.testing._requests import Response
from imd_sdk.testing._routes import ROUTES, find_route
from imd_sdk.testing._transport import TransportError

if TYPE_CHECKING:
    from imd_sdk.testing._requests import Request
    from imd_sdk.testing._server import Server
    from imd_sdk.testing.clock import Clock
    from imd_sdk.testing.records import ReceivedRequest

LOGIN_PAGE = b"<!doctype html><title>Welcome</title><p>Please accept our terms to go online."


class FaultInjector:
    """Passes requests to the server, except where a fault is due."""

    def __init__(self, server: Server, clock: Clock) -> None:
        self._server = server
        self._clock = clock
        self._due: list[tuple[faults.Fault, str | None]] = []

    def add(self, fault: faults.Fault, times: int, on: str | None) -> None:
        if not isinstance(fault, faults.Fault):
            raise TypeError("fault must be one of imd_sdk.testing, such as TimedOut()")
        if on is not None and not _is_known(on):
            raise ValueError(
                f"{on!r} is not a method, route or path of the API, such as 'POST /v1/orders'"
            )
        self._due += [(fault, on)] * times

    def clear(self) -> None:
        self._due.clear()

    def handle(self, request: Request, received: ReceivedRequest) -> Response:
        fault = self._take(received)
        if isinstance(fault, faults.ConnectionRefused):
            raise TransportError("ConnectError", "connection refused")
        if isinstance(fault, faults.TimedOut | faults.ConnectionReset):
            return self._lose(fault, request, received)
        if isinstance(fault, faults.Unavailable | faults.TooManyRequests):
            return self._reject(fault, request, received)
        if isinstance(fault, faults.LoginPage):
            return Response(200, {"content-type": "text/html; charset=utf-8"}, LOGIN_PAGE)
        if isinstance(fault, faults.SlowResponse):
            return self._delay(fault.seconds, request, received)
        response = self._pass_on(request, received)
        return replace(response, is_truncated=isinstance(fault, faults.TruncatedResponse))

    def _take(self, received: ReceivedRequest) -> faults.Fault | None:
        for index, (fault, on) in enumerate(self._due):
            if on is None or _matches(on, received):
                del self._due[index]
                return fault
        return None

    def _pass_on(
        self, request: Request, received: ReceivedRequest, *, takes: float = 0.0
    ) -> Response:
        response = self._server.handle(request, takes=takes)
        received.status = response.status
        return response

    def _lose(
        self,
        fault: faults.TimedOut | faults.ConnectionReset,
        request: Request,
        received: ReceivedRequest,
    ) -> Response:
        if fault.is_processed:
            self._pass_on(request, received)
        if isinstance(fault, faults.ConnectionReset):
            raise TransportError("ReadError", "connection reset by peer")
        self._clock.advance(request.timeout)
        raise TransportError("ReadTimeout", "timed out")

    def _reject(
        self,
        fault: faults.Unavailable | faults.TooManyRequests,
        request: Request,
        received: ReceivedRequest,
    ) -> Response:
        retry_after = fault.retry_after
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        name = "unavailable" if isinstance(fault, faults.Unavailable) else "rate-limited"
        response = self._server.reject(request, Rejection(name, headers=headers))
        received.status = response.status
        return response

    def _delay(self, seconds: float, request: Request, received: ReceivedRequest) -> Response:
        response = self._pass_on(request, received, takes=seconds)
        self._clock.advance(min(seconds, request.timeout))
        if seconds > request.timeout:
            raise TransportError("ReadTimeout", "timed out")
        return response


def _without_names(route: str) -> str:
    return re.sub("{[^}]*}", "{}", route)


def _matches(on: str, received: ReceivedRequest) -> bool:
    method, _, path = on.partition(" ")
    if method != received.method:
        return False
    paths = {"", received.path, _without_names(received.route or "")}
    return path in paths or _without_names(path) in paths


def _is_known(on: str) -> bool:
    method, _, path = on.partition(" ")
    routes = {_without_names(route.path) for route in ROUTES if route.method == method}
    is_route = _without_names(path) in routes or find_route(method, path)[0] is not None
    return bool(routes) and (not path or is_route)

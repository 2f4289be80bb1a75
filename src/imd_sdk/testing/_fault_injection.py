"""Fault injection: requests that meet a fault on their way to the server or back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from imd_sdk.testing import faults
from imd_sdk.testing._problems import TITLES, FieldError, Rejection
from imd_sdk.testing._requests import Response
from imd_sdk.testing._routes import check_selector, is_selected
from imd_sdk.testing._transport import TransportError

if TYPE_CHECKING:
    from imd_sdk.testing._requests import Request
    from imd_sdk.testing._server import Server
    from imd_sdk.testing.clock import Clock
    from imd_sdk.testing.records import ReceivedRequest

LOGIN_PAGE = b"<!doctype html><title>Welcome</title><p>Please accept our terms to go online."


@dataclass(slots=True)
class _DueFault:
    fault: faults.Fault
    times: int | None
    """None: until the faults are removed."""
    selector: str | None


class FaultInjector:
    """Passes requests to the server, except where a fault is due."""

    def __init__(self, server: Server, clock: Clock) -> None:
        self._server = server
        self._clock = clock
        self._due: list[_DueFault] = []

    def add(self, fault: faults.Fault, times: int | None, selector: str | None) -> None:
        if not isinstance(fault, faults.Fault):
            raise TypeError("fault must be one of imd_sdk.testing, such as TimedOut()")
        if isinstance(fault, faults.Rejected) and fault.problem not in TITLES:
            raise ValueError(
                f"unknown problem {fault.problem!r}; the problems are {', '.join(TITLES)}"
            )
        check_selector(selector)
        if times != 0:
            self._due.append(_DueFault(fault, times, selector))

    def clear(self) -> None:
        self._due.clear()

    def handle(self, request: Request, received: ReceivedRequest) -> Response:
        fault = self._take(received)
        if isinstance(fault, faults.ConnectionRefused):
            raise TransportError("ConnectError", "connection refused")
        if isinstance(fault, faults.TimedOut | faults.ConnectionReset):
            return self._lose(fault, request, received)
        if isinstance(fault, faults.Unavailable | faults.TooManyRequests | faults.Rejected):
            return self._reject(_rejection(fault), request, received)
        if isinstance(fault, faults.LoginPage):
            return Response(200, {"content-type": "text/html; charset=utf-8"}, LOGIN_PAGE)
        if isinstance(fault, faults.SlowResponse):
            return self._delay(fault.seconds, request, received)
        response = self._pass_on(request, received)
        return replace(response, is_truncated=isinstance(fault, faults.TruncatedResponse))

    def _take(self, received: ReceivedRequest) -> faults.Fault | None:
        for index, due in enumerate(self._due):
            if is_selected(due.selector, received.method, received.path, received.route):
                if due.times is not None:
                    due.times -= 1
                if due.times == 0:
                    del self._due[index]
                return due.fault
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
        self, rejection: Rejection, request: Request, received: ReceivedRequest
    ) -> Response:
        response = self._server.reject(request, rejection)
        received.status = response.status
        return response

    def _delay(self, seconds: float, request: Request, received: ReceivedRequest) -> Response:
        response = self._pass_on(request, received, takes=seconds)
        self._clock.advance(min(seconds, request.timeout))
        if seconds > request.timeout:
            raise TransportError("ReadTimeout", "timed out")
        return response


def _rejection(fault: faults.Unavailable | faults.TooManyRequests | faults.Rejected) -> Rejection:
    if isinstance(fault, faults.Rejected):
        errors = (FieldError("body", field, "is not accepted.") for field in fault.fields)
        return Rejection(fault.problem, *errors, **fault.extra)
    name = "unavailable" if isinstance(fault, faults.Unavailable) else "rate-limited"
    retry_after = fault.retry_after
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return Rejection(name, headers=headers)

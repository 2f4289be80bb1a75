"""Counts requests by the template of their route: a path can contain a token."""

import logging
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Protocol, TypeAlias

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from imd_monitoring.access_log import log_access

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
OTHER_METHOD = "other"
NOT_COUNTED = "imd_not_counted"
"""In the scope of what the server asks of itself, or counts otherwise."""

BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class FindRoute(Protocol):
    def __call__(self, scope: Scope, /) -> str: ...


@dataclass(slots=True)
class _Tally:
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))

    @property
    def requests(self) -> int:
        return sum(self.buckets)

    def add(self, other: "_Tally") -> None:
        self.seconds += other.seconds
        self.buckets = [mine + its for mine, its in zip(self.buckets, other.buckets, strict=True)]

    def list_buckets(self) -> list[tuple[str, float]]:
        bounds = [*map(floatToGoString, BUCKETS), "+Inf"]
        return list(zip(bounds, accumulate(self.buckets), strict=True))


class RequestMetrics(Collector):
    """The requests of one server.

    Only the thread of the event loop counts, so it needs no locks: with those of the library's own
    counters, a response from memory would take a tenth more time.
    """

    def __init__(self, prefix: str, registry: CollectorRegistry) -> None:
        self._prefix = prefix
        self._tallies: dict[tuple[str, str, int], _Tally] = {}
        self.in_flight = 0
        registry.register(self)

    def record(self, method: str, route: str, status: int, seconds: float) -> None:
        tally = self._tallies.get((method, route, status)) or self._find(method, route, status)
        tally.seconds += seconds
        tally.buckets[bisect_left(BUCKETS, seconds)] += 1

    def _find(self, method: str, route: str, status: int) -> _Tally:
        label = method if method in METHODS else OTHER_METHOD
        return self._tallies.setdefault((label, route, status), _Tally())

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            f"{self._prefix}_http_requests",
            "Requests by route and status; 0 if the client left before the response.",
            labels=["method", "route", "status"],
        )
        by_route: defaultdict[tuple[str, str], _Tally] = defaultdict(_Tally)
        for (method, route, status), tally in list(self._tallies.items()):
            requests.add_metric([method, route, str(status)], tally.requests)
            by_route[method, route].add(tally)
        durations = HistogramMetricFamily(
            f"{self._prefix}_http_request_duration_seconds",
            "The time from a request to the end of its response.",
            labels=["method", "route"],
        )
        for labels, tally in by_route.items():
            durations.add_metric(labels, tally.list_buckets(), tally.seconds)
        in_flight = GaugeMetricFamily(
            f"{self._prefix}_http_requests_in_flight",
            "Requests whose response has not ended.",
            value=self.in_flight,
        )
        yield from (requests, durations, in_flight)


class RequestMetricsMiddleware:
    def __init__(
        self,
        app: App,
        metrics: RequestMetrics,
        find_route: FindRoute,
        access_log: logging.Logger | None = None,
    ) -> None:
        self._app, self._metrics, self._find_route = app, metrics, find_route
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope.get(NOT_COUNTED):
            await self._app(scope, receive, send)
            return
        metrics, status, began = self._metrics, 0, time.perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        metrics.in_flight += 1
        try:
            await self._app(scope, receive, watch)
        finally:
            metrics.in_flight -= 1
            request = scope["method"], self._find_route(scope), status, time.perf_counter() - began
            metrics.record(*request)
            if self._access_log:
                log_access(self._access_log, *request)

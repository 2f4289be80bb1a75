"""What a widgets server counts: requests, and calls of the campaign."""

from prometheus_client import CollectorRegistry, Counter, ProcessCollector

from imd_monitoring.request_metrics import RequestMetrics
from imd_sdk.hooks import Call, End, Hook

PREFIX = "imd_widgets"
FIRST_SERVER_ERROR = 500


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = RequestMetrics(PREFIX, self.registry)
        self.calls = Counter(
            f"{PREFIX}_campaign_calls",
            "Calls of the campaign; a rejection is a response too.",
            ["route", "outcome"],
            registry=self.registry,
        )
        for outcome in ("response", "failure"):
            self.calls.labels("/healthz", outcome)


class CampaignHook(Hook):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def end(self, call: Call, end: End, /) -> None:
        status = end.last.status if end.last else None
        is_response = end.error is None or (status and status < FIRST_SERVER_ERROR)
        outcome = "response" if is_response else "failure"
        self._metrics.calls.labels(call.route, outcome).inc()

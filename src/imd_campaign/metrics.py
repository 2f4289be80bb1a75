"""What this process counts; the state of the database is read in `monitoring`."""

from prometheus_client import CollectorRegistry, Counter, ProcessCollector

from imd_monitoring.request_metrics import RequestMetrics

PREFIX = "imd_campaign"


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = RequestMetrics(PREFIX, self.registry)
        self.emails = Counter(
            f"{PREFIX}_emails",
            "E-mails that this process has sent, has failed to send, or has to try again.",
            ["kind", "outcome"],
            registry=self.registry,
        )

        self.webhooks = Counter(
            f"{PREFIX}_webhooks",
            "Webhooks that this process has delivered, has failed to deliver, or sends again.",
            ["outcome"],
            registry=self.registry,
        )

    def count_webhook(self, outcome: str) -> None:
        self.webhooks.labels(outcome).inc()

    def count_email(self, kind: str, outcome: str) -> None:
        self.emails.labels(kind, outcome).inc()

"""What a widgets server holds in memory, as metrics."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.registry import Collector

from imd_widgets.context import Context
from imd_widgets.metrics import PREFIX


class MemoryState(Collector):
    def __init__(self, context: Context) -> None:
        self._context = context

    def collect(self) -> Iterator[Metric]:
        yield Gauge(
            f"{PREFIX}_response_cache_bytes",
            "Rendered widgets in memory.",
            value=self._context.response_cache.weight,
        )
        yield Gauge(
            f"{PREFIX}_screens_connected",
            "Screens that get new numbers at once.",
            value=self._context.screen_connections.open,
        )

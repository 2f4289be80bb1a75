"""Measures the time and memory for views of an event map with 100,000 events.

    python benchmarks/widgets big_map.py

The campaign runs in its own process over SQLite, the widgets in this one; the SDK uses loopback. A
view is cached after its first response, while the clock runs on and the data of the campaign is
refreshed in the background. Times are CPU times of this process, which other programs do not
lengthen, unless it says "latency". The bars are ratios to an empty route, which is requested right
before each view, and to the first response to a view, in the same run: so they do not depend on how
fast the machine is.
"""

import asyncio
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

import httpx
import many_events
from report import Figure, check_max, note, print_figures

from imd_widgets.app import create_app
from imd_widgets.settings import Settings

MAX_TO_EMPTY, MAX_TO_FIRST, MAX_MB, ROUNDS = 1.5, 0.5, 64, 60
VIEWS = (
    "",
    "?view=europe",
    "?view=africa",
    "?view=asia",
    "?view=latin-america&kind=vigil",
    "?country=KE",
    "?language=es&lang=es",
    "?view=19,-99,5",
    "?view=41,-74,7&page=3",
    "?since=2026-12-18&until=2026-12-18&lang=ar",
)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        many_events.fill(f"sqlite:///{Path(folder) / 'campaign.sqlite3'}")
        with serve_campaign(folder) as address:
            results = asyncio.run(measure(address))
    return print_figures(
        f"map of {many_events.EVENTS:,} events, {len(VIEWS)} views", list(check_results(results))
    )


def check_results(results: "Results") -> Iterator[Figure]:
    first, cached, empty = (
        [timing.cpu_time for timing in timings]
        for timings in (results.cold, results.warm, results.empty)
    )
    to_empty, to_first = median(cached) / median(empty), p99(cached) / median(first)
    yield check_max("cached view, median, × an empty route", to_empty, MAX_TO_EMPTY)
    yield check_max("cached view, 99th percentile, × a first response", to_first, MAX_TO_FIRST)
    yield note("empty route, median", median(empty), " ms")
    yield note("cached view, median", median(cached), " ms")
    yield note("cached view, 99th percentile", p99(cached), " ms")
    yield note("first response to a view, median", median(first), " ms")
    latency = [timing.latency for timing in results.warm]
    yield note("cached view, latency, 99th percentile", p99(latency), " ms")
    yield check_max("memory for the views", results.memory_growth, MAX_MB, " MB")


def p99(times: list[float]) -> float:
    return quantiles(times, n=100, method="inclusive")[-1]


class Timing(NamedTuple):
    latency: float
    cpu_time: float


class Results(NamedTuple):
    cold: list[Timing]
    warm: list[Timing]
    empty: list[Timing]
    memory_growth: float


async def measure(address: str) -> Results:
    app = create_app(Settings(campaign_url=address))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://widgets.example") as browser,
    ):
        before = read_memory_mb()
        cold = [await time_request(browser, f"/w/events{view}") for view in VIEWS]
        warm, empty = [], []
        for _ in range(ROUNDS):
            for view in VIEWS:
                empty.append(await time_request(browser, "/healthz"))
                warm.append(await time_request(browser, f"/w/events{view}"))
            await asyncio.sleep(0.5)
        return Results(cold, warm, empty, read_memory_mb() - before)


async def time_request(browser: httpx.AsyncClient, path: str) -> Timing:
    begin, cpu_time = time.perf_counter(), time.process_time()
    response = await browser.get(path)
    timing = Timing(1000 * (time.perf_counter() - begin), 1000 * (time.process_time() - cpu_time))
    assert response.status_code == httpx.codes.OK, response.text
    return timing


def read_memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def serve_campaign(folder: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    process = subprocess.Popen([sys.executable, many_events.__file__, folder, port])
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(1200):
            try:
                httpx.get(f"{address}/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())

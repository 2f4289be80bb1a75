"""The event map of a campaign with 100,000 events: how long a view takes, and what memory.

    python benchmarks/widgets big_map.py

The campaign runs in its own process over SQLite, the widgets in this one; the SDK uses loopback. A
view is cached after its first response, while the clock runs on and the data of the campaign is
refreshed in the background. "CPU time" is that of this process, which other programs do not
lengthen. They do lengthen the "latency": an empty route of the same process is requested right
before each view, and while its own 99th percentile exceeds a millisecond, a slow view proves
nothing.
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

import crowd
import httpx
from report import Judged, at_most, say, told, written

from imd_widgets.app import create_app
from imd_widgets.settings import Settings

BAR_MS, QUIET_MS, MOST_MB, ROUNDS = 20, 1, 64, 60
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
        crowd.fill(f"sqlite:///{Path(folder) / 'campaign.sqlite3'}")
        with serving(folder) as address:
            seen = asyncio.run(measured(address))
    return say(f"map of {crowd.EVENTS:,} events, {len(VIEWS)} views", list(judged(seen)))


def judged(seen: "Seen") -> Iterator[Judged]:
    work, waited = [one.work for one in seen.warm], [one.waited for one in seen.warm]
    stalled = [one.waited for one in seen.empty]
    yield at_most("cached view, CPU time, 99th percentile", p99(work), BAR_MS, " ms")
    met = True if p99(waited) <= BAR_MS else None if p99(stalled) > QUIET_MS else False
    what = "cached view, latency, 99th percentile"
    yield Judged(what, f"{written(p99(waited))} ms", f"≤ {BAR_MS} ms", met)
    yield told("the same, relative to an empty route", p99(waited) / p99(stalled))
    yield told("empty route, latency, 99th percentile", p99(stalled), " ms")
    yield told("cached view, CPU time, median", median(work), " ms")
    yield told("cached view, latency, median", median(waited), " ms")
    yield told(
        "first response to a view, CPU time, median", median(one.work for one in seen.cold), " ms"
    )
    yield at_most("memory for the views", seen.grown, MOST_MB, " MB")


def p99(times: list[float]) -> float:
    return quantiles(times, n=100, method="inclusive")[-1]


class Took(NamedTuple):
    waited: float
    work: float


class Seen(NamedTuple):
    cold: list[Took]
    warm: list[Took]
    empty: list[Took]
    grown: float


async def measured(address: str) -> Seen:
    app = create_app(Settings(campaign_url=address))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://widgets.example") as browser,
    ):
        before = resident()
        cold = [await timed(browser, f"/w/events{view}") for view in VIEWS]
        warm, empty = [], []
        for _ in range(ROUNDS):
            for view in VIEWS:
                empty.append(await timed(browser, "/healthz"))
                warm.append(await timed(browser, f"/w/events{view}"))
            await asyncio.sleep(0.5)
        return Seen(cold, warm, empty, resident() - before)


async def timed(browser: httpx.AsyncClient, path: str) -> Took:
    begin, work = time.perf_counter(), time.process_time()
    answer = await browser.get(path)
    took = Took(1000 * (time.perf_counter() - begin), 1000 * (time.process_time() - work))
    assert answer.status_code == httpx.codes.OK, answer.text
    return took


def resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def serving(folder: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    process = subprocess.Popen([sys.executable, crowd.__file__, folder, port])
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

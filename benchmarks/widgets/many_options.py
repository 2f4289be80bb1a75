"""Measures what ten thousand different URLs do to a widgets server: its memory and its speed.

    python benchmarks/widgets many_options.py

Ten URLs that pages use are requested before, during and after a flood of other URLs; their CPU time
is measured. Each URL of the flood is requested once, some of them twice. Memory grows to its limits
in the first half of the flood, and may not go on growing in the second.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path
from statistics import median

import httpx
from report import check_max, note, print_figures
from sample_campaign import create_widgets

URLS, ROUNDS, MEGABYTE = 10_000, 40, 1024 * 1024
MAX_GROWTH, MAX_RATIO = 32, 2.0
WARM = (
    "/w/counter/convention",
    "/w/counter/convention?lang=es",
    "/w/counter/convention?lang=ar&theme=dark",
    "/w/countdown",
    "/w/countdown?zone=America/Mexico_City",
    "/w/countdown?lang=fr&button=hide",
    "/w/events",
    "/w/events?lang=es",
    "/w/events?view=europe",
    "/w/events?country=KE",
)


def make_paths(count: int) -> Iterator[str]:
    views = product(range(1, 7), range(-60, 70), range(-170, 175, 3))
    for number, (zoom, latitude, longitude) in zip(range(count), views, strict=False):
        yield (
            f"/w/events?view={latitude},{longitude},{zoom}",
            f"/w/countdown?lang=es&nothing={number}",
            f"/w/events?since=2026-{1 + number % 12:02}-01&view={latitude},{longitude},4",
            f"/w/counter/convention?theme=dark&lang={'x' * (number % 50)}",
        )[number % 4]


async def main() -> int:
    app = create_widgets()
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://widgets.example") as browser,
    ):
        for path in WARM * 2:
            await browser.get(path)
        before, memory = await time_warm_paths(browser), [read_memory()]
        during = []
        for number, path in enumerate(make_paths(URLS)):
            for _ in range(1 + (number % 10 == 0)):
                await browser.get(path)
            if number == URLS // 2:
                memory.append(read_memory())
            if number % 100 == 0:
                during.append(await time_request(browser, WARM[number // 100 % len(WARM)]))
        after = await time_warm_paths(browser)
        memory.append(read_memory())
        cache, max_bytes = app.state.context.response_cache, app.state.context.settings.answer_bytes
    first, second = ((new - old) / MEGABYTE for old, new in pairwise(memory))
    lines = (
        check_max("cached widget afterwards, relative to before", after / before, MAX_RATIO),
        note("cached widget meanwhile, relative to before", median(during) / before),
        note("memory, first half of the flood", first, " MB"),
        check_max("memory, second half of the flood", second, MAX_GROWTH, " MB"),
        check_max("cached widgets", cache.weight / MEGABYTE, max_bytes / MEGABYTE, " MB"),
    )
    return print_figures(f"{URLS:,} different URLs", lines)


async def time_warm_paths(browser: httpx.AsyncClient) -> float:
    return median([await time_request(browser, path) for path in WARM * ROUNDS])


async def time_request(browser: httpx.AsyncClient, path: str) -> float:
    """Measure CPU time, which other programs on the machine do not lengthen."""
    begin = time.process_time()
    response = await browser.get(path)
    milliseconds = 1000 * (time.process_time() - begin)
    assert response.status_code == httpx.codes.OK
    return milliseconds


def read_memory() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

"""What ten thousand different options do to a widgets server: to its memory, and to its readers.

    python benchmarks/widgets many_options.py

Warm are ten addresses that pages use. They are asked for before, during and after, by the
processor's time; in between, every address of the flood is asked for once, some twice. Memory fills
up to its bounds in the first half of the flood and may not go on growing in the second.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path
from statistics import median

import httpx
from report import at_most, say, told
from sample_campaign import widgets

ADDRESSES, ROUNDS, MEGABYTE = 10_000, 40, 1024 * 1024
MOST_GROWTH, MOST_RATIO = 32, 2.0
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


def flood(count: int) -> Iterator[str]:
    views = product(range(1, 7), range(-60, 70), range(-170, 175, 3))
    for number, (zoom, latitude, longitude) in zip(range(count), views, strict=False):
        yield (
            f"/w/events?view={latitude},{longitude},{zoom}",
            f"/w/countdown?lang=es&nothing={number}",
            f"/w/events?since=2026-{1 + number % 12:02}-01&view={latitude},{longitude},4",
            f"/w/counter/convention?theme=dark&lang={'x' * (number % 50)}",
        )[number % 4]


async def main() -> int:
    app = widgets()
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://widgets.example") as browser,
    ):
        for path in WARM * 2:
            await browser.get(path)
        before, memory = await warm(browser), [resident()]
        during = []
        for number, path in enumerate(flood(ADDRESSES)):
            for _ in range(1 + (number % 10 == 0)):
                await browser.get(path)
            if number == ADDRESSES // 2:
                memory.append(resident())
            if number % 100 == 0:
                during.append(await timed(browser, WARM[number // 100 % len(WARM)]))
        after = await warm(browser)
        memory.append(resident())
        kept, bound = app.state.context.response_cache, app.state.context.settings.answer_bytes
    first, second = ((new - old) / MEGABYTE for old, new in pairwise(memory))
    lines = (
        at_most("cached widget afterwards, relative to before", after / before, MOST_RATIO),
        told("cached widget meanwhile, relative to before", median(during) / before),
        told("memory, first half of the flood", first, " MB"),
        at_most("memory, second half of the flood", second, MOST_GROWTH, " MB"),
        at_most("cached widgets", kept.weight / MEGABYTE, bound / MEGABYTE, " MB"),
    )
    return say(f"{ADDRESSES:,} different URLs", lines)


async def warm(browser: httpx.AsyncClient) -> float:
    return median([await timed(browser, path) for path in WARM * ROUNDS])


async def timed(browser: httpx.AsyncClient, path: str) -> float:
    """The processor's time, which other programs on the machine do not lengthen."""
    begin = time.process_time()
    answer = await browser.get(path)
    took = 1000 * (time.process_time() - begin)
    assert answer.status_code == httpx.codes.OK
    return took


def resident() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

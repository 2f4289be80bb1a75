"""What ten thousand different options do to a widgets server: to its memory, and to its readers.

    python benchmarks/widgets/many_options.py [ADDRESSES]

Warm are ten addresses that pages use. They are asked for before, during and after; in between,
every address of the flood is asked for once, some twice. Memory fills up to its bounds in the first
half of the flood; the exit status is 1 when it goes on growing in the second by more than 32 MB,
when the kept widgets outgrow their bound, or when a warm address takes twice as long as before.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path
from statistics import median

import httpx
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


async def main(count: int) -> int:
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
        for number, path in enumerate(flood(count)):
            for _ in range(1 + (number % 10 == 0)):
                await browser.get(path)
            if number == count // 2:
                memory.append(resident())
            if number % 100 == 0:
                during.append(await timed(browser, WARM[number // 100 % len(WARM)]))
        after = await warm(browser)
        memory.append(resident())
        kept, bound = app.state.site.answers, app.state.site.settings.answer_bytes
    print(f"{count:,} addresses                     before     during      after")
    print(f"a warm widget, ms of work       {before:10.3f} {median(during):10.3f} {after:10.3f}")
    first, second = ((new - old) / MEGABYTE for old, new in pairwise(memory))
    print(f"memory: {first:+.0f} MB in the first half of the flood, {second:+.0f} MB in the second")
    print(f"kept: {len(kept):,} widgets, {kept.weight / MEGABYTE:.0f} MB of {bound / MEGABYTE:.0f}")
    bounded = kept.weight <= bound and second <= MOST_GROWTH
    return 0 if bounded and after <= MOST_RATIO * before else 1


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
    sys.exit(asyncio.run(main(int((sys.argv[1:] or [ADDRESSES])[0]))))

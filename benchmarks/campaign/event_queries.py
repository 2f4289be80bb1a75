"""Measures the server CPU of each public address of events, with 100,000 events, uncached.

    python benchmarks/campaign/event_queries.py [sqlite|postgresql]

The requests go to the application in this process, without a client library. The figure is the CPU
time of the process, with all its threads, and of the PostgreSQL backends, for a response: the
median of several. Before each request, all responses in memory are made stale.

Beside each request, the standard library reads, writes and compresses the first page of 100 events
as JSON. The exit status is 1 if a response takes more than eleven times as long, or is not a 200.
That page takes 1.8 ms on a machine that does nothing else, so the limit is 20 ms there.
"""

import asyncio
import json
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.parse import quote, urlencode

import event_crowd
from application_cpu import OK, SETTINGS, Server, open_database

from imd_campaign import db
from imd_campaign.app import create_app
from imd_campaign.crypto import new_key_pair
from imd_campaign.settings import Settings

LIMIT, ROUNDS, PAGES = 11.0, 7, 20
FIRST_PAGE = "/v1/events?limit=100"
COMPRESSION_LEVEL = 6
SHOWN = 100
EIGHT_WORDS = "sample vigil migrants town group for 2 1"


# ------------------------------------------------------------------ addresses


def list_filters() -> Iterator[str]:
    yield ""
    yield from ("kind=march", "kind=online", "language=es", "language=pt", "online=true")
    yield from ("online=false", "country=KE", "country=AQ", "from=2026-01-01", "to=2026-12-18")
    yield from ("from=2026-12-18&to=2026-12-18", "from=2026-12-19", "from=2026-12-28")
    yield "kind=march&language=es&country=KE&from=2026-12-19"
    yield "kind=march&kind=rally&language=zh&language=ar&country=US&country=MX"
    yield "online=true&country=KE"
    yield from ("bbox=-180,-90,180,90", "bbox=-10,35,30,60", "bbox=2,48,3,49")
    yield from ("bbox=170,-50,-160,10", "bbox=-180,-80,180,-70", "bbox=2,-90,2.5,90")
    yield "bbox=-10,35,30,60&kind=vigil&language=fr"


def list_words() -> Iterator[str]:
    for q in (
        "sample",
        "77777",
        "移",
        "移民",
        "移民日示例",
        "zz",
        "qqxqq",
        "a",
        EIGHT_WORDS,
        "مهاجران",
    ):
        yield f"q={quote(q)}"
    yield "q=sample&kind=march&bbox=-10,35,30,60"


def list_circles() -> Iterator[str]:
    for near, radius in (("48.85,2.35", 50), ("19.4,-99.1", 1000), ("0,0", 20038), ("90,0", 5000)):
        yield urlencode({"near": near, "radius_km": radius})
    yield "near=0,0&radius_km=20038&kind=march&language=es"
    yield "near=0,0&radius_km=20038&q=sample"


def list_clusters() -> Iterator[str]:
    boxes = ("-180,-90,180,90", "-60,-20,60,60", "-10,35,30,60", "2,48,4,50", "170,-50,-160,10")
    for zoom in range(13):
        yield f"zoom={zoom}"
        yield from (f"zoom={zoom}&bbox={box}" for box in boxes)
        yield f"zoom={zoom}&from=2026-12-18"
    for zoom in (3, 12):
        yield from (f"zoom={zoom}&{one}" for one in ("kind=march", "language=es&country=KE"))
        yield from (f"zoom={zoom}&{one}" for one in ("online=false", "from=2026-01-01", "q=77777"))


async def list_targets(server: Server) -> list[str]:
    targets = [f"/v1/events?{one}&limit=100" for one in (*list_filters(), *list_words())]
    targets += [f"/v1/events?{one}&limit=100" for one in list_circles()]
    targets += [await find_deep_page(server, target) for target in targets]
    targets += [f"/v1/events/clusters?{one}" for one in list_clusters()]
    [event] = json.loads((await server.get("/v1/events?limit=1")).body)["items"]
    return list(dict.fromkeys([*targets, f"/v1/events/{event['id']}"]))


async def find_deep_page(server: Server, target: str) -> str:
    """Follow the pages a while, and return the last that there is."""
    page = target
    for _ in range(PAGES):
        cursor = json.loads((await server.get(page)).body)["next"]
        if cursor is None:
            return page
        page = f"{target}&cursor={cursor}"
    return page


# ------------------------------------------------------------------ measuring


class Figures(NamedTuple):
    """Seconds of CPU, the size of the body in bytes, and the status that is not 200, if any."""

    cpu: float
    standard: float
    size: int
    status: int

    @property
    def ratio(self) -> float:
        return self.cpu / self.standard

    @property
    def is_missed(self) -> bool:
        return self.ratio > LIMIT or self.status != OK


async def measure(server: Server, target: str, page: bytes) -> Figures:
    responses, standard = [], []
    for _ in range(ROUNDS):
        responses.append(await server.get(target))
        standard.append(server.measure(lambda: write_with_standard_library(page)))
    failed = next((r.status for r in responses if r.status != OK), OK)
    return Figures(
        median(r.cpu for r in responses), median(standard), len(responses[0].body), failed
    )


def write_with_standard_library(page: bytes) -> None:
    zlib.compress(json.dumps(json.loads(page)).encode(), COMPRESSION_LEVEL)


async def check(server: Server) -> bool:
    async with server.app.router.lifespan_context(server.app):
        page = (await server.get(FIRST_PAGE)).body
        figures = []
        for target in await list_targets(server):
            figures.append(await measure(server, target, page))
            show(target, figures[-1])
    slowest = max(figures, key=lambda one: one.ratio)
    print(f"{len(figures)} addresses, at most {slowest.ratio:.1f} (limit {LIMIT:.0f}) times the")
    print(f"page with the standard library, which takes {slowest.standard * 1000:.1f} ms")
    return any(one.is_missed for one in figures)


def show(target: str, one: Figures) -> None:
    shown = target if len(target) < SHOWN else f"{target[:SHOWN]}..."
    cpu, missed = one.cpu * 1000, f"  MISS {one.status}" if one.is_missed else ""
    print(f"{cpu:6.1f} ms {one.ratio:5.1f} x {one.size / 1000:7.1f} kB {shown}{missed}")


def measure_engine(engine_name: str) -> bool:
    with (
        tempfile.TemporaryDirectory() as name,
        open_database(engine_name, Path(name)) as (url, pid),
    ):
        engine = db.open_engine(url)
        begin = time.monotonic()
        event_crowd.fill(engine)
        engine.dispose()
        print(
            f"{engine_name}: {event_crowd.EVENTS} events added in {time.monotonic() - begin:.0f} s"
        )
        settings = Settings(
            **SETTINGS,
            public_key=new_key_pair()[0],
            database_url=url,
            files_dir=Path(name) / "files",
            mail=f"folder:{Path(name) / 'mail'}",
        )
        return asyncio.run(check(Server(create_app(settings), pid)))


def main() -> int:
    return max(measure_engine(name) for name in sys.argv[1:] or ("sqlite", "postgresql"))


if __name__ == "__main__":
    sys.exit(main())

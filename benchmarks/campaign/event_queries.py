"""Measures the server CPU of each public address of events, with 100,000 events, uncached.

    python benchmarks/campaign/event_queries.py [sqlite|postgresql]

The requests go to the application in this process, without a client library. The figure is the CPU
time of the process, with all its threads, and of the PostgreSQL backends, for a response: the
median of several. Before each request, all responses in memory are made stale. The exit status is
1 if a response takes more than 20 ms of CPU, or is not a 200.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from urllib.parse import quote, urlencode

import event_crowd
from application_cpu import OK, SETTINGS, Server, open_database

from imd_campaign import db
from imd_campaign.app import create_app
from imd_campaign.crypto import new_key_pair
from imd_campaign.settings import Settings

LIMIT_MS, ROUNDS, PAGES = 20.0, 7, 20
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


async def measure(server: Server, target: str) -> tuple[float, int, int]:
    responses = [await server.get(target) for _ in range(ROUNDS)]
    failed = next((r.status for r in responses if r.status != OK), OK)
    return median(r.cpu for r in responses) * 1000, len(responses[0].body), failed


async def check(server: Server) -> bool:
    async with server.app.router.lifespan_context(server.app):
        targets = await list_targets(server)
        is_missed = False
        for target in targets:
            cpu, size, status = await measure(server, target)
            is_slow = cpu > LIMIT_MS or status != OK
            is_missed |= is_slow
            shown = target if len(target) < SHOWN else f"{target[:SHOWN]}..."
            print(f"{cpu:6.1f} ms {size / 1000:7.1f} kB {shown}", end="")
            print(f"  MISS {status}" if is_slow else "")
    return is_missed


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

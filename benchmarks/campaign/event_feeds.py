"""Measures the feeds of many events: CPU time per 1,000 events, and memory of the server.

    python benchmarks/campaign/event_feeds.py [events]

The server runs in a process of its own, with 100,000 events unless another number is given. Each
feed is read to its end over loopback. The exit status is 1 if reading the feeds raises the peak
memory of the server by more than 64 MiB, or if a feed lacks events.
"""

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import httpx
from campaign_process import CampaignProcess, start_campaign
from sqlalchemy import select

from imd_campaign import db
from imd_campaign.events import store
from imd_campaign.events.tables import events

ROOT = Path(__file__).parents[2]
DEFAULT_EVENTS = 100_000
BATCH = 5000
MAX_GROWTH = 64 * 1024 * 1024
# What each event has once, in each format.
MARKS = {
    "ics": b"BEGIN:VEVENT",
    "geojson": b'"type":"Feature"',
    "csv": b"/events/evt_bench_",
    "atom": b"<entry ",
}
DESCRIPTION = "Candles, songs and silence for the people who died on the way. " * 10
STEP = timedelta(seconds=30)


class Reading(NamedTuple):
    events: int
    size: int
    seconds: float


def main(count: int = DEFAULT_EVENTS) -> int:
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{name}/campaign.sqlite3"
        with start_campaign(ROOT / "src", Path(name), url) as campaign:
            add_events(url, count)
            campaign.wait_until_idle()
            return max(is_missed(campaign, format_, count) for format_ in MARKS)


def add_events(url: str, count: int) -> None:
    engine = db.open_engine(url)
    with db.Database(engine).write() as connection:
        sample = select(events).where(events.c.state == "public", events.c.private.is_(False))
        row = dict(connection.execute(sample.limit(1)).mappings().one())
        row |= {"description": DESCRIPTION, "host_token": None, "locked_place": None}
        for first in range(0, count, BATCH):
            numbers = range(first, min(first + BATCH, count))
            store.add_all(connection, [make_event(row, number) for number in numbers])
    engine.dispose()


def make_event(row: dict[str, object], number: int) -> dict[str, object]:
    starts_at = row["starts_at"] + STEP * (number % 20_000)  # type: ignore[operator]
    return {**row, "id": f"evt_bench_{number}", "starts_at": starts_at, "ends_at": None}


def is_missed(campaign: CampaignProcess, format_: str, count: int) -> bool:
    wanted = min(count, 1000) if format_ == "atom" else count
    before, used = read_peak_memory(campaign), campaign.read_cpu()
    query = "?limit=1000" if format_ == "atom" else ""
    found = read_feed(campaign, f"/v1/events.{format_}{query}", MARKS[format_])
    cpu = campaign.read_cpu() - used
    growth = read_peak_memory(campaign) - before
    missed = growth > MAX_GROWTH or found.events < wanted
    per_thousand = cpu / found.events * 1000
    print(f"{format_}: {found.events:,} events, {to_mib(found.size)} in {found.seconds:.1f} s")
    print(f"  {per_thousand:.3f} s of CPU per 1,000 events", end=", ")
    print(f"peak memory {to_mib(before + growth)}, {to_mib(growth)} more", end=": ")
    print("MISS" if missed else "pass")
    return missed


def to_mib(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"


def read_feed(campaign: CampaignProcess, path: str, mark: bytes) -> Reading:
    found, size, tail, begin = 0, 0, b"", time.perf_counter()
    url = f"http://127.0.0.1:{campaign.port}{path}"
    with httpx.stream("GET", url, timeout=600, headers={"Accept-Encoding": "identity"}) as response:
        response.raise_for_status()
        for piece in response.iter_bytes():
            size += len(piece)
            text = tail + piece
            found += text.count(mark)
            tail = text[-(len(mark) - 1) :]
    return Reading(found, size, time.perf_counter() - begin)


def read_peak_memory(campaign: CampaignProcess) -> int:
    """Return the largest resident size of the server so far: proc(5)."""
    status = Path(f"/proc/{campaign.process.pid}/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

"""Measures the memory of both servers while a crowd requests made-up URLs.

    python benchmarks/campaign/peak_memory.py

`imd campaign serve` and `imd widgets serve` run with the sample campaign and 5,000 more events.
After a warm-up, a crowd sends 800 requests in each of eight rounds: invented words, places,
colours, cities, pages, names, tokens, keys and headers, each from an invented network, and hardly
any twice. For each server and round, the peak resident memory is printed. What a server holds for
made-up URLs is bounded, so that the last rounds add little: the exit status is 1 if a server is
larger than `MAX_BYTES` at the end, if the last two rounds have added more than `MAX_GROWTH`, or if
it has responded with a 500.
"""

import asyncio
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import quote

sys.path.append(str(Path(__file__).parents[1] / "widgets"))

import many_events
from campaign_process import SETTINGS, load_sample
from public_reads import make_request

EVENTS, CONNECTIONS, ROUNDS, REQUESTS = 5000, 16, 8, 800
MEBIBYTE = 1024 * 1024
MAX_BYTES = {"campaign": 320 * MEBIBYTE, "widgets": 400 * MEBIBYTE}
MAX_GROWTH = 24 * MEBIBYTE
SERVER_ERROR = 500
URL = re.compile(rb"http://127\.0\.0\.1:(\d+)")
LANGUAGES = ("en", "ar", "es", "fr", "hi", "my", "zh", "sw", "xx", "en-GB")
DICE = Random(18)  # noqa: S311 - a sample


def word() -> str:
    return secrets.token_hex(DICE.choice((2, 6, 20)))


def place() -> str:
    return f"{DICE.uniform(-80, 80):.4f},{DICE.uniform(-170, 170):.4f}"


def bbox() -> str:
    south, west = DICE.uniform(-80, 70), DICE.uniform(-170, 160)
    return f"{west:.3f},{south:.3f},{west + DICE.uniform(1, 20):.3f},{south + 10:.3f}"


def colour() -> str:
    return f"{DICE.randrange(16**6):06x}"


def lang() -> str:
    return DICE.choice(LANGUAGES)


CAMPAIGN: tuple[Callable[[], str], ...] = (
    lambda: f"/v1/events?q={word()}+{word()}",
    lambda: f"/v1/events?q={DICE.choice('abcdefgh')}&bbox={bbox()}&limit={DICE.randint(1, 100)}",
    lambda: f"/v1/events?near={place()}&radius_km={DICE.randint(1, 20000)}",
    lambda: f"/v1/events/clusters?bbox={bbox()}&zoom={DICE.randint(0, 12)}",
    lambda: f"/v1/events.geojson?near={place()}&radius_km=300",
    lambda: f"/v1/events?cursor={word()}",
    lambda: f"/v1/events/evt_{word()}",
    lambda: f"/v1/petitions/{word()}",
    lambda: f"/v1/petitions/convention?lang={lang()}",
    lambda: f"/v1/petitions/convention/signers?limit={DICE.randint(1, 100)}",
    lambda: f"/v1/confirmations/{word()}",
    lambda: f"/v1/posters/{word()}/files/{word()}",
    lambda: f"/v1/{word()}?{word()}={word()}",
    lambda: f"/{word() * 40}",
)
WIDGETS: tuple[Callable[[], str], ...] = (
    lambda: f"/w/counter/convention?accent={colour()}&lang={lang()}",
    lambda: f"/w/event-list?near={place()}&radius_km={DICE.randint(1, 20000)}&accent={colour()}",
    lambda: f"/w/event-list?page={DICE.randint(1, 40)}&theme=dark&accent={colour()}",
    lambda: f"/w/events?near={place()}&radius_km={DICE.randint(1, 5000)}&accent={colour()}",
    lambda: f"/w/countdown?zone={word()}",
    lambda: f"/w/counter/{word()}?theme={word()}",
    lambda: f"/w/share?accent={colour()}&corners=round&font=serif",
    lambda: f"/w/posters?accent={colour()}",
    lambda: f"/w/counter/convention.png?accent={colour()}&lang={lang()}",
    lambda: f"/w/counter/convention.svg?accent={colour()}&lang={lang()}",
    lambda: f"/petitions/{word()}?lang={word()}",
    lambda: f"/petitions/convention?lang={lang()}&{word()}={word()}",
    lambda: f"/events/evt_{word()}",
    lambda: f"/confirm/{word()}",
    lambda: f"/oembed?url={quote(f'http://127.0.0.1:1218/w/countdown?accent={colour()}', safe='')}",
    lambda: f"/check?url={word()}&lang={lang()}",
    lambda: f"/?widget={word()}&accent={colour()}",
    lambda: f"/{word() * 40}",
)


@dataclass
class ServerProcess:
    name: str
    process: subprocess.Popen[bytes]
    port: int
    urls: tuple[Callable[[], str], ...]
    statuses: Counter[int] = field(default_factory=Counter)

    def read_memory(self, name: str = "VmHWM") -> int:
        """Return the peak resident memory, or another line of proc(5)'s status, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return int(re.search(rf"{name}:\s+(\d+)", status)[1]) * 1024  # type: ignore[index]


def main() -> int:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        campaign = stack.enter_context(start("campaign", Path(name), CAMPAIGN, **prepare(name)))
        home = {"IMD_WIDGETS_CAMPAIGN_URL": f"http://127.0.0.1:{campaign.port}"}
        widgets = stack.enter_context(start("widgets", Path(name), WIDGETS, **home))
        return max(measure(server) for server in (widgets, campaign))


def prepare(name: str) -> dict[str, str]:
    environment = {f"IMD_CAMPAIGN_{key.upper()}": value for key, value in SETTINGS.items()}
    environment |= {
        "IMD_CAMPAIGN_DATABASE_URL": f"sqlite:///{name}/campaign.sqlite3",
        "IMD_CAMPAIGN_FILES_DIR": f"{name}/files",
        "IMD_CAMPAIGN_MAIL": f"folder:{name}/mail",
    }
    os.environ.update(environment)
    many_events.fill(environment["IMD_CAMPAIGN_DATABASE_URL"], EVENTS)
    load_sample()
    return environment


@contextmanager
def start(
    name: str, folder: Path, urls: tuple[Callable[[], str], ...], **environment: str
) -> Iterator[ServerProcess]:
    environment[f"IMD_{name.upper()}_TRUSTED_PROXIES"] = "127.0.0.1"
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "imd_cli", name, "serve", "--port", "0"],
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        found = URL.search(process.stdout.readline())  # type: ignore[union-attr]
        yield ServerProcess(name, process, int(found[1]), urls)  # type: ignore[index]
    finally:
        process.terminate()
        process.communicate(timeout=30)


def measure(server: ServerProcess) -> bool:
    asyncio.run(send_round(server, 10 * len(server.urls)))
    peaks = [server.read_memory()]
    for number in range(1, ROUNDS + 1):
        asyncio.run(send_round(server, REQUESTS))
        peaks.append(server.read_memory())
        sent = server.statuses.total()
        print(f"{server.name}, round {number}: {sent} requests, {to_mebibytes(peaks[-1])} MiB")
    growth, errors = peaks[-1] - peaks[-3], server.statuses[SERVER_ERROR]
    is_missed = peaks[-1] > MAX_BYTES[server.name] or growth > MAX_GROWTH or errors > 0
    print(
        f"{server.name}: {to_mebibytes(peaks[0])} MiB at the start and {to_mebibytes(peaks[-1])} "
        f"MiB at most, limit {to_mebibytes(MAX_BYTES[server.name])}; {to_mebibytes(growth)} MiB "
        f"more in the last two rounds, limit {to_mebibytes(MAX_GROWTH)}; "
        f"statuses {dict(sorted(server.statuses.items()))}",
        end=": ",
    )
    print("MISS" if is_missed else "pass", flush=True)
    return is_missed


def to_mebibytes(number: int) -> int:
    return round(number / MEBIBYTE)


async def send_round(server: ServerProcess, requests: int) -> None:
    each = requests // CONNECTIONS
    await asyncio.gather(*(send_requests(server, each) for _ in range(CONNECTIONS)))


async def send_requests(server: ServerProcess, requests: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for _ in range(requests):
        writer.write(make_request("GET", DICE.choice(server.urls)(), headers=invent_headers()))
        server.statuses[await read_response(reader)] += 1
    writer.close()


async def read_response(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"\r\ncontent-length:")[2].split(b"\r\n", 1)[0]
    if length:
        await reader.readexactly(int(length))
    elif b"chunked" in head.lower():
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return int(head.split(b" ", 2)[1])


def invent_headers() -> str:
    network = ".".join(str(DICE.randrange(1, 224)) for _ in range(4))
    headers = {
        "X-Forwarded-For": network,
        "User-Agent": word(),
        "Accept-Language": f"{word()[:2]};q=0.{DICE.randrange(10)}",
        "Accept-Encoding": DICE.choice(("gzip", "br", "zstd", word(), f"gzip;q=0.{word()}")),
        "If-None-Match": f'"{word()}"',
        "Cookie": f"{word()}={word()}",
    }
    if DICE.random() < 0.1:  # noqa: PLR2004 - a share
        headers["Authorization"] = f"Bearer {word()}"
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


if __name__ == "__main__":
    sys.exit(main())

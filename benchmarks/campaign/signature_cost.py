"""Measures what a signature costs the server, against the code before submissions.

    python benchmarks/campaign/signature_cost.py

Sixteen clients sign, each request with an Idempotency-Key as the SDK sends it. The cost is the CPU
time of the server's process until its worker has sent all e-mails. Both versions run in turn; the
ratio is the median of the rounds. The exit status is 1 if a signature costs more than a third (on
PostgreSQL: half) of what it cost at the base, or if the slowest percent takes more than ten times
the median.
"""

import asyncio
import json
import secrets
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from statistics import median, quantiles

from campaign_process import CampaignProcess, start_campaign
from postgresql_server import create_database, find_binaries, start_postgresql

ROOT = Path(__file__).parents[2]
BASE = "6670f41e2c6ae2a5e141074394aa6e00536d54fb"
CLIENTS, SIGNATURES, ROUNDS = 16, 800, 5
LIMITS = {"sqlite": 1 / 3, "postgresql": 1 / 2}
TAIL_LIMIT = 10.0


@dataclass
class Version:
    server: CampaignProcess
    cpu: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def main() -> int:
    binaries = find_binaries()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        base = extract_base(folder / "base")
        is_missed = compare(
            "sqlite", base, folder, lambda name: f"sqlite:///{folder / name}.sqlite3"
        )
        if binaries is None:
            print("PostgreSQL is not installed: not measured")
            return is_missed
        socket = stack.enter_context(start_postgresql(binaries))
        return is_missed | compare(
            "postgresql", base, folder, lambda name: create_database(binaries, socket, name)
        )


def extract_base(folder: Path) -> Path:
    archive = subprocess.run(
        ["git", "archive", BASE, "src"], cwd=ROOT, check=True, capture_output=True
    )
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder / "src"


def compare(engine: str, base: Path, folder: Path, make_url: Callable[[str], str]) -> bool:
    sources = {"base": base, "now": ROOT / "src"}
    with start_both(sources, folder / engine, make_url) as versions:
        for _ in range(ROUNDS + 1):
            for version in versions.values():
                measure(version)
    costs = {name: median(version.cpu[1:]) / SIGNATURES for name, version in versions.items()}
    ratio = median(
        now / before
        for now, before in zip(versions["now"].cpu[1:], versions["base"].cpu[1:], strict=True)
    )
    middle, slowest = find_latencies(versions["now"].seconds[SIGNATURES:])
    is_missed = ratio > LIMITS[engine] or slowest > TAIL_LIMIT * middle
    print(
        f"{engine}: a signature costs {costs['now'] * 1000:.2f} ms of CPU, at the base "
        f"{costs['base'] * 1000:.2f} ms; ratio {ratio:.2f}, limit {LIMITS[engine]:.2f}; median "
        f"{middle * 1000:.1f} ms, slowest percent {slowest * 1000:.1f} ms, {slowest / middle:.1f} "
        f"times, limit {TAIL_LIMIT:.0f}: {'MISS' if is_missed else 'pass'}"
    )
    return is_missed


@contextmanager
def start_both(
    sources: dict[str, Path], folder: Path, make_url: Callable[[str], str]
) -> Iterator[dict[str, Version]]:
    folder.mkdir()
    with ExitStack() as stack:
        yield {
            name: Version(
                stack.enter_context(start_campaign(source, folder / name, make_url(name)))
            )
            for name, source in sources.items()
        }


def measure(version: Version) -> None:
    version.server.wait_until_idle()
    before = version.server.read_cpu()
    version.seconds += asyncio.run(sign_with_all_clients(version.server.port))
    version.server.wait_until_idle()
    version.cpu.append(version.server.read_cpu() - before)


def find_latencies(seconds: list[float]) -> tuple[float, float]:
    return median(seconds), quantiles(seconds, n=100)[98]


async def sign_with_all_clients(port: int) -> list[float]:
    found = await asyncio.gather(
        *(sign_repeatedly(port, SIGNATURES // CLIENTS) for _ in range(CLIENTS))
    )
    return [seconds for client in found for seconds in client]


async def sign_repeatedly(port: int, number: int) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = []
    for _ in range(number):
        request = make_request()
        begin = time.perf_counter()
        writer.write(request)
        await read_response(reader)
        found.append(time.perf_counter() - begin)
    writer.close()
    return found


def make_request() -> bytes:
    email = f"sample.{secrets.token_hex(8)}@example.org"
    body = json.dumps({"name": "Sample Person", "email": email, "country": "KE", "lang": "sw"})
    return (
        "POST /v1/petitions/convention/signatures HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nX-Forwarded-For: {make_address()}\r\n"
        f"Idempotency-Key: {secrets.token_urlsafe(24)}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def make_address() -> str:
    """Return an address of one of many networks, so that none is over its limit."""
    return f"81.{secrets.randbelow(256)}.{secrets.randbelow(256)}.1"


async def read_response(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 202 " not in head.split(b"\r\n", 1)[0]:
        raise RuntimeError(head.decode())
    lengths = [
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    ]
    await reader.readexactly(lengths[0])


if __name__ == "__main__":
    sys.exit(main())

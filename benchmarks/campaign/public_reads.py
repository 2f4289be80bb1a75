"""Compares public responses with a bare Starlette route that sends the same bytes.

    python benchmarks/campaign/public_reads.py

Both servers run in uvicorn processes of their own over loopback. Sixteen connections ask them in
turns; each ratio is that of the CPU time of a response in neighbouring turns. Then readers ask for
the count while others sign at half the server's capacity: the rate at which signatures are both
accepted and processed just before. The slowest percent of the count's responses is compared with
that of a turn before, in which nobody signs. This is measured with one worker and with two. The
exit status is 1 if a ratio is below 0.7, if the slowest percent takes more than five times as long,
or if a request fails.
"""

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any

import httpx
import uvicorn
from campaign_process import QUIET_SECONDS, CampaignProcess, open_listener, start_campaign
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ROOT = Path(__file__).parents[2]
COUNT, EVENTS = "/v1/petitions/convention/count", "/v1/events"
SIGNATURES = "/v1/petitions/convention/signatures"
CONNECTIONS, REQUESTS, ROUNDS = 16, 4000, 7
MIN_RATIO, MAX_TAIL = 0.7, 5.0
READERS, READ_EVERY, CROWD_SECONDS, TAIL_ROUNDS = 500, 2.0, 8.0, 5
WORKERS, CAPACITY_SAMPLE = (1, 2), 1000
dice = Random(18)  # noqa: S311 - a sample
DROPPED_HEADERS = {"date", "server"}


def main() -> int:
    with start_workers(None) as campaign:
        is_missed = max(compare(campaign, path) for path in (COUNT, EVENTS))
    for workers in WORKERS:
        with start_workers(workers) as campaign:
            is_missed |= asyncio.run(compare_tails(campaign, workers))
    return is_missed


@contextmanager
def start_workers(workers: int | None) -> Iterator[CampaignProcess]:
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{name}/campaign.sqlite3"
        with start_campaign(ROOT / "src", Path(name), url, workers=workers) as campaign:
            campaign.wait_until_idle()
            yield campaign


# --- against a bare route ----------------------------------------------------------------------


def compare(campaign: CampaignProcess, path: str) -> bool:
    with start_bare_route(campaign, path) as bare:
        ratios = []
        for _ in range(ROUNDS + 1):
            costs = [measure(server, path) for server in (bare, campaign)]
            ratios.append(costs[0] / costs[1])
    ratio = median(ratios[1:])
    is_missed = ratio < MIN_RATIO
    print(f"{path}: {ratio:.2f} times a bare route, at least {MIN_RATIO}", end=": ")
    print("MISS" if is_missed else "pass")
    return is_missed


def measure(server: CampaignProcess, path: str) -> float:
    """Return the CPU time of a response, in seconds."""
    used = server.read_cpu()
    asyncio.run(ask_all(server.port, path))
    return (server.read_cpu() - used) / REQUESTS


async def ask_all(port: int, path: str) -> None:
    await asyncio.gather(*(ask(port, path, REQUESTS // CONNECTIONS) for _ in range(CONNECTIONS)))


async def ask(port: int, path: str, times: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(times):
        await exchange(reader, writer, make_request("GET", path))
    writer.close()


def make_request(method: str, path: str, body: bytes = b"", headers: str = "") -> bytes:
    if body:
        headers += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode() + body


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> int:
    """Send a request and read its response; return the status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


@contextmanager
def start_bare_route(campaign: CampaignProcess, path: str) -> Iterator[CampaignProcess]:
    sent = httpx.get(f"http://127.0.0.1:{campaign.port}{path}", headers={"Accept-Encoding": ""})
    response = {"path": path, "body": sent.text, "headers": dict(sent.headers)}
    process = subprocess.Popen(
        [sys.executable, __file__, "bare"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    process.stdin.write(json.dumps(response) + "\n")  # type: ignore[union-attr]
    process.stdin.flush()  # type: ignore[union-attr]
    try:
        yield CampaignProcess(process, int(process.stdout.readline()))  # type: ignore[union-attr]
    finally:
        process.terminate()
        process.communicate(timeout=30)


def serve_bare_route() -> None:
    given: dict[str, Any] = json.loads(sys.stdin.readline())
    body = given["body"].encode()
    headers = {k: v for k, v in given["headers"].items() if k not in DROPPED_HEADERS}

    async def respond(_: Request) -> Response:
        return Response(body, headers=headers)

    listener = open_listener()
    print(listener.getsockname()[1], flush=True)
    app = Starlette(routes=[Route(given["path"], respond)])
    uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run([listener])


# --- a crowd that reads while others sign ------------------------------------------------------


async def compare_tails(campaign: CampaignProcess, workers: int) -> bool:
    """Compare in neighbouring turns, as with the CPU time: other processes take time too.

    The capacity is measured for each turn, because the machine can be slower than in the last one.
    """
    ratios, rates, failures = [], [], 0
    for _ in range(TAIL_ROUNDS):
        rates.append(await measure_capacity(campaign) / 2)
        await asyncio.to_thread(campaign.wait_until_idle)
        quiet, failed = await read_as_a_crowd(campaign.port)
        signers = asyncio.create_task(run_signers(campaign.port, rates[-1], CROWD_SECONDS))
        busy, failed_too = await read_as_a_crowd(campaign.port)
        await signers
        ratios.append(find_tail(busy) / find_tail(quiet))
        failures += failed + failed_too
    ratio = median(ratios)
    is_missed = ratio > MAX_TAIL or failures > 0
    print(
        f"{workers} workers, {READERS} readers and {median(rates):.0f} signatures a second: the "
        f"count's slowest percent is {ratio:.1f} times that without signatures, at most "
        f"{MAX_TAIL}; {failures} requests failed",
        end=": ",
    )
    print("MISS" if is_missed else "pass")
    return is_missed


async def measure_capacity(campaign: CampaignProcess) -> float:
    """Return how many signatures the server accepts and processes in a second."""
    began = time.monotonic()
    await run_signers(campaign.port)
    await asyncio.to_thread(campaign.wait_until_idle)
    return CAPACITY_SAMPLE / (time.monotonic() - began - QUIET_SECONDS)


async def run_signers(port: int, *limits: float) -> None:
    """Sign in a process of its own: the readers' times must not include the signers' work."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, __file__, "sign", str(port), *map(str, limits))
    )
    if await process.wait():
        raise RuntimeError("the signers failed")


def find_tail(seconds: list[float]) -> float:
    return quantiles(seconds, n=100)[-1]


async def read_as_a_crowd(port: int) -> tuple[list[float], int]:
    """Return how long each response took, and how many were none."""
    until = time.monotonic() + CROWD_SECONDS
    seconds: list[float] = []
    failures = await asyncio.gather(
        *(read_again_and_again(port, until, number, seconds) for number in range(READERS))
    )
    return seconds, sum(failures)


async def read_again_and_again(port: int, until: float, number: int, seconds: list[float]) -> int:
    await asyncio.sleep(READ_EVERY * number / READERS)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    failures = 0
    while (began := time.monotonic()) < until:
        failures += await exchange(reader, writer, make_request("GET", COUNT)) != httpx.codes.OK
        seconds.append(time.monotonic() - began)
        await asyncio.sleep(READ_EVERY)
    writer.close()
    return failures


async def run_as_signers(port: int, rate: float = 0, seconds: float = 0) -> None:
    pause = CONNECTIONS / rate if rate else 0.0
    times = int(seconds / pause) if rate else CAPACITY_SAMPLE // CONNECTIONS
    await asyncio.gather(*(sign(port, times, pause) for _ in range(CONNECTIONS)))


async def sign(port: int, times: int, pause: float = 0) -> None:
    """Sign at random times, as people do who know nothing of each other (a Poisson process)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    next_at = time.monotonic()
    for number in range(times):
        if pause:
            next_at += dice.expovariate(1 / pause)
            await asyncio.sleep(next_at - time.monotonic())
        status = await exchange(reader, writer, make_signature(f"{os.getpid()}-{number}"))
        if status != httpx.codes.ACCEPTED:
            raise RuntimeError(f"a signature got {status}")
    writer.close()


def make_signature(name: str) -> bytes:
    email = f"{secrets.token_hex(8)}@example.org"
    body = json.dumps({"name": f"Sample {name}", "email": email, "country": "ES"}).encode()
    key = f"Idempotency-Key: {secrets.token_urlsafe(22)}\r\n"
    return make_request("POST", SIGNATURES, body, key)


if __name__ == "__main__":
    if sys.argv[1:] == ["bare"]:
        serve_bare_route()
    elif sys.argv[1:2] == ["sign"]:
        asyncio.run(run_as_signers(int(sys.argv[2]), *map(float, sys.argv[3:])))
    else:
        sys.exit(main())

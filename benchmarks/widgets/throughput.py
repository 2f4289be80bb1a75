"""Compares cached widgets with a bare Starlette route that returns the same bytes.

    python benchmarks/widgets throughput.py

Each server runs in its own uvicorn process over loopback, with the settings of Python that `imd
widgets serve` uses. `wrk` (a Debian package) sends requests to them alternately, for two seconds at
a time. Each ratio compares neighbouring turns, so that other work on the machine affects both. The
table shows the median of the ratios and, in brackets, the middle half of them. CPU time per
response is compared with the bar directly, because other programs do not lengthen it. Responses a
second miss the bar if three turns of four miss it; if half of them do, the result is unclear.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple

import httpx
import uvicorn
from report import Figure, print_figures
from sample_campaign import create_widgets
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_cli.process_tuning import reduce_pauses

BAR = 0.95
ROUNDS, SECONDS, CONNECTIONS = 11, 2, 16
PATHS = ("/w/counter/convention", "/w/countdown", "/w/events")
ENCODING = "gzip, deflate, br, zstd"
OMITTED_HEADERS = {"date", "server"}


class Throughput(NamedTuple):
    """Responses per second of wall-clock time and of CPU time."""

    per_second: float
    per_cpu_second: float


class RunningServer(NamedTuple):
    address: str
    process: int

    def __truediv__(self, path: str) -> "RunningServer":
        return RunningServer(f"{self.address}{path}", self.process)


def main() -> int:
    with start_server("widgets") as ours:
        lines = [line for path in PATHS for line in check_ratios(path, compare(ours, path))]
    return print_figures("responses a second, relative to a bare route", lines)


def check_ratios(path: str, pairs: list[tuple[Throughput, Throughput]]) -> Iterator[Figure]:
    cpu = Ratios([ours.per_cpu_second / bare.per_cpu_second for ours, bare in pairs])
    wall = Ratios([ours.per_second / bare.per_second for ours, bare in pairs])
    yield Figure(f"{path}, by CPU time", str(cpu), f"≥ {BAR}", cpu.middle >= BAR)
    is_unclear = wall.middle < BAR <= wall.high
    is_met = None if is_unclear else wall.middle >= BAR
    yield Figure(f"{path}, by wall-clock time", str(wall), f"≥ {BAR}", is_met)


class Ratios:
    def __init__(self, values: list[float]) -> None:
        self.low, self.middle, self.high = quantiles(values, n=4)

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.low:.2f}–{self.high:.2f})"


def compare(ours: RunningServer, path: str) -> list[tuple[Throughput, Throughput]]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(fetch_response(ours.address, path), file)
        file.flush()
        with start_server("bare", file.name) as bare:
            for server in (ours, bare):
                measure(server / path)
            return [measure_pair(number, ours / path, bare / path) for number in range(ROUNDS)]


def measure_pair(
    number: int, ours: RunningServer, bare: RunningServer
) -> tuple[Throughput, Throughput]:
    """Measure both servers; the order alternates."""
    if number % 2:
        second = measure(bare)
        return measure(ours), second
    return measure(ours), measure(bare)


def measure(server: RunningServer) -> Throughput:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"]
    command += ["-H", f"Accept-Encoding: {ENCODING}", server.address]
    before = read_cpu_seconds(server.process)
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    cpu_seconds = read_cpu_seconds(server.process) - before
    found = re.search(r"(\d+) requests in ([\d.]+)s", output)
    if "Non-2xx" in output or found is None:
        raise SystemExit(f"{server.address} responds with errors")
    return Throughput(int(found[1]) / float(found[2]), int(found[1]) / cpu_seconds)


def read_cpu_seconds(process: int) -> float:
    """Read seconds of CPU time: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fetch_response(address: str, path: str) -> dict[str, Any]:
    with httpx.stream("GET", f"{address}{path}", headers={"Accept-Encoding": ENCODING}) as response:
        assert response.status_code == httpx.codes.OK
        headers = {
            name: value for name, value in response.headers.items() if name not in OMITTED_HEADERS
        }
        body = b"".join(response.iter_raw())
    return {"path": path, "headers": headers, "body": body.decode("latin-1")}


@contextmanager
def start_server(what: str, *arguments: str) -> Iterator[RunningServer]:
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    port = address.rpartition(":")[2]
    process = subprocess.Popen([sys.executable, __file__, "--serve", what, port, *arguments])
    try:
        wait_until_ready(address)
        yield RunningServer(address, process.pid)
    finally:
        process.terminate()
        process.wait()


def wait_until_ready(address: str) -> None:
    for _ in range(200):
        try:
            httpx.get(f"{address}/healthz")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("the server did not start")


def serve(what: str, port: str, *arguments: str) -> None:
    app = create_bare_app(*arguments) if what == "bare" else create_widgets()
    reduce_pauses()
    uvicorn.run(app, port=int(port), access_log=False, log_level="warning", server_header=False)


def create_bare_app(file: str) -> Starlette:
    stored = json.loads(Path(file).read_text("utf-8"))
    body = stored["body"].encode("latin-1")

    async def endpoint(_request: Request) -> Response:
        return Response(body, headers=stored["headers"])

    return Starlette(routes=[Route(stored["path"], endpoint)])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(*sys.argv[2:])
    else:
        sys.exit(main())

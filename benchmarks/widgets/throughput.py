"""A warm widget beside a bare Starlette route that answers the same bytes.

    python benchmarks/widgets throughput.py

Each runs alone in one uvicorn process over loopback, and `wrk` (a package of Debian) asks for two
seconds, in turns; a ratio is of one turn and its neighbour, so that what else the machine does
meets both. Told are the medians of the turns' ratios, and the half of them around it. Of the
processor's time a server takes for an answer the bar asks plainly, for other programs do not
lengthen it. Of answers a second, which they do, it is missed when three turns of four miss it, and
unclear when half of them do.
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
from report import Judged, say
from sample_campaign import widgets
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

BAR = 0.8
ROUNDS, SECONDS, CONNECTIONS = 11, 2, 16
PATHS = ("/w/counter/convention", "/w/countdown", "/w/events")
ENCODING = "gzip, deflate, br, zstd"
LEFT_OUT = {"date", "server"}


class Pagination(NamedTuple):
    """Answers in a second, by the clock on the wall and by the processor's."""

    by_wall: float
    by_work: float


class Served(NamedTuple):
    address: str
    process: int

    def __truediv__(self, path: str) -> "Served":
        return Served(f"{self.address}{path}", self.process)


def main() -> int:
    with serving("widgets") as ours:
        lines = [line for path in PATHS for line in judged(path, compared(ours, path))]
    return say("responses a second, relative to a bare route", lines)


def judged(path: str, pairs: list[tuple[Pagination, Pagination]]) -> Iterator[Judged]:
    work = Ratios([ours.by_work / bare.by_work for ours, bare in pairs])
    wall = Ratios([ours.by_wall / bare.by_wall for ours, bare in pairs])
    yield Judged(f"{path}, by CPU time", str(work), f"≥ {BAR}", work.middle >= BAR)
    unclear = wall.middle < BAR <= wall.high
    met = None if unclear else wall.middle >= BAR
    yield Judged(f"{path}, by wall-clock time", str(wall), f"≥ {BAR}", met)


class Ratios:
    def __init__(self, values: list[float]) -> None:
        self.low, self.middle, self.high = quantiles(values, n=4)

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.low:.2f}–{self.high:.2f})"


def compared(ours: Served, path: str) -> list[tuple[Pagination, Pagination]]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(answer_of(ours.address, path), file)
        file.flush()
        with serving("bare", file.name) as bare:
            for one in (ours, bare):
                asked(one / path)
            return [in_turn(number, ours / path, bare / path) for number in range(ROUNDS)]


def in_turn(number: int, ours: Served, bare: Served) -> tuple[Pagination, Pagination]:
    """Every second time the other one begins."""
    if number % 2:
        second = asked(bare)
        return asked(ours), second
    return asked(ours), asked(bare)


def asked(served: Served) -> Pagination:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"]
    command += ["-H", f"Accept-Encoding: {ENCODING}", served.address]
    before = worked(served.process)
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    work = worked(served.process) - before
    found = re.search(r"(\d+) requests in ([\d.]+)s", said)
    if "Non-2xx" in said or found is None:
        raise SystemExit(f"{served.address} answers with errors")
    return Pagination(int(found[1]) / float(found[2]), int(found[1]) / work)


def worked(process: int) -> float:
    """Seconds of processor time: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def answer_of(address: str, path: str) -> dict[str, Any]:
    with httpx.stream("GET", f"{address}{path}", headers={"Accept-Encoding": ENCODING}) as answer:
        assert answer.status_code == httpx.codes.OK
        headers = {name: value for name, value in answer.headers.items() if name not in LEFT_OUT}
        body = b"".join(answer.iter_raw())
    return {"path": path, "headers": headers, "body": body.decode("latin-1")}


@contextmanager
def serving(what: str, *arguments: str) -> Iterator[Served]:
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    port = address.rpartition(":")[2]
    process = subprocess.Popen([sys.executable, __file__, "--serve", what, port, *arguments])
    try:
        wait_for(address)
        yield Served(address, process.pid)
    finally:
        process.terminate()
        process.wait()


def wait_for(address: str) -> None:
    for _ in range(200):
        try:
            httpx.get(f"{address}/healthz")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("the server did not start")


def serve(what: str, port: str, *arguments: str) -> None:
    app = bare(*arguments) if what == "bare" else widgets()
    uvicorn.run(app, port=int(port), access_log=False, log_level="warning", server_header=False)


def bare(file: str) -> Starlette:
    kept = json.loads(Path(file).read_text("utf-8"))
    body = kept["body"].encode("latin-1")

    async def endpoint(_request: Request) -> Response:
        return Response(body, headers=kept["headers"])

    return Starlette(routes=[Route(kept["path"], endpoint)])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(*sys.argv[2:])
    else:
        sys.exit(main())

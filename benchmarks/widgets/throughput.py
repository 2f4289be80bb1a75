"""Requests per second of a warm widget, beside a bare Starlette route that answers the same bytes.

    python benchmarks/widgets/throughput.py [WIDGET …]

Each runs alone in one uvicorn process over loopback; `wrk` (a package of Debian) asks, in turns, so
that what else the machine does meets both. Shown are the medians of the rounds. The exit status is
1 when a widget gives less than 0.8 of the bare route.
"""

import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import uvicorn
from sample_campaign import widgets
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

BAR = 0.8
ROUNDS, SECONDS, CONNECTIONS = 9, 2, 16
PATHS = ("/w/counter/convention", "/w/countdown", "/w/events")
ENCODING = "gzip, deflate, br, zstd"
LEFT_OUT = {"date", "server"}


def main(paths: list[str]) -> int:
    worst = 1e9
    print(f"{'path':24} {'widget, req/s':>14} {'bare, req/s':>12} {'ratio':>6}")
    with serving("widgets") as ours:
        for path in paths:
            with tempfile.NamedTemporaryFile("w", suffix=".json") as file, ExitStack() as stack:
                json.dump(answer_of(ours, path), file)
                file.flush()
                bare = stack.enter_context(serving("bare", file.name))
                widget, plain = compared(f"{ours}{path}", f"{bare}{path}")
            worst = min(worst, widget / plain)
            print(f"{path:24} {widget:14,.0f} {plain:12,.0f} {widget / plain:6.2f}")
    return 0 if worst >= BAR else 1


def compared(ours: str, bare: str) -> tuple[float, float]:
    rounds = [(asked(ours), asked(bare)) for _ in range(ROUNDS)]
    return median(first for first, _ in rounds), median(second for _, second in rounds)


def asked(address: str) -> float:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"]
    command += ["-H", f"Accept-Encoding: {ENCODING}", address]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told:
        raise SystemExit(f"{address} answers with errors")
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert found
    return float(found[1])


def answer_of(address: str, path: str) -> dict[str, Any]:
    with httpx.stream("GET", f"{address}{path}", headers={"Accept-Encoding": ENCODING}) as answer:
        assert answer.status_code == httpx.codes.OK
        headers = {name: value for name, value in answer.headers.items() if name not in LEFT_OUT}
        body = b"".join(answer.iter_raw())
    return {"path": path, "headers": headers, "body": body.decode("latin-1")}


@contextmanager
def serving(what: str, *arguments: str) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    port = address.rpartition(":")[2]
    process = subprocess.Popen([sys.executable, __file__, "--serve", what, port, *arguments])
    try:
        wait_for(address)
        yield address
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
        sys.exit(main(sys.argv[1:] or list(PATHS)))

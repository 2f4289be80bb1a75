"""An application in this process, and the CPU time that it and PostgreSQL take for a request."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from postgresql_server import create_database, find_binaries, start_postgresql

from imd_campaign.tables import metadata

OK = 200
SETTINGS = {"secret": "a secret for measuring, and for that only", "mail_delivery": False}


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes
    cpu: float


class Server:
    def __init__(self, app: FastAPI, postmaster: int | None) -> None:
        self.app = app
        self._postmaster = postmaster

    async def get(self, target: str, key: str = "") -> Response:
        return await self.request("GET", target, key=key)

    async def request(
        self, method: str, target: str, body: bytes = b"", *, key: str = ""
    ) -> Response:
        self.app.state.public_cache.changes.record(metadata.tables)
        path, _, query = target.partition("?")
        headers = [(b"host", b"x"), (b"content-type", b"application/json")]
        headers += [(b"authorization", f"Bearer {key}".encode())] if key else []
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": headers if body or key else headers[:1],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        sent: list[dict] = []

        async def receive() -> dict:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict) -> None:
            sent.append(message)

        before = self._read_cpu()
        await self.app(scope, receive, send)
        cpu = self._read_cpu() - before
        received = b"".join(message.get("body", b"") for message in sent)
        return Response(sent[0]["status"], received, cpu)

    def measure(self, work: Callable[[], object]) -> float:
        before = self._read_cpu()
        work()
        return self._read_cpu() - before

    def _read_cpu(self) -> float:
        return time.process_time() + sum(map(_read_process, self._list_backends()))

    def _list_backends(self) -> Sequence[int]:
        if self._postmaster is None:
            return ()
        children = Path(f"/proc/{self._postmaster}/task/{self._postmaster}/children")
        return [int(pid) for pid in children.read_text().split()]


def _read_process(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except FileNotFoundError:  # a worker that has ended since
        return 0.0


@contextmanager
def open_database(engine_name: str, folder: Path) -> Iterator[tuple[str, int | None]]:
    if engine_name == "sqlite":
        yield f"sqlite:///{folder / 'campaign.sqlite3'}", None
        return
    binaries = find_binaries()
    if binaries is None:
        raise SystemExit("PostgreSQL is not installed")
    with start_postgresql(binaries) as socket_folder:
        postmaster = int((socket_folder / "data" / "postmaster.pid").read_text().split()[0])
        yield create_database(binaries, socket_folder, "events"), postmaster

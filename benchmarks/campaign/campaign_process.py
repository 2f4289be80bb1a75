"""Runs the campaign server of a source tree, for measuring it from outside.

Started as a program, it loads the sample campaign and serves it; its settings are in the
environment, and its source tree in PYTHONPATH.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import uvicorn

from imd_campaign import db, seed
from imd_campaign.app import create_app
from imd_campaign.settings import Settings

TICKS = os.sysconf("SC_CLK_TCK")
SETTINGS = {
    "secret": "a secret for measuring, and for that only",
    "public_key": "NTU1NTU1NTU1NTU1NTU1NTU1NTU1NTU1NTU1NTU1NTU=",
}
NO_LIMIT = 10**9
SWITCH_SECONDS = 0.0005  # as in imd_cli/process_tuning.py
QUIET_SECONDS, POLL_SECONDS = 2.5, 0.25


@dataclass(frozen=True)
class CampaignProcess:
    process: subprocess.Popen[str]
    port: int

    def read_cpu(self) -> float:
        """Return the seconds of CPU that the server and its workers have used."""
        return sum(_read_cpu(pid) for pid in (self.process.pid, *self.list_workers()))

    def list_workers(self) -> list[int]:
        pid = self.process.pid
        return [
            int(child)
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        ]

    def wait_until_idle(self) -> None:
        """Wait until the worker has finished what the requests left to it."""
        used, quiet_since = self.read_cpu(), time.monotonic()
        while time.monotonic() - quiet_since < QUIET_SECONDS:
            time.sleep(POLL_SECONDS)
            now = self.read_cpu()
            if now - used > POLL_SECONDS / 10:
                quiet_since = time.monotonic()
            used = now


def _read_cpu(pid: int) -> float:
    """Read the CPU time of a process, in seconds: proc(5)."""
    stat = Path(f"/proc/{pid}/stat").read_text("ascii")
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS


@contextmanager
def start_campaign(
    source: Path, data: Path, database_url: str, *, workers: int | None = None
) -> Iterator[CampaignProcess]:
    """Start a server as `imd campaign serve --workers` does, or without the command line."""
    data.mkdir(exist_ok=True)
    environment = os.environ | {
        "PYTHONPATH": str(source),
        **{f"IMD_CAMPAIGN_{name.upper()}": value for name, value in SETTINGS.items()},
        "IMD_CAMPAIGN_DATABASE_URL": database_url,
        "IMD_CAMPAIGN_FILES_DIR": str(data / "files"),
        "IMD_CAMPAIGN_MAIL": f"folder:{data / 'mail'}",
        "IMD_CAMPAIGN_MAIL_POLL": "0.2",
        "IMD_CAMPAIGN_TRUSTED_PROXIES": "127.0.0.1",
        "IMD_CAMPAIGN_CONFIRMATION_RATE": str(NO_LIMIT),
        "IMD_CAMPAIGN_OUTBOX_LIMIT": str(NO_LIMIT),
    }
    arguments = [] if workers is None else [str(workers)]
    process = subprocess.Popen(
        [sys.executable, __file__, *arguments], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        yield CampaignProcess(process, int(process.stdout.readline()))  # type: ignore[union-attr]
    finally:
        process.terminate()
        process.communicate(timeout=30)


def open_listener() -> socket.socket:
    """Name the protocol, as asyncio sets TCP_NODELAY only then: each response would wait 40 ms."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


def load_sample() -> Settings:
    """Load the sample campaign into the database of the environment."""
    settings = Settings()
    engine = db.open_engine(settings.database_url)
    db.migrate(engine)
    seed.load(engine, settings, datetime.now(UTC))
    engine.dispose()
    return settings


def serve() -> None:
    sys.setswitchinterval(SWITCH_SECONDS)
    settings = load_sample()
    listener = open_listener()
    port = str(listener.getsockname()[1])
    if len(sys.argv) > 1:
        # Older versions have no such modules.
        from imd_cli import background_process, server_runner  # noqa: PLC0415

        workers = int(sys.argv[1])
        serving, background = background_process.split(settings, workers, "text")
        make_app = partial(create_app, serving)
        server_runner.run(make_app, listener, greeting=port, workers=workers, background=background)
        return
    print(port, flush=True)
    config = uvicorn.Config(
        create_app(settings), log_level="error", access_log=False, proxy_headers=False
    )
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    serve()

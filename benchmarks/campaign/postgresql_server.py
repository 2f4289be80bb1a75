"""A temporary PostgreSQL server on a Unix socket, with the settings that a campaign would use."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "postgres"


def find_binaries() -> Path | None:
    found = Path("/usr/lib/postgresql").glob("*/bin")
    return max(found, key=lambda folder: int(folder.parent.name), default=None)


@contextmanager
def start_postgresql(binaries: Path) -> Iterator[Path]:
    """Yield the folder of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="imd-"))
    if os.geteuid() == 0:
        shutil.chown(folder, USER, USER)
    data = folder / "data"
    _run(binaries / "initdb", "-D", data, "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C")
    options = f"-c listen_addresses= -c unix_socket_directories={folder}"
    try:
        _run(binaries / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "start")
        yield folder
    finally:
        _run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def create_database(binaries: Path, folder: Path, name: str) -> str:
    _run(binaries / "createdb", "-h", folder, "-U", USER, name)
    return f"postgresql+psycopg://{USER}@/{name}?host={folder}"


def _run(*command: str | Path) -> None:
    user = {"user": USER, "group": USER} if os.geteuid() == 0 else {}
    subprocess.run(command, check=True, capture_output=True, cwd="/", **user)  # type: ignore[call-overload]

"""Measures `imd campaign copy-database` from SQLite to PostgreSQL.

    python benchmarks/campaign/copy_cost.py [SIGNATURES]

It copies the sample campaign with 100,000 more signatures, unless another number is given. The
exit status is 1 if a row costs more than 60 µs of CPU, or if the command needs more than 150 MB of
memory, whatever the number of rows.
"""

import os
import resource
import secrets
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import postgresql_server
from campaign_process import SETTINGS

from imd_campaign import db, seed
from imd_campaign.settings import Settings

SIGNATURES = 100_000
MAX_MICROSECONDS, MAX_MEGABYTES = 60.0, 150.0
SEALED_LENGTH = 240
SIGNATURE = (
    "INSERT INTO signatures (id, petition_id, fingerprint, country, public, updates, sealed, "
    "confirmed_at) VALUES (?, 1, ?, 'MX', 0, 0, ?, '2026-11-23 12:00:00.000000')"
)
LEDGER = (
    "INSERT INTO ledger (petition_id, change, country, line, day) "
    "SELECT 1, 1, 'MX', 'confirmed', '2026-11-23' FROM signatures"
)


def main(signatures: int = SIGNATURES) -> int:
    binaries = postgresql_server.find_binaries()
    if binaries is None:
        print("PostgreSQL is not installed")
        return 1
    with (
        postgresql_server.start_postgresql(binaries) as folder,
        tempfile.TemporaryDirectory() as data,
    ):
        url = postgresql_server.create_database(binaries, folder, "copy")
        fill(Path(data), signatures)
        return measure(Path(data), url, signatures)


def fill(data: Path, signatures: int) -> None:
    settings = Settings(
        database_url=f"sqlite:///{data / 'campaign.sqlite3'}",
        files_dir=data / "files",
        **SETTINGS,  # type: ignore[arg-type]
    )
    engine = db.open_engine(settings.database_url)
    db.migrate(engine)
    seed.load(engine, settings, datetime.now(UTC))
    engine.dispose()
    with closing(sqlite3.connect(data / "campaign.sqlite3")) as connection, connection:
        connection.executemany(SIGNATURE, make_signatures(signatures))
        connection.execute(LEDGER)


def make_signatures(number: int) -> Iterator[tuple[str, bytes, str]]:
    for position in range(number):
        yield f"sig_{position:022}", secrets.token_bytes(32), "A" * SEALED_LENGTH


def measure(data: Path, url: str, signatures: int) -> bool:
    environment = {f"IMD_CAMPAIGN_{name.upper()}": value for name, value in SETTINGS.items()}
    environment["IMD_CAMPAIGN_DATABASE_URL"] = f"sqlite:///{data / 'campaign.sqlite3'}"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "imd_cli", "campaign", "copy-database", "--to", url]
    copied = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    rows = int(copied.stdout.split(maxsplit=1)[0].replace(",", ""))
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    microseconds, megabytes = cpu / rows * 1e6, after.ru_maxrss / 1024
    is_missed = microseconds > MAX_MICROSECONDS or megabytes > MAX_MEGABYTES
    print(
        f"{rows:,} rows with {signatures:,} signatures are copied with {microseconds:.0f} µs of "
        f"CPU each, at most {MAX_MICROSECONDS:.0f}, and {megabytes:.0f} MB of memory, at most "
        f"{MAX_MEGABYTES:.0f}",
        end=": ",
    )
    print("MISS" if is_missed else "pass")
    return is_missed


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

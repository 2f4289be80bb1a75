"""Counts what readers cost the database of a campaign on PostgreSQL.

    python benchmarks/campaign/database_reads.py

Sixteen connections read ten public addresses as fast as they can. The exit status is 1 if the
server begins more than five transactions a second for each address: then public responses no
longer come from memory.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import postgresql_server
import psycopg
from campaign_process import CampaignProcess, start_campaign
from public_reads import CONNECTIONS, COUNT, ROOT, exchange, make_request

PATHS = (
    COUNT,
    "/v1/petitions",
    "/v1/petitions/convention",
    "/v1/petitions/convention/places",
    "/v1/petitions/convention/signers",
    "/v1/events",
    "/v1/events.geojson",
    "/v1/posters",
    "/v1/resources",
    "/v1/share-kit",
)
SECONDS, MAX_TRANSACTIONS = 10.0, 5.0
FLUSH_SECONDS = 2.0
"""PostgreSQL publishes its statistics about a second after a transaction."""
TRANSACTIONS = (
    "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
)


def main() -> int:
    binaries = postgresql_server.find_binaries()
    if binaries is None:
        print("PostgreSQL is not installed")
        return 1
    with (
        postgresql_server.start_postgresql(binaries) as folder,
        tempfile.TemporaryDirectory() as data,
    ):
        url = postgresql_server.create_database(binaries, folder, "reads")
        with start_campaign(ROOT / "src", Path(data), url) as campaign:
            campaign.wait_until_idle()
            return measure(campaign, url.replace("+psycopg", ""))


def measure(campaign: CampaignProcess, url: str) -> bool:
    idle, _, _ = count_transactions(campaign, url, [])
    busy, requests, cpu = count_transactions(campaign, url, PATHS)
    for_readers = (busy - idle) / SECONDS
    is_missed = for_readers / len(PATHS) > MAX_TRANSACTIONS
    print(
        f"{requests / SECONDS:.0f} requests a second ({requests / cpu:.0f} per second of CPU) for "
        f"{len(PATHS)} addresses: {for_readers:.0f} transactions a second, at most "
        f"{MAX_TRANSACTIONS * len(PATHS):.0f}",
        end=": ",
    )
    print("MISS" if is_missed else "pass")
    return is_missed


def count_transactions(
    campaign: CampaignProcess, url: str, paths: tuple[str, ...] | list[str]
) -> tuple[int, int, float]:
    """Return the transactions, the requests and the CPU time of the server in the measured time."""
    before, used = read_transactions(url), campaign.read_cpu()
    requests = asyncio.run(read_all(campaign.port, paths))
    cpu = campaign.read_cpu() - used
    time.sleep(FLUSH_SECONDS)
    return read_transactions(url) - before, requests, cpu


def read_transactions(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(TRANSACTIONS).fetchone()
    return row[0] if row else 0


async def read_all(port: int, paths: tuple[str, ...] | list[str]) -> int:
    until = time.monotonic() + SECONDS
    if not paths:
        await asyncio.sleep(SECONDS)
        return 0
    readers = (read_until(port, paths, until, number) for number in range(CONNECTIONS))
    return sum(await asyncio.gather(*readers))


async def read_until(port: int, paths: tuple[str, ...] | list[str], until: float, n: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    requests = 0
    while time.monotonic() < until:
        status = await exchange(
            reader, writer, make_request("GET", paths[(n + requests) % len(paths)])
        )
        if status != 200:  # noqa: PLR2004 the status of a response that can be cached
            raise RuntimeError(f"a response has the status {status}")
        requests += 1
    writer.close()
    return requests


if __name__ == "__main__":
    sys.exit(main())

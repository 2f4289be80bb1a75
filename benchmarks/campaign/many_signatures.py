"""Compares requests about a petition of 3,000,000 signatures with those of 1,000.

    python benchmarks/campaign/many_signatures.py [sqlite|postgresql] [--signatures 3000000]

Both campaigns are in this process, each with its own database, and answer each request in turn,
uncached. The figure is the CPU time of a response, with that of the PostgreSQL backends: the median
of several, and its ratio. Processing a batch of submissions and counting confirmed signatures,
which the worker does beside requests, are measured too. The exit status is 1 if a request takes
more than 1.5 times as long with many signatures, or fails.
"""

import argparse
import asyncio
import json
import re
import secrets
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from application_cpu import SETTINGS, Response, Server, open_database
from sqlalchemy import delete, select, text, update

from imd_campaign import db, seed
from imd_campaign.api_keys import service as api_keys
from imd_campaign.app import create_app
from imd_campaign.confirmations.processing import process_due
from imd_campaign.crypto import new_key_pair
from imd_campaign.mail.tables import outbox
from imd_campaign.petitions import counting, tables
from imd_campaign.petitions import store as petitions
from imd_campaign.settings import Settings

FEW, MANY = 1_000, 3_000_000
LIMIT, ROUNDS, BATCH = 1.5, 15, 20
SUCCESS = range(200, 300)
SLUG, COUNTRY = "convention", "ES"
SIGNATURES = f"/v1/petitions/{SLUG}/signatures"
TOKEN = re.compile(r"/(?:confirm|your-data)/([\w-]{22})")

ROWS = {
    "sqlite": """
        WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
        INSERT INTO signatures SELECT
            'sig_' || printf('%026d', n), :petition, randomblob(32),
            char(65 + n % 26) || char(65 + n / 26 % 26), 'en', n % 10 = 0, n % 5 = 0, NULL,
            CASE WHEN n % 10 = 0 THEN 'Sample ' || n END, :sealed,
            strftime('%Y-%m-%d %H:%M:%f000', 1780000000 + n, 'unixepoch')
        FROM numbers""",
    "postgresql": """
        INSERT INTO signatures SELECT
            'sig_' || lpad(n::text, 26, '0'), :petition, sha256(n::text::bytea),
            chr(65 + n % 26) || chr(65 + n / 26 % 26), 'en', n % 10 = 0, n % 5 = 0, NULL,
            CASE WHEN n % 10 = 0 THEN 'Sample ' || n END, :sealed,
            to_timestamp(1780000000 + n)
        FROM generate_series(1, :count) AS numbers(n)""",
}
LEDGER = """
    INSERT INTO ledger (petition_id, number, change, country, source, line, day)
    SELECT petition_id, row_number() OVER (ORDER BY id) + (SELECT max(number) FROM ledger), 1,
           country, source, 'confirmed', '2026-11-01'
    FROM signatures WHERE sealed = :sealed"""
TALLIES = """
    INSERT INTO tallies SELECT petition_id, country, count(*) FROM signatures
    WHERE sealed = :sealed GROUP BY petition_id, country
    ON CONFLICT (petition_id, country) DO UPDATE SET total = tallies.total + excluded.total"""
SOURCES = """
    INSERT INTO source_tallies SELECT petition_id, '', count(*) FROM signatures
    WHERE sealed = :sealed GROUP BY petition_id
    ON CONFLICT (petition_id, source) DO UPDATE SET total = source_tallies.total + excluded.total"""
SEALED = "x" * 250


# ------------------------------------------------------------------ campaigns


@dataclass(frozen=True)
class Campaign:
    server: Server
    key: str

    @property
    def context(self) -> Any:
        return self.server.app.state.context

    def read_tokens(self) -> list[str]:
        """Return the tokens of all queued e-mails, and empty the outbox."""
        with self.context.database.write() as connection:
            sealed = connection.execute(select(outbox.c.message)).scalars().all()
            connection.execute(delete(outbox))
        texts = [self.context.vault.decrypt(message)["text"] for message in sealed]
        return [TOKEN.search(text)[1] for text in texts]  # type: ignore[index]

    def process(self) -> None:
        while process_due(self.context):
            pass


def make_campaign(engine_name: str, folder: Path, count: int, stack: ExitStack) -> Campaign:
    url, postmaster = stack.enter_context(open_database(engine_name, folder))
    settings = Settings(
        **SETTINGS,
        public_key=new_key_pair()[0],
        database_url=url,
        files_dir=folder / "files",
        mail=f"folder:{folder / 'mail'}",
    )
    engine = db.open_engine(url)
    db.migrate(engine)
    seed.load(engine, settings, datetime.now(UTC))
    began = time.monotonic()
    fill(engine, count)
    key, _ = api_keys.create(
        db.Database(engine), name="Sample", scopes=["signatures:read"], now=datetime.now(UTC)
    )
    engine.dispose()
    print(f"{engine_name}: {count} signatures added in {time.monotonic() - began:.0f} s")
    return Campaign(Server(create_app(settings), postmaster), key)


def fill(engine: db.Engine, count: int) -> None:
    """Add signatures to the sample's, as if all had been confirmed and counted."""
    with db.Database(engine).write() as connection:
        db.remove_timeouts(connection)
        petition = petitions.find(connection, SLUG)
        values = {"petition": petition["id"], "sealed": SEALED, "count": count}  # type: ignore[index]
        connection.execute(text(ROWS[engine.dialect.name]), values)
        for statement in (LEDGER, TALLIES, SOURCES):
            connection.execute(text(statement), {"sealed": SEALED})
        total = tables.petitions.c.total + count
        connection.execute(update(tables.petitions).values(total=total, published_on=None))
        counting.fold_all(connection, datetime.now(UTC))
    if engine.dialect.name == "postgresql":
        vacuum(engine)


def vacuum(engine: db.Engine) -> None:
    """Do what autovacuum would do: outside the transaction that our engine begins itself."""
    connection = engine.raw_connection()
    connection.driver_connection.autocommit = True
    connection.cursor().execute("VACUUM ANALYZE")
    connection.detach()
    connection.close()


# ------------------------------------------------------------------ requests

Action = Callable[[Campaign], Awaitable[Sequence[Response]]]


def get(target: str) -> Action:
    async def act(campaign: Campaign) -> Sequence[Response]:
        return [await campaign.server.get(target)]

    return act


async def read_signatures(campaign: Campaign) -> Sequence[Response]:
    """Read the first two pages."""
    first = await campaign.server.get(f"{SIGNATURES}?limit=100", campaign.key)
    cursor = json.loads(first.body)["next"]
    return [
        first,
        await campaign.server.get(f"{SIGNATURES}?limit=100&cursor={cursor}", campaign.key),
    ]


def make_form() -> bytes:
    email = f"sample.{secrets.token_hex(8)}@example.org"
    return json.dumps({"name": "Sample Person", "email": email, "country": COUNTRY}).encode()


async def post(campaign: Campaign, target: str, form: Mapping[str, Any] | bytes) -> Response:
    body = form if isinstance(form, bytes) else json.dumps(form).encode()
    return await campaign.server.request("POST", target, body)


async def sign(campaign: Campaign) -> Sequence[Response]:
    return [await post(campaign, SIGNATURES, make_form()) for _ in range(BATCH)]


async def process(campaign: Campaign) -> Sequence[Response]:
    return [Response(200, b"", campaign.server.measure(campaign.process))]


async def confirm(campaign: Campaign) -> Sequence[Response]:
    tokens = campaign.read_tokens()
    pages = [await campaign.server.get(f"/v1/confirmations/{token}") for token in tokens]
    return pages + [await post(campaign, f"/v1/confirmations/{token}", {}) for token in tokens]


async def count(campaign: Campaign) -> Sequence[Response]:
    fold = campaign.server.measure(lambda: counting.fold(campaign.context))
    return [Response(200, b"", fold)]


async def withdraw(campaign: Campaign) -> Sequence[Response]:
    """Sign, confirm, ask for one's own link, read what is kept, and withdraw."""
    form = json.loads(make_form())
    await post(campaign, SIGNATURES, form)
    campaign.process()
    await post(campaign, f"/v1/confirmations/{campaign.read_tokens()[0]}", {})
    await post(campaign, "/v1/personal-links", {"email": form["email"]})
    campaign.process()
    path = f"/v1/personal-data/{campaign.read_tokens()[0]}"
    page = await campaign.server.get(path)
    signature = json.loads(page.body)["signatures"][0]["id"]
    return [page, await campaign.server.request("DELETE", f"{path}/signatures/{signature}")]


def list_actions() -> Iterator[tuple[str, Action]]:
    yield "the count", get(f"/v1/petitions/{SLUG}/count")
    yield "all petitions", get("/v1/petitions")
    yield "the petition", get(f"/v1/petitions/{SLUG}")
    yield "places", get(f"/v1/petitions/{SLUG}/places?limit=100")
    yield "recent signers", get(f"/v1/petitions/{SLUG}/signers?limit=100")
    yield "two pages of signatures", read_signatures
    yield f"{BATCH} new signatures", sign
    yield f"processing {BATCH} (worker)", process
    yield f"confirming {BATCH}", confirm
    yield f"counting {BATCH} (worker)", count
    yield "reading one's data and withdrawing", withdraw


# ------------------------------------------------------------------ measuring


async def measure(campaign: Campaign, action: Action) -> tuple[float, bool]:
    responses = await action(campaign)
    has_failed = any(response.status not in SUCCESS for response in responses)
    return sum(response.cpu for response in responses), has_failed


async def compare(few: Campaign, many: Campaign) -> bool:
    """Go through all actions again and again: some continue what the one before began."""
    names = [name for name, _ in list_actions()]
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    failed: set[str] = set()
    async with AsyncExitStack() as stack:
        for campaign in (few, many):
            app = campaign.server.app
            await stack.enter_async_context(app.router.lifespan_context(app))
        for _ in range(ROUNDS + 1):
            for name, action in list_actions():
                (cpu_few, failed_few), (cpu_many, failed_many) = [
                    await measure(campaign, action) for campaign in (few, many)
                ]
                times[name].append((cpu_few, cpu_many))
                failed |= {name} if failed_few or failed_many else set()
    return max([report(name, times[name][1:], has_failed=name in failed) for name in names])


def report(name: str, times: Sequence[tuple[float, float]], *, has_failed: bool) -> bool:
    few, many = (median(column) * 1000 for column in zip(*times, strict=True))
    ratio = median(pair[1] / pair[0] for pair in times)
    is_missed = ratio > LIMIT or has_failed
    print(f"{few:7.2f} ms {many:7.2f} ms  ratio {ratio:4.2f}  {name}", end="")
    print("  FAILED" if has_failed else "  MISS" if is_missed else "")
    return is_missed


def measure_engine(engine_name: str, signatures: int) -> bool:
    with ExitStack() as stack:
        campaigns = []
        for number in (FEW, signatures):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            campaigns.append(make_campaign(engine_name, folder, number, stack))
        return asyncio.run(compare(*campaigns))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("engines", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--signatures", type=int, default=MANY)
    options = parser.parse_args()
    return max(measure_engine(name, options.signatures) for name in options.engines)


if __name__ == "__main__":
    sys.exit(main())

"""Kills a campaign server again and again under load, and checks that nothing is lost or doubled.

    python benchmarks/campaign/killed_server.py [--kills 50] [--engine sqlite|postgresql]
        [--workers 2]

Clients sign, each with an Idempotency-Key, repeat what got no response with the same key, and
confirm with the links of the e-mails. Meanwhile the server is killed (SIGKILL) at random moments
and started again; with `--workers`, it is one of its workers, while the others serve. Afterwards
every signature that was accepted has to be there once; every mailbox must have got one e-mail, or
none if the server was killed while it handed that e-mail over; and the total has to be the number
of confirmations that were accepted. The exit status is 1 otherwise.
"""

import argparse
import asyncio
import json
import os
import re
import secrets
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesParser
from pathlib import Path

from campaign_process import SETTINGS, CampaignProcess, start_campaign
from postgresql_server import create_database, find_binaries, start_postgresql
from sqlalchemy import func, or_, select

from imd_campaign.context import Context
from imd_campaign.mail.tables import outbox
from imd_campaign.petitions.tables import signatures
from imd_campaign.settings import Settings
from imd_campaign.startup import open_database, open_vault
from imd_campaign.submissions.service import fingerprint_mailbox
from imd_campaign.submissions.tables import submissions

ROOT = Path(__file__).parents[2]
CLIENTS = 8
# Some are longer than the lease of the background work, which the next server has to wait for.
LIFE_SECONDS = (0.2, 8.0)
LINK = re.compile(r"/confirm/([\w-]+)")
SIGNATURES = "/v1/petitions/convention/signatures"
SOURCE = "killed-server"
RANDOM = secrets.SystemRandom()


@dataclass
class Campaign:
    port: int = 0
    accepted: set[str] = field(default_factory=set)
    confirmed: set[str] = field(default_factory=set)
    is_over: bool = False


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--settle", type=int, default=90, help="seconds; a lease runs for 60")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, missed = Path(name), False
        for engine in options.engine or ("sqlite", "postgresql"):
            if engine == "sqlite":
                url = f"sqlite:///{folder / 'campaign.sqlite3'}"
            else:
                binaries = find_binaries()
                if binaries is None:
                    sys.exit("PostgreSQL is not installed")
                socket = stack.enter_context(start_postgresql(binaries))
                url = create_database(binaries, socket, "campaign")
            missed |= check(engine, folder / engine, url, options)
    return int(missed)


def check(engine: str, folder: Path, url: str, options: argparse.Namespace) -> bool:
    campaign, kills = Campaign(), options.kills
    asyncio.run(run_and_kill(campaign, folder, url, options))
    faults = list(find_faults(campaign, folder / "mail", url))
    print(
        f"{engine}: {kills} kills, {len(campaign.accepted)} signatures accepted, "
        f"{len(campaign.confirmed)} confirmed: {'; '.join(faults) or 'nothing lost or doubled'}"
    )
    return bool(faults)


async def run_and_kill(
    campaign: Campaign, folder: Path, url: str, options: argparse.Namespace
) -> None:
    clients = [
        asyncio.create_task(sign_and_confirm(campaign, folder / "mail")) for _ in range(CLIENTS)
    ]
    for _ in range(options.kills if options.workers == 1 else 0):
        with start_campaign(ROOT / "src", folder, url) as server:
            campaign.port = server.port
            await asyncio.sleep(RANDOM.uniform(*LIFE_SECONDS))
            server.process.kill()
    with start_campaign(ROOT / "src", folder, url, workers=options.workers) as server:
        campaign.port = server.port
        for _ in range(options.kills if options.workers > 1 else 0):
            await asyncio.sleep(RANDOM.uniform(*LIFE_SECONDS))
            while not (workers := server.list_workers()):  # noqa: ASYNC110 processes start
                await asyncio.sleep(0.1)
            os.kill(RANDOM.choice(workers), signal.SIGKILL)
        campaign.is_over = True
        await asyncio.gather(*clients)
        await asyncio.to_thread(wait_until_settled, server, url, options.settle)


async def sign_and_confirm(campaign: Campaign, mail: Path) -> None:
    while not campaign.is_over:
        email = f"sample.{secrets.token_hex(8)}@example.org"
        form = {"name": "Sample Person", "email": email, "country": "KE", "source": SOURCE}
        key = secrets.token_urlsafe(24)
        await post_until_accepted(campaign, SIGNATURES, form, key=key)
        campaign.accepted.add(email)
        for token, recipient in await asyncio.to_thread(read_links, mail, campaign.confirmed):
            # Without a key: it would be in use for a minute after the server was killed.
            await post_until_accepted(campaign, f"/v1/confirmations/{token}", {}, key=None)
            campaign.confirmed.add(recipient)


async def post_until_accepted(
    campaign: Campaign, path: str, body: object, *, key: str | None
) -> None:
    content = json.dumps(body)
    headers = f"Idempotency-Key: {key}\r\n" if key else ""
    while True:
        with suppress(OSError, asyncio.IncompleteReadError, ValueError):
            if await post(campaign.port, path, content, headers) in {200, 202}:
                return
        await asyncio.sleep(0.05)


async def post(port: int, path: str, content: str, headers: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"{headers}Connection: close\r\n"
            f"Content-Length: {len(content)}\r\n\r\n{content}".encode()
        )
        response = await reader.read()
        return int(response.split(b" ", 2)[1]) if response.endswith(b"}") else 0
    finally:
        writer.close()


def read_links(mail: Path, known: set[str]) -> list[tuple[str, str]]:
    found = []
    for file in sorted(mail.glob("*.eml"))[-5:]:
        message = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
        if message["To"] not in known:
            found.append((LINK.search(message.get_content())[1], str(message["To"])))  # type: ignore[index]
    return found


def wait_until_settled(server: CampaignProcess, url: str, seconds: float) -> None:
    """Wait until the worker has nothing left to do."""
    context, deadline = open_context(url), time.monotonic() + seconds
    while count_unsettled(context) and time.monotonic() < deadline:
        time.sleep(0.5)
    context.database.engine.dispose()
    server.wait_until_idle()


def open_context(url: str) -> Context:
    settings = Settings(**SETTINGS, database_url=url)
    return Context(settings, open_database(settings), open_vault(settings))


def count_unsettled(context: Context) -> int:
    queued = select(func.count()).where(outbox.c.state == "queued")
    accepted = select(func.count()).where(submissions.c.state == "accepted")
    with context.database.read() as connection:
        return sum(connection.execute(query).scalar_one() for query in (queued, accepted))


def find_faults(campaign: Campaign, mail: Path, url: str) -> list[str]:
    context = open_context(url)
    with context.database.read() as connection:
        stored = Counter(connection.execute(select(submissions.c.mailbox)).scalars())
        explained = connection.execute(
            select(func.count()).where(
                or_(outbox.c.state == "unknown", outbox.c.lease.is_not(None))
            )
        ).scalar_one()
        total = connection.execute(
            select(func.count()).where(signatures.c.source == SOURCE)
        ).scalar_one()
    mailboxes = {email: fingerprint_mailbox(context, email) for email in campaign.accepted}
    context.database.engine.dispose()
    parser = BytesParser(policy=policy.default)
    emails = Counter(str(parser.parsebytes(file.read_bytes())["To"]) for file in mail.glob("*.eml"))
    without = sum(emails[email] == 0 for email in campaign.accepted)
    found = {
        "signatures lost": sum(stored[mailbox] == 0 for mailbox in mailboxes.values()),
        "signatures doubled": sum(stored[mailbox] > 1 for mailbox in mailboxes.values()),
        "mailboxes with two e-mails": sum(number > 1 for number in emails.values()),
        "mailboxes without an e-mail and without a reason": max(0, without - explained),
        "confirmations lost or doubled": abs(total - len(campaign.confirmed)),
    }
    return [f"{number} {what}" for what, number in found.items() if number]


if __name__ == "__main__":
    sys.exit(main())

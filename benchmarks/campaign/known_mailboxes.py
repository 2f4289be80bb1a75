"""Measures whether a response, or the server afterwards, tells known mailboxes from new ones.

    python benchmarks/campaign/known_mailboxes.py [--engine sqlite|postgresql]

For a signature, a sign-up for an event, an event and an order, submissions of known mailboxes and
of new ones come in random order. The bodies and headers have to be equal. The time of a response
must not tell the two apart: the AUC, the chance that a random known one took longer than a random
new one, has to be from 0.45 to 0.55. The same goes for the time of an unrelated GET within the next
two seconds, while the worker processes what was submitted. The exit status is 1 if a limit is
missed.
"""

import argparse
import asyncio
import json
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from campaign_process import SETTINGS, CampaignProcess, start_campaign
from postgresql_server import create_database, find_binaries, start_postgresql
from sqlalchemy import insert, select

from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection
from imd_campaign.events import guests
from imd_campaign.events import store as events
from imd_campaign.events.tables import events as event_table
from imd_campaign.mailboxes import canonicalise
from imd_campaign.petitions import store as petitions
from imd_campaign.posters.tables import orders as order_table
from imd_campaign.settings import Settings
from imd_campaign.startup import open_database, open_vault
from imd_campaign.submissions.service import fingerprint_mailbox

ROOT = Path(__file__).parents[2]
SAMPLES, BURST, BURSTS, GET_SECONDS, GET_INTERVAL = 1000, 10, 40, 2.0, 0.02
NEEDED = SAMPLES + BURST * BURSTS
LIMITS = (0.45, 0.55)
KINDS = 4
POSTER, EDITION = "many-paths", "open"
OWN_HEADERS = (b"x-request-id:", b"date:")
SIGNATURE_PATH, COUNT_PATH = "/v1/petitions/convention/signatures", "/v1/petitions/convention/count"


@dataclass(frozen=True)
class Kind:
    path: str
    make_body: Callable[[str], dict[str, Any]]


@dataclass
class Timings:
    known: list[float] = field(default_factory=list)
    new: list[float] = field(default_factory=list)

    def compute_auc(self) -> float:
        """Rank all times together; equal ones share their ranks (Mann and Whitney, 1947)."""
        ranked = sorted((*((t, True) for t in self.known), *((t, False) for t in self.new)))
        rank_sum = sum(rank for rank, (_, is_known) in enumerate(ranked, 1) if is_known)
        number = len(self.known)
        return (rank_sum - number * (number + 1) / 2) / (number * len(self.new))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), action="append")
    wanted = parser.parse_args().engine or ("sqlite", "postgresql")
    binaries = find_binaries() if "postgresql" in wanted else None
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        urls = {"sqlite": f"sqlite:///{folder / 'campaign.sqlite3'}"}
        if binaries:
            socket = stack.enter_context(start_postgresql(binaries))
            urls["postgresql"] = create_database(binaries, socket, "campaign")
        missed = [
            measure_engine(engine, folder / engine, url)
            for engine, url in urls.items()
            if engine in wanted
        ]
    return int(any(missed))


def measure_engine(engine: str, folder: Path, url: str) -> bool:
    is_missed = False
    with start_campaign(ROOT / "src", folder, url) as campaign:
        known = make_mailboxes(KINDS * NEEDED)
        event_id = add_known(url, known)
        kinds = make_kinds(event_id, reserve_print(campaign.port))
        for number, (name, kind) in enumerate(kinds.items()):
            own = known[number * NEEDED : (number + 1) * NEEDED]
            responses, later = asyncio.run(measure(campaign, kind, own))
            for what, timings in (("response", responses), ("later GET", later)):
                auc = timings.compute_auc()
                is_within = LIMITS[0] <= auc <= LIMITS[1]
                is_missed |= not is_within
                print(f"{engine}, {name}, {what}: AUC {auc:.3f}: {'pass' if is_within else 'MISS'}")
    return is_missed


def reserve_print(port: int) -> str:
    """Return the token of a reservation, which any number of orders may have."""
    path = f"http://127.0.0.1:{port}/v1/posters/{POSTER}/reservations"
    token: str = httpx.post(path, json={"edition": EDITION}).json()["token"]
    return token


def make_kinds(event_id: str, reservation: str) -> Mapping[str, Kind]:
    starts_at = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%dT18:00:00+00:00")
    event = {
        "title": "Sample vigil", "description": "A sample.", "lang": "en", "kind": "online",
        "starts_at": starts_at, "time_zone": "UTC", "online": True, "url": "https://meeting.example/",
    }  # fmt: skip
    person = {"name": "Sample Person"}
    address = {"lines": ["1 Sample Street"], "locality": "Sampletown", "country": "KE"}
    order = {**person, "reservation": reservation, "address": address}
    return {
        "signature": Kind(
            SIGNATURE_PATH, lambda email: {**person, "email": email, "country": "KE"}
        ),
        "attendance": Kind(
            f"/v1/events/{event_id}/attendances", lambda email: {**person, "email": email}
        ),
        "event": Kind("/v1/events", lambda email: {**event, "host": {**person, "email": email}}),
        "order": Kind("/v1/orders", lambda email: {**order, "email": email}),
    }


def add_known(url: str, mailboxes: Sequence[str]) -> str:
    """Make the mailboxes signers, guests and buyers; return the ID of the event."""
    settings = Settings(**SETTINGS, database_url=url)
    context = Context(settings, open_database(settings), open_vault(settings))
    with context.database.write() as connection:
        petition_id = petitions.find(connection, "convention")["id"]  # type: ignore[index]
        petitions.add_signatures(
            connection, [make_signature(context, petition_id, mailbox) for mailbox in mailboxes]
        )
        event_id: str = connection.execute(
            select(event_table.c.id).where(event_table.c.state == "public").limit(1)
        ).scalar_one()
        add_guests(context, connection, event_id, mailboxes)
        add_orders(context, connection, mailboxes)
    context.database.engine.dispose()
    return event_id


def make_signature(context: Context, petition_id: int, mailbox: str) -> dict[str, Any]:
    fingerprint = f"{petition_id} {canonicalise(mailbox)}"
    return {
        "id": new_id("sig"),
        "petition_id": petition_id,
        "fingerprint": context.vault.fingerprint("signature", fingerprint),
        "country": "KE",
        "sealed": "sealed",
        "confirmed_at": context.now(),
    }


def add_guests(
    context: Context, connection: Connection, event_id: str, mailboxes: Iterable[str]
) -> None:
    for mailbox in mailboxes:
        fingerprint = f"{event_id} {canonicalise(mailbox)}"
        guest = {
            "id": new_id("att"),
            "event": event_id,
            "fingerprint": context.vault.fingerprint("attendance", fingerprint),
            **guests.make_locked_values(context, {"name": "Sample Guest", "email": mailbox}),
            "guests": 0,
            "status": "waiting",
            "created_at": context.now(),
        }
        events.add_attendance(connection, guest)


def add_orders(context: Context, connection: Connection, mailboxes: Iterable[str]) -> None:
    orders = [
        {
            "id": new_id("ord"),
            "state": "placed",
            "poster": POSTER,
            "edition": EDITION,
            "quantity": 1,
            "amount": 2500,
            "currency": "USD",
            "mailbox": fingerprint_mailbox(context, mailbox),
            "created_at": context.now(),
        }
        for mailbox in mailboxes
    ]
    connection.execute(insert(order_table), orders)


async def measure(
    campaign: CampaignProcess, kind: Kind, known: Sequence[str]
) -> tuple[Timings, Timings]:
    client = await Client.open(campaign.port)
    # Made before, and of one length: the two must differ in nothing but being known.
    mailboxes = {True: iter(known), False: iter(make_mailboxes(NEEDED))}
    responses, seen = Timings(), set()
    for is_known in shuffle(SAMPLES):
        seconds, response = await client.post(kind.path, kind.make_body(next(mailboxes[is_known])))
        (responses.known if is_known else responses.new).append(seconds)
        seen.add(response)
    if len(seen) != 1:
        raise SystemExit(f"the responses differ: {seen}")
    campaign.wait_until_idle()
    later = Timings()
    for is_known in shuffle(BURSTS):
        for _ in range(BURST):
            await client.post(kind.path, kind.make_body(next(mailboxes[is_known])))
        (later.known if is_known else later.new).extend(await client.time_gets())
    return responses, later


def shuffle(number: int) -> list[bool]:
    order = [True, False] * number
    random.shuffle(order)
    return order


def make_mailboxes(number: int) -> list[str]:
    return [f"sample.{secrets.token_hex(8)}@example.org" for _ in range(number)]


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> "Client":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def post(self, path: str, body: object) -> tuple[float, bytes]:
        content = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        return await self._send(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)

    async def time_gets(self) -> list[float]:
        """Time an unrelated GET again and again, as long as the worker may be busy."""
        found, end = [], time.monotonic() + GET_SECONDS
        while time.monotonic() < end:
            request = f"GET {COUNT_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            seconds, _ = await self._send(request.encode())
            found.append(seconds)
            await asyncio.sleep(GET_INTERVAL)
        return found

    async def _send(self, request: bytes) -> tuple[float, bytes]:
        """Return the time until the response, and what of it could tell something."""
        begin = time.perf_counter()
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next(int(x.split(b":")[1]) for x in lines if x.startswith(b"content-length:"))
        body = await self._reader.readexactly(length)
        seconds = time.perf_counter() - begin
        return seconds, b"\n".join(x for x in lines if not x.startswith(OWN_HEADERS)) + body


if __name__ == "__main__":
    sys.exit(main())

import asyncio
import json
import os
import shutil
import socketserver
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg import sql
from sqlalchemy import Engine, select

from imd_campaign.api_keys import service as keys
from imd_campaign.app import create_app, make_lifespan
from imd_campaign.context import Context
from imd_campaign.crypto import new_key_pair
from imd_campaign.db import migrate, open_engine
from imd_campaign.mail.sender import MailSender
from imd_campaign.mail.transport_interface import Transport
from imd_campaign.mail.transports import open_transport
from imd_campaign.settings import Settings
from imd_campaign.startup import open_database, open_vault
from imd_campaign.tables import metadata
from imd_campaign.webhooks.event_types import EVENT_TYPES
from imd_campaign.webhooks.tables import webhook_deliveries

sys.path.insert(0, str(Path(__file__).parent))

from signing import START, add_petition, process_all

PUBLIC_KEY, PRIVATE_KEY = new_key_pair()
POSTGRESQL = Path("/usr/lib/postgresql")
UNPRIVILEGED = "postgres"
MIGRATED = "migrated"
FAST_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=")


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **spans: float) -> None:
        self.now += timedelta(**spans)


@pytest.fixture
def clock() -> Clock:
    return Clock()


# --- engines ---------------------------------------------------------------------------------


class PostgreSQL:
    """A temporary PostgreSQL server on a Unix socket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def conninfo(self, name: str) -> str:
        return f"host={self.folder} user=postgres dbname={name}"

    def run(self, statement: str) -> None:
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]


def _find_binaries() -> Path:
    return max(POSTGRESQL.glob("*/bin"), key=lambda folder: int(folder.parent.name))


def _run_unprivileged(*command: str | Path) -> None:
    user = {"user": UNPRIVILEGED, "group": UNPRIVILEGED} if os.geteuid() == 0 else {}
    subprocess.run(command, check=True, capture_output=True, cwd="/", **user)  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    # Socket paths must be short, so this folder is not under the one of pytest.
    folder = Path(f"/tmp/imd-{uuid.uuid4().hex[:8]}")  # noqa: S108 random, private, removed below
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, UNPRIVILEGED, UNPRIVILEGED)
    binaries, data, log = _find_binaries(), folder / "data", folder / "log"
    _run_unprivileged(
        binaries / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8",
        "--locale=C", "--no-sync", "--no-instructions",
    )  # fmt: skip
    options = " ".join(
        f"-c {setting}" for setting in (*FAST_SETTINGS, f"unix_socket_directories={folder}")
    )
    try:
        _run_unprivileged(binaries / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")
        server = PostgreSQL(folder)
        server.run(f"CREATE DATABASE {MIGRATED}")
        _migrate(server.url(MIGRATED))
        yield server
    finally:
        _run_unprivileged(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def _migrate(url: str) -> None:
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "campaign.sqlite3"
    _migrate(f"sqlite:///{file}")
    return file


def _empty_database(server: PostgreSQL) -> str:
    """Delete all rows in one round trip, which is much faster than creating a database."""
    deletes = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in metadata.tables]
    statements = [sql.SQL("SET session_replication_role = replica"), *deletes]
    with psycopg.connect(server.conninfo(MIGRATED), autocommit=True) as connection:
        connection.execute(sql.SQL("; ").join(statements))
    return server.url(MIGRATED)


@pytest.fixture
def empty_postgresql(postgresql: PostgreSQL) -> Callable[[], str]:
    """Delete all rows of the migrated database, and return its URL; it is the same each time."""
    return lambda: _empty_database(postgresql)


ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Also run tests marked `both_databases` on PostgreSQL."""
    is_marked = metafunc.definition.get_closest_marker("both_databases")
    if is_marked and "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", ENGINES, indirect=True)


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL) -> str:
    """A migrated, empty database on PostgreSQL."""
    return _empty_database(postgresql)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated, empty database for this test, on SQLite unless `both_databases` is set."""
    if getattr(request, "param", "sqlite") == "postgresql":
        return request.getfixturevalue("postgresql_url")
    template: Path = request.getfixturevalue("migrated_file")
    return f"sqlite:///{shutil.copy(template, tmp_path / 'campaign.sqlite3')}"


@pytest.fixture(params=ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that has not been migrated."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'campaign.sqlite3'}"
    else:
        server: PostgreSQL = request.getfixturevalue("postgresql")
        name = f"t{uuid.uuid4().hex}"
        server.run(f"CREATE DATABASE {name}")
        yield server.url(name)
        server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return make_settings(database_url, tmp_path)


def make_settings(database_url: str, folder: Path) -> Settings:
    return Settings(
        secret="a secret for tests, and for tests only",
        public_key=PUBLIC_KEY,
        database_url=database_url,
        site_url="https://campaign.example",
        files_dir=folder / "files",
        mail=f"folder:{folder / 'mail'}",
        mail_delivery=False,
        count_window=30,
        staff_hash_memory=8,
    )


@pytest.fixture
def start_python(settings: Settings) -> Callable[..., subprocess.Popen[bytes]]:
    """Start a process that runs this code with this test's settings in its environment."""
    fields = settings.model_dump() | {"secret": settings.secret.get_secret_value()}
    environment = {
        f"IMD_CAMPAIGN_{name.upper()}": str(value)
        for name, value in fields.items()
        if value is not None
    }

    def start(code: str, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code, *arguments],
            stderr=subprocess.PIPE,
            env=os.environ | environment,
        )

    return start


@pytest.fixture
def context(settings: Settings, clock: Clock) -> Iterator[Context]:
    database = open_database(settings)
    yield Context(settings, database, open_vault(settings), clock)
    database.engine.dispose()


@pytest.fixture
def engine(context: Context) -> Engine:
    return context.database.engine


@pytest.fixture
def private_key() -> str:
    return PRIVATE_KEY


# --- a petition ------------------------------------------------------------------------------


@pytest.fixture
def petition(context: Context) -> str:
    """The slug of an open petition in English and Spanish."""
    add_petition(context, "convention", "Stand up", "En pie")
    return "convention"


# --- the application ---------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """An application shared by all tests: its first request takes longer than most tests."""
    folder = tmp_path_factory.mktemp("unused")
    return create_app(make_settings(f"sqlite:///{folder / 'campaign.sqlite3'}", folder))


@pytest.fixture
async def app(
    shared_app: FastAPI, settings: Settings, clock: Clock, context: Context
) -> AsyncIterator[FastAPI]:
    """The application with this test's settings. Only the `emails` fixture delivers e-mails."""
    async with make_lifespan(settings, clock)(shared_app):
        # As if they were one process: the application notices what the test changes.
        context.database.changes = shared_app.state.public_cache.changes
        yield shared_app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    base = "https://campaign.example"
    async with httpx.AsyncClient(transport=transport, base_url=base) as client:
        yield client


@pytest.fixture
def key(context: Context) -> Callable[..., dict[str, str]]:
    """`key("events:moderate")` returns the header of a new key with these scopes."""

    def create(*scopes: str) -> dict[str, str]:
        partner = "sample-partner" if keys.PARTNER_SCOPES.intersection(scopes) else None
        text, _ = keys.create(
            context.database, name="Test", scopes=scopes, now=context.now(), partner=partner
        )
        return {"Authorization": f"Bearer {text}"}

    return create


@pytest.fixture
async def reported(
    client: httpx.AsyncClient, context: Context, key: Callable[..., dict[str, str]]
) -> Callable[[], list[tuple[str, dict[str, object]]]]:
    """Subscribe to all webhooks; return those queued until now, as types and data."""
    headers = key("webhooks:manage", "events:moderate", "orders:manage")
    form = {"url": "https://receiver.example/", "types": list(EVENT_TYPES)}
    (await client.post("/v1/webhooks", json=form, headers=headers)).raise_for_status()

    def read() -> list[tuple[str, dict[str, object]]]:
        columns = webhook_deliveries.c
        query = select(columns.payload).where(columns.state == "queued")
        with context.database.read() as connection:
            payloads = map(json.loads, connection.execute(query).scalars())
            in_order = sorted(payloads, key=lambda payload: payload["timestamp"])
        return [(payload["type"], payload["data"]) for payload in in_order]

    return read


def send_due(context: Context, transport: Transport) -> int:
    """Send a batch of e-mails, from tests with and without an event loop of their own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, MailSender(context, transport).send_due()).result()


@pytest.fixture
def send_batch(context: Context) -> Callable[..., int]:
    def send(transport: Transport, context: Context = context) -> int:
        return send_due(context, transport)

    return send


@pytest.fixture
def emails(context: Context) -> Callable[[], list[EmailMessage]]:
    """Deliver the queued e-mails; return all that have been sent, oldest first."""
    folder = Path(context.settings.mail.removeprefix("folder:"))
    transport, seen = open_transport(context.settings), {}

    def deliver() -> list[EmailMessage]:
        process_all(context)
        while send_due(context, transport):
            pass
        for file in sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns):
            if file not in seen:
                seen[file] = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
        return list(seen.values())

    return deliver


# --- a mail server -----------------------------------------------------------------------------


HANG_UP = b"(hang up)"


class Mailbox(socketserver.StreamRequestHandler):
    """A minimal SMTP server (RFC 5321)."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        server: MailServer = self.server  # type: ignore[assignment]
        server.connections += 1
        self._reply(b"220 mail.example")
        while line := self.rfile.readline():
            verb = line.split(maxsplit=1)[0].upper()
            server.commands.append(verb)
            if verb == b"MAIL":
                server.senders.append(line.partition(b"<")[2].partition(b">")[0].decode())
            if verb == b"DATA":
                self._reply(b"354 go on")
                server.received.append(self._read_data())
                time.sleep(server.delay)
            if server.replies.get(verb) == HANG_UP:
                return
            self._reply(server.replies.get(verb, b"250 fine"))
            if verb == b"QUIT":
                return

    def _read_data(self) -> bytes:
        """Read until a line with a dot; other lines that begin with one have it twice."""
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    def _reply(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Mailbox)
        self.received: list[bytes] = []
        self.replies: dict[bytes, bytes] = {}
        self.commands: list[bytes] = []
        self.senders: list[str] = []
        self.connections = 0
        self.delay = 0.0


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()

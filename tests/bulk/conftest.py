"""Both clients in front of one real campaign server, and failures on the way to it."""

import base64
import inspect
import secrets
import sqlite3
import sys
from collections import Counter
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from nacl.public import PrivateKey

from imd_campaign import db, seed
from imd_campaign.api_keys import service as keys
from imd_campaign.app import create_app
from imd_campaign.petitions import store as petitions
from imd_campaign.settings import Settings
from imd_sdk import AsyncClient, Client, bulk
from imd_sdk.bulk import _run

sys.path.insert(0, str(Path(__file__).parent))

ADDRESS = "http://campaign.example"


class Server:
    """The real campaign server, in a thread, called as a function."""

    def __init__(self, folder):
        self.file = folder / "campaign.sqlite3"
        self.settings = Settings(
            secret=secrets.token_urlsafe(32),
            public_key=base64.b64encode(bytes(PrivateKey.generate().public_key)).decode(),
            database_url=f"sqlite:///{self.file}",
            files_dir=folder / "files",
            mail=f"folder:{folder / 'mail'}",
            mail_delivery=False,
        )
        engine = db.open_engine(self.settings.database_url)
        db.migrate(engine)
        seed.load(engine, self.settings, datetime.now(UTC))
        engine.dispose()

    def serve(self, portal):
        self.portal = portal
        app = self.app = create_app(self.settings)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url=ADDRESS)
        return portal.wrap_async_context_manager(app.router.lifespan_context(app))

    def respond(self, request):
        headers = {n: v for n, v in request.headers.items() if n != "host"}
        found = self.portal.call(self._ask, request.method, str(request.url), headers, request)
        unpacked = {"content-length", "content-encoding"}
        headers = {n: v for n, v in found.headers.items() if n not in unpacked}
        return httpx.Response(found.status_code, headers=headers, content=found.content)

    async def _ask(self, method, url, headers, request):
        return await self.http.request(method, url, headers=headers, content=request.content)

    def rows(self, query, *values):
        with closing(sqlite3.connect(self.file)) as connection, connection:
            return connection.execute(query, values).fetchall()

    def clear(self):
        self.rows("DELETE FROM submissions")
        self.rows("DELETE FROM signatures")
        self.rows("UPDATE petitions SET closes_at = NULL")
        self.notice_changes()

    def notice_changes(self):
        """Let the server see at once what was changed behind its back."""
        context = self.app.state.context
        context.recent_reads._reads.clear()
        context.database.changes.record({"petitions", "signatures"})

    def add_signatures(self, number):
        """Add confirmed signatures without signers."""
        now, engine = datetime.now(UTC), db.open_engine(self.settings.database_url)
        with db.Database(engine).write() as connection:
            petition_id = petitions.find(connection, "convention")["id"]
            petitions.add_signatures(
                connection,
                [
                    {
                        "id": f"sig_{n:03}",
                        "petition_id": petition_id,
                        "fingerprint": f"{n:032}".encode(),
                        "country": "KE",
                        "sealed": "x" * 250,
                        "confirmed_at": now + timedelta(seconds=n),
                    }
                    for n in range(number)
                ],
            )
        engine.dispose()
        self.notice_changes()

    def close_petition(self):
        self.rows("UPDATE petitions SET closes_at = '2020-01-01 00:00:00'")
        self.notice_changes()

    @property
    def submitted(self):
        """How many signatures wait for their e-mail."""
        return self.rows("SELECT count(*) FROM submissions")[0][0]

    @property
    def keys_used(self):
        return self.rows("SELECT count(DISTINCT idempotency_key) FROM submissions")[0][0]

    def key(self, *scopes):
        engine = db.open_engine(self.settings.database_url)
        database = db.Database(engine)
        text, _ = keys.create(database, name="Test", scopes=scopes, now=datetime.now(UTC))
        engine.dispose()
        return text


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("bulk"))
    with start_blocking_portal() as portal, server.serve(portal):
        yield server


@pytest.fixture
def server(running):
    running.clear()
    return running


class Road:
    """The way to the server: calls `happens` with each request and its number, from 1."""

    def __init__(self, server):
        self.server = server
        self.happens = lambda number, request: None
        self.bodies = []
        self.keys = []
        self.now = self.most = 0

    def __call__(self, request):
        self.bodies.append(request.content)
        self.keys.append(request.headers.get("idempotency-key"))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            return self.happens(len(self.bodies), request) or self.server.respond(request)
        finally:
            self.now -= 1

    async def later(self, request):
        return await anyio.to_thread.run_sync(self, request, abandon_on_cancel=False)

    def times(self, key):
        return Counter(self.keys)[key]


@pytest.fixture
def road(server):
    return Road(server)


class ClientVariant:
    """The sync or the async client, behind one interface for tests."""

    def __init__(self, client_class, road):
        self.is_async = client_class is AsyncClient
        self.road = road

    @asynccontextmanager
    async def client(self, **options):
        if self.is_async:
            transport = httpx.MockTransport(self.road.later)
            async with httpx.AsyncClient(transport=transport) as http:
                yield AsyncClient(ADDRESS, http_client=http, **options)
        else:
            with httpx.Client(transport=httpx.MockTransport(self.road)) as http:
                yield Client(ADDRESS, http_client=http, **options)

    async def call(self, name, *arguments, client=None, **options):
        options = {name: value for name, value in options.items() if value is not ...}
        function = getattr(bulk, f"{name}_async" if self.is_async else name)
        async with self.client(max_retries=0, **(client or {})) as imd:
            result = function(imd, *arguments, **options)
            return await result if inspect.isawaitable(result) else result

    async def sign(self, rows, journal, *, petition="convention", **options):
        return await self.call("sign_many", petition, rows, journal=journal, **options)


SELECTIONS = {"sync": [Client], "async": [AsyncClient], "sync and async": [Client, AsyncClient]}
"""A `Run` decides without I/O, so most tests need one of its two drivers."""


def pytest_generate_tests(metafunc):
    if "client_variant" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("client_variants")
        selection = SELECTIONS[mark.args[0] if mark else "sync"]
        ids = ["async" if kind is AsyncClient else "sync" for kind in selection]
        metafunc.parametrize("client_variant", selection, ids=ids, indirect=True)


@pytest.fixture
def client_variant(request, road):
    return ClientVariant(request.param, road)


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "sheets.journal"


@pytest.fixture(autouse=True)
def _brisk(monkeypatch):
    """Whatever is drawn by lot takes no time; what a server asks for does."""
    monkeypatch.setattr(_run, "FIRST_PAUSE", 0.0)
    for name in ("IMD_BASE_URL", "IMD_API_KEY"):
        monkeypatch.delenv(name, raising=False)

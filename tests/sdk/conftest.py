import inspect
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import httpx2
import pytest

from imd_sdk import AsyncClient, AsyncPager, Client, Pager

ADDRESS = "https://campaign.example"


class ClientVariant:
    """A client class (sync or async) on an HTTP library, behind one interface for tests."""

    address = ADDRESS

    def __init__(self, client_class, library):
        self.client_class = client_class
        self.library = library
        self.is_async = client_class is AsyncClient

    def client_for(self, app, **options):
        """Make a client whose requests are handled by a function."""
        kind = self.library.AsyncClient if self.is_async else self.library.Client
        http_client = kind(transport=self.library.MockTransport(app))
        return self.without_jitter(self.client_class(ADDRESS, http_client=http_client, **options))

    def client_of(self, campaign, **options):
        """Make a client of a campaign in memory."""
        make = campaign.async_client if self.is_async else campaign.client
        return make(library=self.library, **options)

    def without_jitter(self, client):
        """Take the shortest backoff, which is no wait."""
        client._driver.terms = replace(client._driver.terms, draw=lambda low, high: low)
        return client

    async def result_of(self, result):
        if inspect.isawaitable(result):
            return await result
        if isinstance(result, AsyncPager):
            return [item async for item in result]
        return list(result) if isinstance(result, Pager) else result

    async def pages_of(self, pager):
        if self.is_async:
            return [page async for page in pager.pages()]
        return list(pager.pages())

    @asynccontextmanager
    async def connected_to(self, address, **options):
        """Make a client that uses real sockets and the library's own transport."""
        http_client = self.library.AsyncClient() if self.is_async else self.library.Client()
        try:
            yield self.without_jitter(
                self.client_class(address, http_client=http_client, **options)
            )
        finally:
            await self.result_of(http_client.aclose() if self.is_async else http_client.close())

    async def close(self, client):
        await self.result_of(client.aclose() if self.is_async else client.close())

    def json(self, status=200, body=None, **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.library.Response(status, json=body, headers=names)

    def problem(self, status, name, **more):
        headers = more.pop("headers", {})
        body = {"type": f"/v1/problems/{name}", "title": "A title", "status": status, **more}
        return self.library.Response(status, json=body, headers=headers)


VARIANTS = {
    "sync-httpx": (Client, httpx),
    "sync-httpx2": (Client, httpx2),
    "async-httpx": (AsyncClient, httpx),
    "async-httpx2": (AsyncClient, httpx2),
    "trio-httpx": (AsyncClient, httpx),
}
"""The first part of a name says what runs the client, the second which library it uses."""

SELECTIONS = {
    "one": ["sync-httpx"],
    "sync and async": ["sync-httpx", "async-httpx2"],
    "sync and async on httpx": ["sync-httpx", "async-httpx"],
    "every own client": ["sync-httpx", "async-httpx", "trio-httpx"],
    "async": ["async-httpx", "async-httpx2", "trio-httpx"],
    "every": list(VARIANTS),
}
"""What `@pytest.mark.client_variants(...)` selects.

Arguments, requests, responses and errors are handled without I/O, so one variant is enough for
them. Select "sync and async" for what both drivers and pagers do, and "every" for what depends on
the HTTP library or the event loop: sockets, timeouts, cancellation, downloads.
"""


def pytest_generate_tests(metafunc):
    if "client_variant" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("client_variants")
        selection = SELECTIONS[mark.args[0] if mark else "one"]
        metafunc.parametrize("client_variant", selection, indirect=True)


@pytest.fixture
def client_variant(request):
    return ClientVariant(*VARIANTS[request.param])


@pytest.fixture
def anyio_backend(request):
    """Trio for the variants that run on it."""
    callspec = getattr(request.node, "callspec", None)
    variant = callspec.params.get("client_variant", "") if callspec else ""
    return "trio" if str(variant).startswith("trio") else "asyncio"


@pytest.fixture(scope="session")
def sample_responses():
    return json.loads(Path(__file__).with_name("sample_responses.json").read_text("utf-8"))


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in ("IMD_BASE_URL", "IMD_API_KEY"):
        monkeypatch.delenv(name, raising=False)

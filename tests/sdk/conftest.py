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


class Seat:
    """One of the twins on one of the libraries, used in the same words as any other."""

    address = ADDRESS

    def __init__(self, twin, library):
        self.twin = twin
        self.library = library
        self.is_async = twin is AsyncClient

    def over(self, app, **options):
        """Talk to a function from request to response."""
        kind = self.library.AsyncClient if self.is_async else self.library.Client
        http_client = kind(transport=self.library.MockTransport(app))
        return self.sober(self.twin(ADDRESS, http_client=http_client, **options))

    def before(self, campaign, **options):
        """Talk to a campaign in memory."""
        make = campaign.async_client if self.is_async else campaign.client
        return make(library=self.library, **options)

    def sober(self, client):
        """Draw no lots: every backoff takes no time."""
        client._driver.terms = replace(client._driver.terms, draw=lambda low, high: low)
        return client

    async def end(self, result):
        if inspect.isawaitable(result):
            return await result
        if isinstance(result, AsyncPager):
            return [item async for item in result]
        return list(result) if isinstance(result, Pager) else result

    async def pages(self, pager):
        if self.is_async:
            return [page async for page in pager.pages()]
        return list(pager.pages())

    @asynccontextmanager
    async def at(self, address, **options):
        """Talk over real sockets, with the library's own transport."""
        http_client = self.library.AsyncClient() if self.is_async else self.library.Client()
        try:
            yield self.sober(self.twin(address, http_client=http_client, **options))
        finally:
            await self.end(http_client.aclose() if self.is_async else http_client.close())

    async def close(self, client):
        await self.end(client.aclose() if self.is_async else client.close())

    def json(self, status=200, body=None, **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.library.Response(status, json=body, headers=names)

    def problem(self, status, name, **more):
        headers = more.pop("headers", {})
        body = {"type": f"/v1/problems/{name}", "title": "A title", "status": status, **more}
        return self.library.Response(status, json=body, headers=headers)


SEATS = {
    "sync-httpx": (Client, httpx),
    "sync-httpx2": (Client, httpx2),
    "async-httpx": (AsyncClient, httpx),
    "async-httpx2": (AsyncClient, httpx2),
    "trio-httpx": (AsyncClient, httpx),
}


@pytest.fixture
def anyio_backend(request):
    """Trio where the seat is on it."""
    callspec = getattr(request.node, "callspec", None)
    seat = callspec.params.get("seat", "") if callspec else ""
    return "trio" if str(seat).startswith("trio") else "asyncio"


@pytest.fixture(params=SEATS)
def seat(request):
    return Seat(*SEATS[request.param])


@pytest.fixture(params=[Client, AsyncClient], ids=["sync", "async"])
def httpx_seat(request):
    return Seat(request.param, httpx)


@pytest.fixture(scope="session")
def answers():
    return json.loads(Path(__file__).with_name("answers.json").read_text("utf-8"))


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in ("IMD_BASE_URL", "IMD_API_KEY"):
        monkeypatch.delenv(name, raising=False)

"""Widgets of the sample campaign, in memory and on a server for browsers."""

import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from anyio.from_thread import BlockingPortal, start_blocking_portal
from playwright.sync_api import ConsoleMessage, Error, Page
from starlette.applications import Starlette

from imd_widgets.app import create_app
from imd_widgets.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))

from sample_campaign import NOW, SampleCampaign

SITE_URL = "http://widgets.example"
# Compressing a response takes four times as long as making it.
UNCOMPRESSED = {"Accept-Encoding": "identity"}
SIZE = {"width": 1200, "height": 900}


@dataclass
class Clock:
    time: datetime = NOW

    def __call__(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@asynccontextmanager
async def open_widgets(
    campaign: SampleCampaign, clock: Clock, **settings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    client = campaign.async_client(max_retries=0)
    app = create_app(Settings(**{"public_url": SITE_URL, **settings}), client, clock=clock)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        browser = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=SITE_URL, headers=UNCOMPRESSED
        )
        yield await stack.enter_async_context(browser)


@pytest.fixture
def campaign() -> SampleCampaign:
    return SampleCampaign()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def browser(campaign: SampleCampaign, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    async with open_widgets(campaign, clock) as browser:
        yield browser


@pytest.fixture
def served_with(campaign: SampleCampaign, clock: Clock) -> Callable[..., Any]:
    """Open the widgets with other settings."""
    return partial(open_widgets, campaign, clock)


@dataclass
class SharedServer:
    """A server for the whole session that serves the application of each test."""

    portal: BlockingPortal
    port: int = 0
    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    @property
    def server_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def serve_app(self, widgets: Starlette) -> Iterator[None]:
        life = widgets.router.lifespan_context(widgets)
        with self.portal.wrap_async_context_manager(life):
            self.app = widgets
            yield


@pytest.fixture(scope="session")
def shared_server() -> Iterator[SharedServer]:
    with start_blocking_portal() as portal:
        shared_server = SharedServer(portal)
        config = uvicorn.Config(
            shared_server, port=0, lifespan="off", log_level="critical", timeout_graceful_shutdown=1
        )
        listener = config.bind_socket()
        shared_server.port = listener.getsockname()[1]
        server = uvicorn.Server(config)
        served = portal.start_task_soon(server.serve, [listener])
        while not server.started:
            time.sleep(0.01)
        yield shared_server
        server.should_exit = True
        served.result()


@pytest.fixture
def served(shared_server, campaign, clock) -> Iterator[SharedServer]:
    """The widgets for the test's campaign, on the shared server."""
    client = campaign.async_client(max_retries=0)
    settings = Settings(fresh_seconds=0, public_url=shared_server.server_url)
    with shared_server.serve_app(create_app(settings, client, clock=clock)):
        yield shared_server


@pytest.fixture
def server_url(served) -> str:
    return served.server_url


@contextmanager
def fail_on_errors(page: Page) -> Iterator[Page]:
    """Fail on errors of the page: a blocked style, a broken script or a missing file."""
    errors: list[str] = []

    def note_error(error: Error) -> None:
        errors.append(str(error))

    def note_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    page.on("pageerror", note_error)
    page.on("console", note_console)
    yield page
    page.goto("about:blank")
    page.remove_listener("pageerror", note_error)
    page.remove_listener("console", note_console)
    assert errors == []


@pytest.fixture
def page(chromium) -> Iterator[Page]:
    page = chromium.new_page(viewport=SIZE)
    with fail_on_errors(page):
        yield page
    page.close()


@pytest.fixture(scope="module")
def module_page(chromium) -> Iterator[Page]:
    page = chromium.new_page(extra_http_headers={"Cache-Control": "no-cache"})
    yield page
    page.close()


@pytest.fixture
def shared_page(module_page) -> Iterator[Page]:
    """A shared page for tests that change no state; a new page for each would be slow."""
    module_page.set_viewport_size(SIZE)
    with fail_on_errors(module_page):
        yield module_page


@pytest.fixture
def no_js_page(chromium) -> Iterator[Page]:
    """A page without JavaScript."""
    page = chromium.new_page(java_script_enabled=False)
    yield page
    page.close()

"""Other people's pages, at another origin than the widgets: localhost beside 127.0.0.1."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.responses import HTMLResponse, Response

from imd_sdk import AsyncClient
from imd_widgets.app import create_app
from imd_widgets.settings import Settings


@dataclass
class Grounds:
    """One server: under 127.0.0.1 the widgets, under localhost the page of somebody else."""

    widgets: Any
    port: int = 0
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def host(self) -> str:
        return f"http://localhost:{self.port}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        named = dict(scope.get("headers", ())).get(b"host", b"")
        chosen = self._page(scope) if named.startswith(b"localhost") else self.widgets
        await chosen(scope, receive, send)

    def _page(self, scope: Any) -> Response:
        if scope["path"] != "/":
            return Response(status_code=204)
        return HTMLResponse(self.html, headers=self.headers)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def grounds(campaign, clock) -> Iterator[Grounds]:
    config = uvicorn.Config(None, port=0, log_level="error")
    listener = config.bind_socket()
    asking = httpx.AsyncClient(
        transport=httpx.ASGITransport(campaign.app()), base_url="http://campaign.example"
    )
    client = AsyncClient("http://campaign.example", http_client=asking, max_retries=0)
    port = listener.getsockname()[1]
    public = Settings(fresh_seconds=0, public_url=f"http://127.0.0.1:{port}")
    grounds = Grounds(create_app(public, client, clock=clock), port)
    config.app = grounds
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield grounds
    server.should_exit = True
    thread.join()


@dataclass
class Visit:
    """A page of somebody else in Chromium, and everything it asked for and complained about."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def messages(self) -> list[Any]:
        return self.page.evaluate("window.messages")

    def heard(self, condition: str) -> None:
        """Wait until a message came for which the condition on `m` holds."""
        self.page.wait_for_function(f"window.messages.some(m => {condition})")


@pytest.fixture
def visit(chromium, grounds) -> Iterator[Callable[..., Visit]]:
    visits: list[Visit] = []

    def go(html: str, *, width: int = 1200, script: bool = True, **headers: str) -> Visit:
        grounds.html = f"<!doctype html><meta charset=utf-8><title>Host</title>{html}"
        grounds.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        context = chromium.new_context(
            viewport={"width": width, "height": 1400}, java_script_enabled=script
        )
        visits.append(Visit(context.new_page()))
        visits[-1].page.goto(grounds.host)
        return visits[-1]

    yield go
    for visit in visits:
        cookies = visit.page.context.cookies()
        visit.page.context.close()
        assert visit.said == []
        assert cookies == []
        ours = (grounds.home, grounds.host, "data:", "about:")
        assert [url for url in visit.asked if not url.startswith(ours)] == []

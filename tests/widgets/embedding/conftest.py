"""Pages of other sites: the widgets are at 127.0.0.1, the host page at localhost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page
from starlette.responses import HTMLResponse, Response


@dataclass
class TwoOrigins:
    """A server with the widgets at 127.0.0.1 and a host page at localhost."""

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


@pytest.fixture
def origins(served) -> TwoOrigins:
    served.app = TwoOrigins(served.app, served.port)
    return served.app


@dataclass
class Visit:
    """A host page in Chromium, with its requests and console messages."""

    page: Page
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.console.append(str(error)))
        self.page.on("console", lambda message: self.console.append(message.text))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def messages(self) -> list[Any]:
        return self.page.evaluate("window.messages")

    def wait_for_message(self, condition: str) -> None:
        """Wait for a message `m` that meets the condition."""
        self.page.wait_for_function(f"window.messages.some(m => {condition})")


@pytest.fixture
def visit(chromium, origins) -> Iterator[Callable[..., Visit]]:
    visits: list[Visit] = []

    def go(html: str, *, width: int = 1200, script: bool = True, **headers: str) -> Visit:
        origins.html = f"<!doctype html><meta charset=utf-8><title>Host</title>{html}"
        origins.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        context = chromium.new_context(
            viewport={"width": width, "height": 1400}, java_script_enabled=script
        )
        visits.append(Visit(context.new_page()))
        visits[-1].page.goto(origins.host)
        return visits[-1]

    yield go
    for visit in visits:
        cookies = visit.page.context.cookies()
        visit.page.context.close()
        assert visit.console == []
        assert cookies == []
        ours = (origins.home, origins.host, "data:", "about:")
        assert [url for url in visit.requests if not url.startswith(ours)] == []

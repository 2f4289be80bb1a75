"""Widgets as files: what a server would answer today, complete, with no request to it."""

import re
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx
from starlette.applications import Starlette

from imd_widgets.embedding.file_sync import FileSync, open_file_sync
from imd_widgets.embedding.static_html import (
    alone,
    elsewhere,
    links,
    pictured,
    pictures,
)
from imd_widgets.images.formats import FORMATS
from imd_widgets.widget.widget import Widget

UPDATES_OPTION = "updates"
MAX_VIEWS = 200
UNSAFE_IN_NAME = re.compile(r"[^\w.-]+", re.ASCII)
CSP = "content-security-policy"
SERVER_SOURCE = re.compile(r"(?<='self') https?://[^ ;]+")
SELF = "http://widgets.invalid"
PROBLEMS: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "the campaign does not have it",
    HTTPStatus.SERVICE_UNAVAILABLE: "the campaign cannot be reached",
}


@dataclass(frozen=True)
class ExportItem:
    """One widget in one language, with the options that were chosen for it."""

    widget: Widget[Any]
    lang: str
    petition: str
    options: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        return self.widget.path.format(petition=quote(self.petition, safe=""))

    @property
    def chosen(self) -> dict[str, str]:
        known = self.widget.options.model_fields
        live = {UPDATES_OPTION: "off"} if UPDATES_OPTION in known else {}
        return {"lang": self.lang, **dict(self.options), **live}

    @property
    def query(self) -> str:
        return urlencode(self.chosen)

    @property
    def stem(self) -> str:
        return "-".join([*self.path.split("/")[2:], self.lang])

    def view_at(self, href: str) -> "View | None":
        """Another view of the same widget, where a link leads to one."""
        there = urlsplit(href)
        same = there.path == self.path or (not there.path and there.query)
        if not same or there.netloc or there.scheme:
            return None
        asked = {"lang": self.lang, **dict(parse_qsl(there.query))}
        return View(self, tuple(sorted(asked.items())))


@dataclass(frozen=True)
class View:
    """A part of the world, or a page of the list: an address that becomes a file."""

    item: ExportItem = field(compare=False)
    query: tuple[tuple[str, str], ...]

    @property
    def url(self) -> str:
        return f"{self.item.path}?{urlencode(self.query)}"

    @property
    def name(self) -> str:
        first = set(self.item.chosen.items())
        others = [f"{name}-{value}" for name, value in self.query if (name, value) not in first]
        gone = [f"any-{name}" for name, _ in self.item.options if name not in dict(self.query)]
        words = (UNSAFE_IN_NAME.sub("_", word) for word in [*others, *gone])
        return "-".join([self.item.stem, *words]) + ".html"


@dataclass
class ExportResult:
    """The files of one widget in one language."""

    written: list[str] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)
    """Why files were not written, each with their names."""

    def add(self, name: str, status: int) -> None:
        if status == HTTPStatus.OK:
            self.written.append(name)
        else:
            self.fail(name, PROBLEMS.get(status) or f"status {status}")

    def fail(self, name: str, problem: str) -> None:
        self.problems.setdefault(problem, []).append(name)


async def export_widgets(
    app: Starlette, server: str | None, items: Sequence[ExportItem], folder: Path
) -> AsyncIterator[ExportResult]:
    """Write one widget after the other; what cannot be had leaves the file of before as it is.

    Links lead to `server`, the public address of the widgets; without one they are plain words.
    """
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=SELF) as asking,
    ):
        home = server.rstrip("/") if server else None
        for wish in items:
            done = ExportResult()
            try:
                with open_file_sync(folder, wish.stem) as files:
                    await _Exporter(asking, home, files, done).write(wish)
                    files.publish(is_complete=not done.problems)
            except OSError as error:
                done = ExportResult()
                done.fail(wish.stem, error.strerror or str(error))
            yield done


@dataclass(frozen=True)
class _Exporter:
    client: httpx.AsyncClient
    server: str | None
    files: FileSync
    result: ExportResult

    async def write(self, wish: ExportItem) -> None:
        pages = await self._load_pages(wish)
        had = {view for view, page in pages.items() if page.status_code == HTTPStatus.OK}
        for view, page in pages.items():
            if view in had:
                self.files.add(view.name, (await self._standing_alone(view, page, had)).encode())
            self.result.add(view.name, page.status_code)
        for form in FORMATS if wish.widget.card else ():
            await self._write_card(wish, form)

    async def _load_pages(self, wish: ExportItem) -> dict[View, httpx.Response]:
        """What the widget leads to within itself, the nearest first."""
        first = View(wish, tuple(sorted(wish.chosen.items())))
        pages: dict[View, httpx.Response] = {}
        waiting, known = deque([first]), {first}
        while waiting:
            view = waiting.popleft()
            pages[view] = page = await self.client.get(view.url)
            found = dict.fromkeys(filter(None, map(wish.view_at, links(page.text))))
            new = [other for other in found if other not in known][: MAX_VIEWS - len(known)]
            known.update(new)
            waiting.extend(new)
        return pages

    async def _write_card(self, wish: ExportItem, form: str) -> None:
        answer = await self.client.get(f"{wish.path}.{form}?{wish.query}")
        fresh = answer.headers.get("cache-control") != "no-store"
        if answer.status_code == HTTPStatus.OK and fresh:
            self.files.add(f"{wish.stem}.{form}", answer.content)
        status = answer.status_code if fresh else HTTPStatus.SERVICE_UNAVAILABLE
        self.result.add(f"{wish.stem}.{form}", status)

    async def _standing_alone(self, view: View, page: httpx.Response, had: set[View]) -> str:
        def lead(href: str) -> str | None:
            other = view.item.view_at(href)
            if other not in had or other is None:
                return elsewhere(self._whole(view, href), self.server)
            fragment = urlsplit(href).fragment
            return quote(other.name) + (f"#{fragment}" if fragment else "")

        policy = page.headers[CSP].partition("; frame-ancestors")[0]
        html = alone(page.text, SERVER_SOURCE.sub("", policy), lead)
        for address in pictures(html):
            html = pictured(html, address, await self._picture(address))
        return html

    def _whole(self, view: View, href: str) -> str:
        return view.item.path + href if href.startswith("?") else href

    async def _picture(self, address: str) -> str:
        answer = await self.client.get(address)
        if answer.status_code != HTTPStatus.OK:
            return f"{self.server or ''}{address}"
        name = "-".join(urlsplit(address).path.strip("/").split("/"))
        self.files.add(name, answer.content)
        return quote(name)

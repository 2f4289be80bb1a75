"""Exports widgets as complete files that send no request to a server."""

import re
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx
from starlette.applications import Starlette

from imd_widgets.caching.two_queue_cache import TwoQueueCache
from imd_widgets.context import Context
from imd_widgets.embedding.file_sync import FileSync, open_file_sync
from imd_widgets.embedding.static_links import FileLinks, RecordedLinks
from imd_widgets.images.summary_formats import FORMATS
from imd_widgets.links import Links
from imd_widgets.responses.prepared_response import PreparedResponse
from imd_widgets.widget.endpoint import Endpoint
from imd_widgets.widget.widget import Widget

UPDATES_OPTION = "updates"
MAX_VIEWS = 200
UNSAFE_IN_NAME = re.compile(r"[^\w.-]+", re.ASCII)
SELF = "http://widgets.invalid"
PROBLEMS: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "the campaign does not have it",
    HTTPStatus.SERVICE_UNAVAILABLE: "the campaign cannot be reached",
}


@dataclass(frozen=True)
class ExportItem:
    """One widget in one language, with the chosen options."""

    widget: Widget[Any]
    lang: str
    petition: str
    options: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        return self.widget.path.format(petition=quote(self.petition, safe=""))

    @property
    def path_params(self) -> dict[str, str]:
        return {"petition": self.petition} if "{petition}" in self.widget.path else {}

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

    def view_at(self, href: str) -> "ExportedPage | None":
        """Return the view of the same widget that a link leads to, if it does."""
        there = urlsplit(href)
        same = there.path == self.path or (not there.path and there.query)
        if not same or there.netloc or there.scheme:
            return None
        params = {"lang": self.lang, **dict(parse_qsl(there.query))}
        return ExportedPage(self, tuple(sorted(params.items())))


@dataclass(frozen=True)
class ExportedPage:
    """A part of the world or a page of the list: a URL that becomes a file."""

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
    """The names of files that were not written, by reason."""

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
    """Write one widget after the other; if one is unavailable, its previous file stays.

    Links lead to `server`, the widgets' public URL; without one they become plain text.
    """
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=SELF) as client,
    ):
        home = server.rstrip("/") if server else None
        for item in items:
            result = ExportResult()
            try:
                with open_file_sync(folder, item.stem) as files:
                    exporter = _Exporter(app.state.context, client, home, files, result)
                    await exporter.write(item)
                    files.publish(is_complete=not result.problems)
            except OSError as error:
                result = ExportResult()
                result.fail(item.stem, error.strerror or str(error))
            yield result


@dataclass(frozen=True)
class _Exporter:
    context: Context
    client: httpx.AsyncClient
    server: str | None
    files: FileSync
    result: ExportResult

    async def write(self, item: ExportItem) -> None:
        statuses, images = await self._find_views(item)
        files = {view for view, status in statuses.items() if status == HTTPStatus.OK}
        exported = {src: await self._write_image(src) for src in images}

        def find_file(href: str) -> str | None:
            view = item.view_at(href)
            return view.name if view in files and view is not None else None

        links = FileLinks(item.path, self.server, find_file, exported)
        for view, status in statuses.items():
            if view in files:
                self.files.add(view.name, (await self._render(view, links)).body)
            self.result.add(view.name, status)
        for form in FORMATS if item.widget.summarise else ():
            await self._write_card(item, form)

    async def _find_views(self, item: ExportItem) -> tuple[dict[ExportedPage, int], list[str]]:
        """Follow the widget's links within itself, the nearest first.

        Returns the status of each view, and the paths of the images on them.
        """
        first = ExportedPage(item, tuple(sorted(item.chosen.items())))
        statuses: dict[ExportedPage, int] = {}
        images: dict[str, None] = {}
        waiting, known = deque([first]), {first}
        while waiting:
            view = waiting.popleft()
            links = RecordedLinks()
            statuses[view] = (await self._render(view, links)).status
            images |= dict.fromkeys(links.images)
            found = dict.fromkeys(filter(None, map(item.view_at, links.hrefs)))
            new = [other for other in found if other not in known][: MAX_VIEWS - len(known)]
            known.update(new)
            waiting.extend(new)
        return statuses, list(images)

    async def _render(self, view: ExportedPage, links: Links) -> PreparedResponse:
        context = replace(
            self.context,
            renderer=self.context.renderer.with_links(links),
            response_cache=TwoQueueCache(0),
        )
        url = view.item.path, urlencode(view.query).encode()
        return await Endpoint(view.item.widget).respond(context, url, view.item.path_params)

    async def _write_card(self, item: ExportItem, form: str) -> None:
        response = await self.client.get(f"{item.path}.{form}?{item.query}")
        is_fresh = response.headers.get("cache-control") != "no-store"
        if response.status_code == HTTPStatus.OK and is_fresh:
            self.files.add(f"{item.stem}.{form}", response.content)
        status = response.status_code if is_fresh else HTTPStatus.SERVICE_UNAVAILABLE
        self.result.add(f"{item.stem}.{form}", status)

    async def _write_image(self, src: str) -> str:
        response = await self.client.get(src)
        if response.status_code != HTTPStatus.OK:
            return f"{self.server or ''}{src}"
        name = "-".join(urlsplit(src).path.strip("/").split("/"))
        self.files.add(name, response.content)
        return quote(name)

"""Widgets as files: what a server would answer today, complete, with no request to it."""

import os
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from html import escape, unescape
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from starlette.applications import Starlette

from imd_widgets.cards.routes import FORMATS
from imd_widgets.widget import Widget

LIVE = "updates"
NEEDS_A_SERVER = re.compile(r'<link[^>]*rel="?(?:alternate|icon|canonical)"?[^>]*>\n?')
REFERENCE = re.compile(r'\b(href|src|action)="(/[^"]*)"')
CSP = "content-security-policy"


@dataclass(frozen=True)
class Wish:
    """One widget in one language."""

    widget: Widget[Any]
    lang: str
    theme: str
    petition: str

    @property
    def path(self) -> str:
        return self.widget.path.format(petition=quote(self.petition, safe=""))

    @property
    def query(self) -> str:
        live = {LIVE: "off"} if LIVE in self.widget.options.model_fields else {}
        return urlencode({"lang": self.lang, "theme": self.theme, **live})

    @property
    def stem(self) -> str:
        return "-".join([*self.path.split("/")[2:], self.lang])


@dataclass(frozen=True)
class Written:
    name: str
    status: int

    @property
    def good(self) -> bool:
        return self.status == HTTPStatus.OK


async def export(
    app: Starlette, public_url: str, wishes: Sequence[Wish], folder: Path
) -> AsyncIterator[Written]:
    """Write the files one by one; what cannot be had leaves the file of before as it is."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=public_url) as asking,
    ):
        exporter = _Exporter(asking, public_url.rstrip("/"), folder)
        for wish in wishes:
            async for written in exporter.write(wish):
                yield written


@dataclass(frozen=True)
class _Exporter:
    asking: httpx.AsyncClient
    public_url: str
    folder: Path

    async def write(self, wish: Wish) -> AsyncIterator[Written]:
        page = await self.asking.get(f"{wish.path}?{wish.query}")
        if page.status_code == HTTPStatus.OK:
            self._keep(f"{wish.stem}.html", (await self._standing_alone(page)).encode())
        yield Written(f"{wish.stem}.html", page.status_code)
        for form in FORMATS if wish.widget.card else ():
            answer = await self.asking.get(f"{wish.path}.{form}?{wish.query}")
            fresh = answer.headers.get("cache-control") != "no-store"
            if answer.status_code == HTTPStatus.OK and fresh:
                self._keep(f"{wish.stem}.{form}", answer.content)
            status = answer.status_code if fresh else HTTPStatus.SERVICE_UNAVAILABLE
            yield Written(f"{wish.stem}.{form}", status)

    async def _standing_alone(self, page: httpx.Response) -> str:
        html = NEEDS_A_SERVER.sub("", page.text)
        for address in dict.fromkeys(_pictures(html)):
            html = html.replace(f'src="{address}"', f'src="{await self._picture(address)}"')
        html = REFERENCE.sub(self._absolute, html)
        policy = escape(page.headers[CSP].partition("; frame-ancestors")[0])
        meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        return html.replace("<head>\n", f"<head>\n{meta}\n", 1)

    def _absolute(self, match: re.Match[str]) -> str:
        return f'{match[1]}="{escape(self.public_url)}{match[2]}"'

    async def _picture(self, address: str) -> str:
        answer = await self.asking.get(unescape(address))
        if answer.status_code != HTTPStatus.OK:
            return address
        name = "-".join(urlsplit(unescape(address)).path.strip("/").split("/"))
        self._keep(name, answer.content)
        return quote(name)

    def _keep(self, name: str, content: bytes) -> None:
        """Whole or not at all: a reader never finds half a file."""
        beside = self.folder / f".{name}.{os.getpid()}"
        beside.write_bytes(content)
        beside.replace(self.folder / name)


def _pictures(html: str) -> Iterator[str]:
    for tag in re.findall(r"<img[^>]*>", html):
        yield from (address for name, address in REFERENCE.findall(tag) if name == "src")

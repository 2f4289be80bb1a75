"""A document made once and sent as often as it is asked for, in the coding that is wanted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from http import HTTPStatus
from typing import TypeAlias

from starlette.types import Receive, Scope, Send

from imd_widgets.responses.content_encoding import IDENTITY, best, encoded

Headers: TypeAlias = list[tuple[bytes, bytes]]

HTML = "text/html; charset=utf-8"
TAG_LENGTH = 32


@dataclass(frozen=True)
class EncodedBody:
    body: bytes
    etag: bytes
    headers: Headers
    headers_on_304: Headers


@dataclass(frozen=True)
class PreparedResponse:
    """An ASGI application that says one thing; only what is found (200) has an entity tag.

    Plain, never coded, is what may hold a reader's own secret (https://www.breachattack.com), and
    what would not get smaller.
    """

    body: bytes = field(repr=False)
    headers: Mapping[str, str]
    status: HTTPStatus = HTTPStatus.OK
    media_type: str = HTML
    plain: bool = False
    kept: bool = False
    codings: dict[str, EncodedBody] = field(default_factory=dict, repr=False, compare=False)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        status, headers, body = self.to(scope)
        body = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def to(self, scope: Scope) -> tuple[int, Headers, bytes]:
        accepted, known = _asked(scope)
        coded = self.coded(IDENTITY if self.plain else best(accepted))
        if self.status == HTTPStatus.OK and known and has(known, coded.etag):
            return HTTPStatus.NOT_MODIFIED.value, coded.headers_on_304, b""
        return self.status.value, coded.headers, coded.body

    def coded(self, coding: str) -> EncodedBody:
        coded = self.codings.get(coding)
        if coded is None:
            coded = self.codings[coding] = self._code(coding)
        return coded

    def _code(self, coding: str) -> EncodedBody:
        body = encoded(self.body, coding, kept=self.kept)
        suffix = "" if coding == IDENTITY else f"-{coding}"
        etag = f'"{self._digest}{suffix}"'
        lasting = {**self.headers, "ETag": etag} if self.status == HTTPStatus.OK else self.headers
        about = {"Content-Length": str(len(body)), "Content-Type": self.media_type}
        if coding != IDENTITY:
            about["Content-Encoding"] = coding
        return EncodedBody(body, etag.encode(), _raw({**lasting, **about}), _raw(lasting))

    @cached_property
    def _digest(self) -> str:
        return sha256(self.body).hexdigest()[:TAG_LENGTH]


def _asked(scope: Scope) -> tuple[str, bytes]:
    """Accept-Encoding and If-None-Match; either may come in several lines."""
    accepted, known = [], []
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            accepted.append(value)
        elif name == b"if-none-match":
            known.append(value)
    return b",".join(accepted).decode("latin-1"), b",".join(known)


def has(known: bytes, etag: bytes) -> bool:
    tags = [tag.strip().removeprefix(b"W/") for tag in known.split(b",")]
    return etag in tags or b"*" in tags


def _raw(headers: Mapping[str, str]) -> Headers:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]

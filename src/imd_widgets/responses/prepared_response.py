"""A document that is built once and sent many times, in the negotiated encoding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from http import HTTPStatus
from typing import TypeAlias

from starlette.types import Receive, Scope, Send

from imd_widgets.responses.content_encoding import IDENTITY, encode, negotiate

Headers: TypeAlias = list[tuple[bytes, bytes]]

HTML = "text/html; charset=utf-8"
TAG_LENGTH = 32


@dataclass(frozen=True)
class EncodedBody:
    content: bytes
    etag: bytes
    headers: Headers
    headers_on_304: Headers


@dataclass(frozen=True)
class PreparedResponse:
    """An ASGI application that sends one document; only a 200 has an entity tag.

    Responses that may hold a secret (https://www.breachattack.com), and responses that compression
    does not make smaller, are never encoded.
    """

    body: bytes = field(repr=False)
    headers: Mapping[str, str]
    status: HTTPStatus = HTTPStatus.OK
    media_type: str = HTML
    is_never_encoded: bool = False
    is_cached: bool = False
    encoded_bodies: dict[str, EncodedBody] = field(default_factory=dict, repr=False, compare=False)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        await self.respond(scope, send)

    async def respond(self, scope: Scope, send: Send) -> int:
        """Send the document; return the status."""
        status, headers, body = self.select(scope)
        body = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return status

    def select(self, scope: Scope) -> tuple[int, Headers, bytes]:
        accepted, known = _read_conditions(scope)
        coded = self.encode(IDENTITY if self.is_never_encoded else negotiate(accepted))
        if self.status == HTTPStatus.OK and known and matches_etag(known, coded.etag):
            return HTTPStatus.NOT_MODIFIED.value, coded.headers_on_304, b""
        return self.status.value, coded.headers, coded.content

    def encode(self, encoding: str) -> EncodedBody:
        encoded = self.encoded_bodies.get(encoding)
        if encoded is None:
            encoded = self.encoded_bodies[encoding] = self._encode(encoding)
        return encoded

    def _encode(self, encoding: str) -> EncodedBody:
        body = encode(self.body, encoding, is_cached=self.is_cached)
        suffix = "" if encoding == IDENTITY else f"-{encoding}"
        etag = f'"{self._digest}{suffix}"'
        lasting = {**self.headers, "ETag": etag} if self.status == HTTPStatus.OK else self.headers
        metadata = {"Content-Length": str(len(body)), "Content-Type": self.media_type}
        if encoding != IDENTITY:
            metadata["Content-Encoding"] = encoding
        return EncodedBody(
            body, etag.encode(), _to_raw_headers({**lasting, **metadata}), _to_raw_headers(lasting)
        )

    @cached_property
    def _digest(self) -> str:
        return sha256(self.body).hexdigest()[:TAG_LENGTH]


def _read_conditions(scope: Scope) -> tuple[str, bytes]:
    """Read Accept-Encoding and If-None-Match, each of which may span several lines."""
    accepted, etags = [], []
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            accepted.append(value)
        elif name == b"if-none-match":
            etags.append(value)
    return b",".join(accepted).decode("latin-1"), b",".join(etags)


def matches_etag(etags: bytes, etag: bytes) -> bool:
    tags = [tag.strip().removeprefix(b"W/") for tag in etags.split(b",")]
    return etag in tags or b"*" in tags


def _to_raw_headers(headers: Mapping[str, str]) -> Headers:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]

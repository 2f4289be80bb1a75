"""Fetches a calendar from a host that somebody else named.

The name is resolved once, all its addresses have to be public, and the connection goes to one of
them. Each redirect is checked in the same way. All of it ends within ten seconds and one megabyte.
"""

import asyncio
import ssl
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

import h11

from imd_network.http_urls import HttpTarget, InvalidUrl, parse_http_url
from imd_network.pinned_connection import connect
from imd_network.public_addresses import (
    NotPublic,
    Resolve,
    find_public_addresses,
    is_public,
    may_be_public,
)

SECONDS = 10.0
MAX_URL_LENGTH = 1000
MAX_BYTES = 1024 * 1024
MAX_WIRE_BYTES = MAX_BYTES + 256 * 1024
MAX_HEADER_BYTES = 64 * 1024
MAX_STEPS = 20_000
MAX_REDIRECTS = 3
CHUNK_BYTES = 64 * 1024
REDIRECTS = {301, 302, 303, 307, 308}
OK, NOT_MODIFIED = 200, 304
GZIP = 16 + zlib.MAX_WBITS
AGENT = "imd-campaign calendars"

INVALID_URL = (
    "the URL must begin with https:// or webcal://, without a user name, a password or a port"
)
PRIVATE_URL = "the URL must name a public host"


class FetchError(Exception):
    """Nothing was received; the message is for staff, and names neither host nor path."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What the server said about the last version that was read."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    data: bytes
    validators: Validators


def parse_url(address: str, *, allows_any_port: bool = False) -> HttpTarget:
    """Return where a URL leads, if a server may request it; otherwise raise a FetchError."""
    text = address.strip()
    if text.lower().startswith("webcal://"):
        text = f"https://{text[len('webcal://') :]}"
    if len(text) > MAX_URL_LENGTH:
        raise FetchError(INVALID_URL)
    try:
        target = parse_http_url(text)
    except InvalidUrl:
        raise FetchError(INVALID_URL) from None
    if not target.is_https or not (target.has_default_port or allows_any_port):
        raise FetchError(INVALID_URL)
    if not (may_be_public(target.host) or allows_any_port):
        raise FetchError(PRIVATE_URL)
    return target


@dataclass(frozen=True, slots=True)
class Fetcher:
    resolve: Resolve
    tls: ssl.SSLContext
    is_allowed: Callable[[str], bool] = is_public
    allows_any_port: bool = False

    async def fetch(self, address: str, known: Validators) -> Fetched | None:
        """Return a calendar, or None if it is the one that is known."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._follow(address, known)
        except TimeoutError:
            raise FetchError("the server takes too long") from None

    async def _follow(self, address: str, known: Validators) -> Fetched | None:
        for _ in range(MAX_REDIRECTS + 1):
            target = parse_url(address, allows_any_port=self.allows_any_port)
            response = await self._request(target, known)
            if response.status == NOT_MODIFIED:
                return None
            location = response.get(b"location")
            if response.status not in REDIRECTS or not location:
                return response.read()
            address = _join(f"https://{target.host_header}{target.path}", location)
        raise FetchError("there are too many redirects")

    async def _request(self, target: HttpTarget, known: Validators) -> "_Response":
        try:
            addresses = await find_public_addresses(
                target.host, target.port, self.resolve, self.is_allowed
            )
            reader, writer = await connect(target.host, target.port, addresses, self.tls)
        except (NotPublic, UnicodeError):
            raise FetchError("the host is unknown or not public") from None
        except ssl.SSLError:
            raise FetchError("the server's certificate is not valid") from None
        except OSError:
            raise FetchError("the server cannot be reached") from None
        try:
            return await _Exchange(reader, writer).get(target, known)
        except (OSError, h11.ProtocolError):
            raise FetchError("the server's response is not HTTP") from None
        finally:
            writer.transport.abort()


def _join(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError:
        raise FetchError(INVALID_URL) from None


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes

    def get(self, name: bytes) -> str:
        return next((v.decode("latin-1") for k, v in self.headers if k == name), "")

    def read(self) -> Fetched:
        if self.status != OK:
            raise FetchError(f"the server responds with status {self.status}")
        validators = Validators(
            etag=self._get_validator(b"etag", 200),
            last_modified=self._get_validator(b"last-modified", 100),
        )
        return Fetched(self._decompress(), validators)

    def _get_validator(self, name: bytes, length: int) -> str | None:
        """Return a value that can be sent back; without one, the calendar is read as a whole."""
        value = self.get(name)[:length].strip()
        return value if value.isascii() and value.isprintable() and value else None

    def _decompress(self) -> bytes:
        encoding = self.get(b"content-encoding").lower()
        if encoding in {"", "identity"}:
            return self.body
        decompressor = zlib.decompressobj(GZIP)
        try:
            data = decompressor.decompress(self.body, MAX_BYTES + 1)
        except zlib.error:
            raise FetchError("the response cannot be decompressed") from None
        if encoding not in {"gzip", "x-gzip"} or not decompressor.eof:
            raise FetchError("the calendar is larger than 1 MB, or cannot be decompressed")
        return data


class _Exchange:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._connection = h11.Connection(h11.CLIENT, MAX_HEADER_BYTES)
        self._received = self._steps = 0

    async def get(self, target: HttpTarget, known: Validators) -> _Response:
        request = h11.Request(
            method="GET", target=target.path, headers=_list_headers(target, known)
        )
        self._writer.write(self._connection.send(request) or b"")
        self._writer.write(self._connection.send(h11.EndOfMessage()) or b"")
        start = await self._next_event()
        while isinstance(start, h11.InformationalResponse):
            start = await self._next_event()
        if not isinstance(start, h11.Response):
            raise FetchError("the server's response is not HTTP")
        body = await self._receive_body() if start.status_code == OK else b""
        return _Response(start.status_code, list(start.headers), body)

    async def _receive_body(self) -> bytes:
        body = bytearray()
        while isinstance(event := await self._next_event(), h11.Data):
            body += event.data
            if len(body) > MAX_BYTES:
                raise FetchError("the calendar is larger than 1 MB")
        return bytes(body)

    async def _next_event(self) -> object:
        while (event := self._connection.next_event()) is h11.NEED_DATA:
            data = await self._reader.read(CHUNK_BYTES)
            self._received += len(data)
            self._connection.receive_data(data)
        self._steps += 1
        if self._received > MAX_WIRE_BYTES or self._steps > MAX_STEPS:
            raise FetchError("the calendar is larger than 1 MB")
        await asyncio.sleep(0)  # a chunk may be a single byte, and many are read without waiting
        return event


def _list_headers(target: HttpTarget, known: Validators) -> list[tuple[str, str]]:
    headers = [
        ("Host", target.host_header),
        ("User-Agent", AGENT),
        ("Accept", "text/calendar"),
        ("Accept-Encoding", "gzip"),
        ("Connection", "close"),
    ]
    if known.etag:
        headers.append(("If-None-Match", known.etag))
    if known.last_modified:
        headers.append(("If-Modified-Since", known.last_modified))
    return headers

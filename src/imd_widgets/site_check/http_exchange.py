"""One HTTP request and what comes back, however odd, within limits of bytes and steps."""

import asyncio
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import h11

MAX_PAGE_BYTES = 2 * 1024 * 1024
MAX_HEADER_BYTES = 64 * 1024
MAX_WIRE_BYTES = MAX_PAGE_BYTES + 1024 * 1024
MAX_EVENTS = 20_000
CHUNK_SIZE = 64 * 1024
GZIP = 16 + zlib.MAX_WBITS
AGENT = "imd-widgets page check (asked for by a person)"


class UnreadableResponse(Exception):  # noqa: N818 - a state that is shown, not a fault
    """What a site sent is not HTTP."""


@dataclass(frozen=True)
class ReceivedResponse:
    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes

    def get(self, name: str) -> str:
        """Return the values of a header, joined; any byte is a character of its own."""
        values = (value for key, value in self.headers if key == name.encode())
        return b", ".join(values).decode("latin-1").strip()

    def decompress(self) -> bytes:
        """Decompress as much as is checked, however well the rest was compressed."""
        encoding = self.get("content-encoding").lower()
        if encoding in {"", "identity"}:
            return self.body
        if encoding not in {"gzip", "x-gzip"}:
            raise UnreadableResponse
        try:
            return zlib.decompressobj(GZIP).decompress(self.body, MAX_PAGE_BYTES)
        except zlib.error:
            raise UnreadableResponse from None


async def receive_response(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    path: str,
    headers: list[tuple[str, str]],
) -> ReceivedResponse:
    """Send a GET and receive the response; of a long body, receive the first part."""
    exchange = _Exchange(reader)
    try:
        writer.write(exchange.encode_get(path, headers))
        return await exchange.receive()
    except h11.ProtocolError:
        raise UnreadableResponse from None


class _Exchange:
    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._connection = h11.Connection(h11.CLIENT, MAX_HEADER_BYTES)
        self._received = self._events = 0

    def encode_get(self, path: str, headers: list[tuple[str, str]]) -> bytes:
        request = h11.Request(method="GET", target=path, headers=headers)
        return (self._connection.send(request) or b"") + (
            self._connection.send(h11.EndOfMessage()) or b""
        )

    async def receive(self) -> ReceivedResponse:
        start = await self._next_event()
        while isinstance(start, h11.InformationalResponse):
            start = await self._next_event()
        if not isinstance(start, h11.Response):
            raise UnreadableResponse
        return ReceivedResponse(start.status_code, list(start.headers), await self._receive_body())

    async def _receive_body(self) -> bytes:
        body = bytearray()
        while len(body) < MAX_PAGE_BYTES and not self._is_exhausted:
            event = await self._next_event()
            if not isinstance(event, h11.Data):
                break
            body += event.data
        return bytes(body[:MAX_PAGE_BYTES])

    @property
    def _is_exhausted(self) -> bool:
        return self._received > MAX_WIRE_BYTES or self._events > MAX_EVENTS

    async def _next_event(self) -> object:
        self._events += 1
        event: object = self._connection.next_event()
        while event is h11.NEED_DATA and not self._is_exhausted:
            data = await self._reader.read(CHUNK_SIZE)
            self._received += len(data)
            self._connection.receive_data(data)
            event = self._connection.next_event()
        if self._is_exhausted and not isinstance(event, h11.Data):
            raise UnreadableResponse
        # A chunk may be a single byte, and many are read without waiting.
        await asyncio.sleep(0)
        return event

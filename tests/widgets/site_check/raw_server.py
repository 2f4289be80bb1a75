"""A site on loopback that sends any bytes in response to a request."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


@asynccontextmanager
async def answering(
    data: bytes, tls: ssl.SSLContext | None = None, *, stays_open: bool = False
) -> AsyncIterator[int]:
    """Send the bytes to each client, and close; yield the port."""
    clients: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(data)
            await writer.drain()
            if stays_open:
                await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    def start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        clients[asyncio.create_task(respond(reader, writer))] = writer

    server = await asyncio.start_server(start, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in clients.values():
            writer.transport.abort()
        await asyncio.gather(*clients)
        await server.wait_closed()

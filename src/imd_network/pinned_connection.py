"""Connections to hosts that strangers name: to an address that was checked, and to no other."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from functools import partial
from typing import Any, TypeAlias

from anyio import CapacityLimiter, to_thread

MAX_ADDRESSES_TRIED = 2

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def resolve_host(
    host: str, port: int, *, limiter: CapacityLimiter | None = None
) -> Sequence[str]:
    """Resolve in a thread of its own, as a slow name server would block those of the loop."""
    resolve = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await to_thread.run_sync(resolve, abandon_on_cancel=True, limiter=limiter)
    return [str(entry[4][0]) for entry in found]


async def connect(
    host: str, port: int, addresses: Sequence[str], tls: ssl.SSLContext | None
) -> Streams:
    """Connect to one of the addresses; with TLS, check that its certificate is that of the host.

    Raises `ssl.SSLCertVerificationError`, or another OSError if no address can be reached.
    """
    options: dict[str, Any] = {"ssl": tls, "server_hostname": host} if tls else {}
    for address in addresses[:MAX_ADDRESSES_TRIED]:
        try:
            return await asyncio.open_connection(address, port, **options)
        except ssl.SSLCertVerificationError:
            raise
        except OSError:
            continue
    raise ConnectionError

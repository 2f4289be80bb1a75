"""Sends one POST to a host that somebody else named, and reads only the status of the response.

The name is resolved once, all its addresses have to be public, and the connection goes to one of
them. Redirects are not followed.
"""

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from imd_network.http_urls import HttpTarget
from imd_network.pinned_connection import Streams, connect
from imd_network.public_addresses import NotPublic, Resolve, find_public_addresses

SECONDS = 10.0
MAX_INTERIM_RESPONSES = 5
STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})[ \r]")
RETRY_AFTER = re.compile(rb"\r\nretry-after:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)
INTERIM = range(100, 200)
AGENT = "imd-campaign webhooks"


class SendError(Exception):
    """A request without a response; the reason is one of those in `schemas.DeliveryError`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    retry_after: int | None
    """Seconds."""


@dataclass(frozen=True, slots=True)
class HttpPoster:
    resolve: Resolve
    is_allowed: Callable[[str], bool]
    """Whether an IP address may be connected to."""
    tls: ssl.SSLContext
    seconds: float = SECONDS

    async def post(self, target: HttpTarget, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a request within ten seconds, from the look-up of the name to the response."""
        try:
            async with asyncio.timeout(self.seconds):
                return await self._post(target, headers, body)
        except TimeoutError:
            raise SendError("timeout") from None

    async def _post(self, target: HttpTarget, headers: Mapping[str, str], body: bytes) -> Reply:
        reader, writer = await self._connect(target)
        try:
            writer.write(_encode(target, headers, body))
            await writer.drain()
            return await _read_reply(reader)
        except (ValueError, EOFError, asyncio.LimitOverrunError):
            raise SendError("invalid-response") from None
        except OSError:
            raise SendError("unreachable") from None
        finally:
            writer.transport.abort()

    async def _connect(self, target: HttpTarget) -> Streams:
        try:
            addresses = await find_public_addresses(
                target.host, target.port, self.resolve, self.is_allowed
            )
        except (NotPublic, OSError, UnicodeError):
            # One reason for both: which names exist in a private network is nobody's business.
            raise SendError("no-public-address") from None
        try:
            tls = self.tls if target.is_https else None
            return await connect(target.host, target.port, addresses, tls)
        except ssl.SSLCertVerificationError:
            raise SendError("certificate") from None
        except OSError:
            raise SendError("unreachable") from None


def _encode(target: HttpTarget, headers: Mapping[str, str], body: bytes) -> bytes:
    fields = {
        "Host": target.host_header,
        "User-Agent": AGENT,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    lines = [f"POST {target.path} HTTP/1.1", *(f"{name}: {fields[name]}" for name in fields)]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


async def _read_reply(reader: asyncio.StreamReader) -> Reply:
    for _ in range(MAX_INTERIM_RESPONSES + 1):
        head = await reader.readuntil(b"\r\n\r\n")
        found = STATUS_LINE.match(head)
        if found is None:
            break
        status = int(found[1])
        if status not in INTERIM:
            waits = RETRY_AFTER.search(head)
            return Reply(status, int(waits[1]) if waits else None)
    raise ValueError

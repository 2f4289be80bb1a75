"""Fetches a third-party page without giving access to our own network.

Every name is resolved once, all its addresses must be public, and the connection goes to one of
them only; each redirect is checked again. Whatever a site sends ends as a page or a `FetchError`,
within limits of time and bytes.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import httpx
import idna

from imd_network.pinned_connection import Streams, connect, resolve_host
from imd_network.public_addresses import (
    InvalidHost,
    NotPublic,
    Resolve,
    find_public_addresses,
    is_public,
    normalise_host,
)
from imd_widgets.site_check import charsets
from imd_widgets.site_check.http_exchange import (
    AGENT,
    ReceivedResponse,
    UnreadableResponse,
    receive_response,
)

MAX_URL_LENGTH = 2000
MAX_REDIRECTS = 4
SECONDS = 8.0
PORTS = {"http": 80, "https": 443}
ASCII_IN_URLS = "%!$&'()*+,;=:@/?~[]"
REDIRECTS = {301, 302, 303, 307, 308}
FIRST_ERROR = 400
HEADERS = ("content-security-policy", "cross-origin-embedder-policy")


class FetchError(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class FetchedPage:
    url: str
    headers: Mapping[str, str]
    """The headers named in `HEADERS` that were received."""
    html: str


@dataclass(frozen=True)
class Target:
    """Where a URL leads: its host in ASCII, and what goes into the request."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def encode_request(self) -> list[tuple[str, str]]:
        return [
            ("Host", self.host_header),
            ("User-Agent", AGENT),
            ("Accept", "text/html"),
            ("Accept-Encoding", "gzip"),
            ("Connection", "close"),
        ]


@dataclass(frozen=True)
class Fetcher:
    resolve: Resolve = resolve_host
    public: Callable[[str], bool] = is_public
    is_any_port_allowed: bool = False
    verify: ssl.SSLContext | None = field(default=None, repr=False)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self.verify or httpx.create_ssl_context(trust_env=False)

    async def fetch(self, address: str) -> FetchedPage:
        try:
            async with asyncio.timeout(SECONDS):
                return await self._follow(address)
        except TimeoutError:
            raise FetchError("slow") from None

    async def _follow(self, address: str) -> FetchedPage:
        for _ in range(MAX_REDIRECTS + 1):
            target = parse_target(address)
            response = await self._fetch_once(target)
            location = response.get("location") if response.status in REDIRECTS else ""
            if not location:
                return await asyncio.to_thread(_make_page, address, response)
            address = _join(address, location)
        raise FetchError("redirects")

    async def _fetch_once(self, target: Target) -> ReceivedResponse:
        if not self.is_any_port_allowed and target.port != PORTS[target.scheme]:
            raise FetchError("address")
        addresses = await self._resolve_public(target)
        reader, writer = await self._connect(target, addresses)
        try:
            return await receive_response(reader, writer, target.path, target.encode_request())
        except UnreadableResponse:
            raise FetchError("unreadable") from None
        except OSError:
            raise FetchError("unreachable") from None
        finally:
            writer.transport.abort()

    async def _resolve_public(self, target: Target) -> Sequence[str]:
        try:
            return await find_public_addresses(target.host, target.port, self.resolve, self.public)
        except NotPublic:
            raise FetchError("private") from None
        except (OSError, UnicodeError):
            raise FetchError("unknown") from None

    async def _connect(self, target: Target, addresses: Sequence[str]) -> Streams:
        tls = self._tls if target.scheme == "https" else None
        try:
            return await connect(target.host, target.port, addresses, tls)
        except ssl.SSLCertVerificationError:
            raise FetchError("certificate") from None
        except OSError:
            raise FetchError("unreachable") from None


def parse_target(address: str) -> Target:
    url = parse_url(address)
    path = quote(url.path or "/", safe=ASCII_IN_URLS, errors="replace")
    query = quote(url.query, safe=ASCII_IN_URLS, errors="replace")
    return Target(
        url.scheme,
        _normalise_name(url.hostname or ""),
        url.port or PORTS[url.scheme],
        f"{path}?{query}" if query else path,
    )


def _normalise_name(name: str) -> str:
    try:
        return normalise_host(name if name.isascii() else idna.encode(name, uts46=True).decode())
    except (InvalidHost, UnicodeError):
        raise FetchError("address") from None


def parse_url(address: str) -> SplitResult:
    """Parse a URL; check its length first, because splitting takes quadratic time."""
    if len(address) > MAX_URL_LENGTH:
        raise FetchError("address")
    try:
        url = urlsplit(address)
        sound = url.scheme in PORTS and bool(url.hostname) and url.port != 0
    except ValueError:
        raise FetchError("address") from None
    if not sound or url.username or url.password:
        raise FetchError("address")
    return url


def _join(address: str, location: str) -> str:
    if len(location) > MAX_URL_LENGTH:
        raise FetchError("address")
    try:
        return urljoin(address, location)
    except ValueError:
        raise FetchError("address") from None


def _make_page(address: str, response: ReceivedResponse) -> FetchedPage:
    if response.status >= FIRST_ERROR:
        raise FetchError("refused")
    kind = response.get("content-type")
    if kind and "html" not in kind.lower():
        raise FetchError("other")
    headers = {name: value for name in HEADERS if (value := response.get(name))}
    return FetchedPage(address, headers, charsets.decode(_decompress(response), kind))


def _decompress(response: ReceivedResponse) -> bytes:
    try:
        return response.decompress()
    except UnreadableResponse:
        raise FetchError("other") from None

"""Fetches a third-party page without giving access to our own network.

Every name is resolved once, all its addresses must be public, and the connection goes to that
address only; each redirect is checked again.
"""

import asyncio
import socket
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx

from imd_widgets.site_check import charsets

MAX_URL_LENGTH = 2000
MAX_PAGE_BYTES = 2 * 1024 * 1024
MAX_REDIRECTS = 4
SECONDS = 8.0
PORTS = {"http": 80, "https": 443}
# https://www.iana.org/assignments/ipv6-address-space
UNICAST = IPv6Network("2000::/3")
GZIP = 16 + zlib.MAX_WBITS
HEADERS = ("content-security-policy", "cross-origin-embedder-policy")
AGENT = "imd-widgets page check (asked for by a person)"

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


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


async def resolve_host(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def is_public(address: str) -> bool:
    """Return whether an address is public; IPv6 addresses that embed IPv4 are not."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and (ip not in UNICAST or ip.sixtofour or ip.teredo):
        return False
    return ip.is_global and not ip.is_multicast


@dataclass(frozen=True)
class Fetcher:
    resolve: Resolve = resolve_host
    public: Callable[[str], bool] = is_public
    is_any_port_allowed: bool = False
    verify: Any = True

    async def fetch(self, address: str) -> FetchedPage:
        try:
            async with asyncio.timeout(SECONDS):
                return await self._follow(address)
        except TimeoutError:
            raise FetchError("slow") from None

    async def _follow(self, address: str) -> FetchedPage:
        for _ in range(MAX_REDIRECTS + 1):
            url = parse_url(address)
            response = await self._fetch_once(url)
            location = response.headers.get("location")
            if not response.is_redirect or location is None:
                return await asyncio.to_thread(_make_page, address, response)
            if len(location) > MAX_URL_LENGTH:
                raise FetchError("address")
            address = urljoin(address, location)
        raise FetchError("redirects")

    async def _fetch_once(self, url: SplitResult) -> httpx.Response:
        host, port = str(url.hostname), url.port or PORTS[url.scheme]
        if not self.is_any_port_allowed and port != PORTS[url.scheme]:
            raise FetchError("address")
        pinned = await self._resolve_public(host, port)
        headers = {
            "Host": url.netloc.rpartition("@")[2],
            "User-Agent": AGENT,
            "Accept": "text/html",
            "Accept-Encoding": "gzip",
        }
        target = url._replace(netloc=f"{_bracket(pinned)}:{port}", fragment="").geturl()
        extensions = {"sni_hostname": host}
        async with httpx.AsyncClient(verify=self.verify, trust_env=False, timeout=SECONDS) as http:
            request = http.build_request("GET", target, headers=headers, extensions=extensions)
            try:
                response = await http.send(request, stream=True)
                return await _read_bounded(response)
            except httpx.RequestError as error:
                raise FetchError(_get_reason(error)) from None

    async def _resolve_public(self, host: str, port: int) -> str:
        try:
            found = await self.resolve(host, port)
        except (OSError, UnicodeError):
            raise FetchError("unknown") from None
        if not found or not all(map(self.public, found)):
            raise FetchError("private")
        return found[0]


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


async def _read_bounded(response: httpx.Response) -> httpx.Response:
    body = bytearray()
    try:
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MAX_PAGE_BYTES:
                break
            # A chunk may be a single byte, and many are read without waiting.
            await asyncio.sleep(0)
    finally:
        await response.aclose()
    headers = [(k, v) for k, v in response.headers.multi_items() if k != "content-encoding"]
    plain = _decompress(bytes(body), response.headers.get("content-encoding", "").lower())
    return httpx.Response(response.status_code, headers=headers, content=plain)


def _decompress(body: bytes, encoding: str) -> bytes:
    """Decompress as much as is checked, however well the rest was compressed."""
    if encoding in {"", "identity"}:
        return body[:MAX_PAGE_BYTES]
    if encoding not in {"gzip", "x-gzip"}:
        raise FetchError("other")
    try:
        return zlib.decompressobj(GZIP).decompress(body, MAX_PAGE_BYTES)
    except zlib.error:
        raise FetchError("other") from None


def _make_page(address: str, response: httpx.Response) -> FetchedPage:
    if response.is_error:
        raise FetchError("refused")
    if "html" not in response.headers.get("content-type", "text/html"):
        raise FetchError("other")
    lists = {name: response.headers.get_list(name) for name in HEADERS}
    headers = {name: ", ".join(values) for name, values in lists.items() if values}
    html = charsets.decode(response.content, response.headers.get("content-type", ""))
    return FetchedPage(address, headers, html)


def _bracket(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _get_reason(error: httpx.RequestError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "slow"
    return "certificate" if "CERTIFICATE" in str(error).upper() else "unreachable"

"""Where a webhook is sent, checked before anything is looked up or connected to."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from imd_network.public_addresses import (
    InvalidHost,
    is_denied_name,
    is_ip_address,
    is_public,
    normalise_host,
)

MAX_URL_LENGTH = 1000
HTTPS_PORT = 443
VISIBLE_ASCII = re.compile(r"[!-~]+")
NOT_HTTPS = "must be a URL that begins with https://, without a user name, a password or #."
NOT_ASCII = "must have visible ASCII characters only. Write other domains in Punycode (xn--)."
OTHER_PORT = "must not name another port than 443."
PRIVATE = "must name a public host: this name or address is for private networks."


class InvalidTarget(ValueError):  # noqa: N818 - its message is for the field
    pass


@dataclass(frozen=True, slots=True)
class Target:
    is_https: bool
    host: str
    port: int
    path: str
    """With the query."""

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_default = self.is_https and self.port == HTTPS_PORT
        return host if is_default else f"{host}:{self.port}"


def parse_target(address: str, *, allows_loopback: bool) -> Target:
    url = _split(address)
    host = _normalise(url.hostname or "")
    is_https = url.scheme == "https"
    if allows_loopback and is_loopback(host):
        return Target(is_https, host, url.port or (443 if is_https else 80), _join(url))
    if not is_https:
        raise InvalidTarget(NOT_HTTPS)
    if url.port not in {None, HTTPS_PORT}:
        raise InvalidTarget(OTHER_PORT)
    if is_denied_name(host) or (is_ip_address(host) and not is_public(host)):
        raise InvalidTarget(PRIVATE)
    return Target(is_https, host, HTTPS_PORT, _join(url))


def make_address_check(*, allows_loopback: bool) -> Callable[[str], bool]:
    """Return which addresses may be connected to."""
    if not allows_loopback:
        return is_public
    return lambda address: is_public(address) or is_loopback(address)


def is_loopback(host: str) -> bool:
    return is_ip_address(host) and ip_address(host).is_loopback


def _split(address: str) -> SplitResult:
    if not VISIBLE_ASCII.fullmatch(address):
        raise InvalidTarget(NOT_ASCII)
    try:
        url = urlsplit(address)
        is_sound = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:
        raise InvalidTarget(NOT_HTTPS) from None
    if not is_sound or "@" in url.netloc or "#" in address:
        raise InvalidTarget(NOT_HTTPS)
    return url


def _normalise(name: str) -> str:
    try:
        return normalise_host(name)
    except InvalidHost:
        raise InvalidTarget(NOT_HTTPS) from None


def _join(url: SplitResult) -> str:
    path = url.path or "/"
    return f"{path}?{url.query}" if url.query else path

"""URLs that strangers name, parsed before anything is looked up or connected to."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from imd_network.public_addresses import normalise_host

PORTS = {"http": 80, "https": 443}
VISIBLE_ASCII = re.compile(r"[!-~]+")


class InvalidUrl(ValueError):  # noqa: N818 - what is wrong, in the words of the caller
    """A text that is no URL of a web server, or one with a user name or a password."""


class NotAscii(InvalidUrl):
    """A URL with spaces, control characters or other letters."""


@dataclass(frozen=True, slots=True)
class HttpTarget:
    """Where a URL leads; the host is normalised."""

    is_https: bool
    host: str
    port: int
    path: str
    """With the query."""

    @property
    def has_default_port(self) -> bool:
        return self.port == PORTS["https" if self.is_https else "http"]

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.is_https and self.has_default_port else f"{host}:{self.port}"


def parse_http_url(text: str) -> HttpTarget:
    """Return where a URL leads; limit its length before, as splitting takes quadratic time."""
    if not VISIBLE_ASCII.fullmatch(text):
        raise NotAscii
    try:
        url = urlsplit(text)
        host, port = normalise_host(url.hostname or ""), url.port
    except ValueError:
        raise InvalidUrl from None
    if url.scheme not in PORTS or "@" in url.netloc or port == 0:
        raise InvalidUrl
    path = url.path or "/"
    path = f"{path}?{url.query}" if url.query else path
    return HttpTarget(url.scheme == "https", host, port or PORTS[url.scheme], path)

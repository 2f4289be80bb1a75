"""Where a webhook is sent, checked before anything is looked up or connected to."""

from collections.abc import Callable
from ipaddress import ip_address

from imd_network.http_urls import HttpTarget, InvalidUrl, NotAscii, parse_http_url
from imd_network.public_addresses import is_ip_address, is_public, may_be_public

MAX_URL_LENGTH = 1000
NOT_HTTPS = "must be a URL that begins with https://, without a user name, a password or #."
NOT_ASCII = "must have visible ASCII characters only. Write other domains in Punycode (xn--)."
OTHER_PORT = "must not name another port than 443."
PRIVATE = "must name a public host: this name or address is for private networks."


class InvalidTarget(ValueError):  # noqa: N818 - its message is for the field
    pass


def parse_target(address: str, *, allows_loopback: bool) -> HttpTarget:
    target = _parse(address)
    if allows_loopback and is_loopback(target.host):
        return target
    if not target.is_https:
        raise InvalidTarget(NOT_HTTPS)
    if not target.has_default_port:
        raise InvalidTarget(OTHER_PORT)
    if not may_be_public(target.host):
        raise InvalidTarget(PRIVATE)
    return target


def make_address_check(*, allows_loopback: bool) -> Callable[[str], bool]:
    """Return which addresses may be connected to."""
    if not allows_loopback:
        return is_public
    return lambda address: is_public(address) or is_loopback(address)


def is_loopback(host: str) -> bool:
    return is_ip_address(host) and ip_address(host).is_loopback


def _parse(address: str) -> HttpTarget:
    try:
        target = parse_http_url(address)
    except NotAscii:
        raise InvalidTarget(NOT_ASCII) from None
    except InvalidUrl:
        raise InvalidTarget(NOT_HTTPS) from None
    if "#" in address:
        raise InvalidTarget(NOT_HTTPS)
    return target

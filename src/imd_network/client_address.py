"""Find the address of a client behind trusted proxies.

https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/X-Forwarded-For#selecting_an_ip_address
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

MAX_LENGTH = 64
WITH_PORT = re.compile(r"\[(?P<v6>[^\]]+)\](:\d+)?|(?P<v4>[\d.]+):\d+")


@lru_cache(maxsize=16)
def parse_proxies(text: str) -> tuple[Network, ...]:
    """Parse addresses and networks, separated by commas; raise ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def check_proxies(text: str) -> str:
    try:
        parse_proxies(text)
    except ValueError as error:
        raise ValueError(
            "must be addresses or networks, separated by commas, such as 127.0.0.1,10.0.0.0/8"
        ) from error
    return text


def find_client_address(
    peer: str | None, forwarded_for: Sequence[str], proxies: str
) -> Address | None:
    """Return the rightmost address that is not a proxy's; None if it is unknown.

    `forwarded_for` has the values of X-Forwarded-For. Only proxies are believed, so a client
    cannot choose its address.
    """
    trusted = parse_proxies(proxies)
    entries = [entry for value in forwarded_for for entry in value.split(",")]
    address = parse_address(peer or "")
    while address is not None and _is_within(address, trusted):
        address = parse_address(entries.pop()) if entries else None
    return address


def parse_address(text: str) -> Address | None:
    """Parse an address with or without a port; an IPv4 address in IPv6 form is IPv4."""
    found = text.strip()[:MAX_LENGTH]
    if match := WITH_PORT.fullmatch(found):
        found = match["v6"] or match["v4"]
    try:
        address = ip_address(found)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)

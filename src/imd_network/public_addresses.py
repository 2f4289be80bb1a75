"""Which addresses and host names a server may connect to when a stranger names them.

The list of denied networks is our own: `ipaddress.is_global` changes between versions of Python,
passes addresses that only a cloud's machines reach, and Python 3.11 passes 192.0.0.192.
"""

from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the addresses of a host; raises OSError if there are none."""

MAX_ADDRESSES = 50
MAX_HOST_LENGTH = 253

# https://www.iana.org/assignments/iana-ipv4-special-registry
DENIED_IPV4 = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network, RFC 791
            "10.0.0.0/8",  # private use, RFC 1918
            "100.64.0.0/10",  # shared address space, RFC 6598; Alibaba's metadata: 100.100.100.200
            "127.0.0.0/8",  # loopback, RFC 1122
            "169.254.0.0/16",  # link-local, RFC 3927; most clouds' metadata: 169.254.169.254
            "172.16.0.0/12",  # private use, RFC 1918
            "192.0.0.0/24",  # protocol assignments, RFC 6890; Oracle's metadata: 192.0.0.192
            "192.0.2.0/24",  # documentation, RFC 5737
            "192.31.196.0/24",  # AS112, RFC 7535
            "192.52.193.0/24",  # AMT, RFC 7450
            "192.88.99.0/24",  # 6to4 relays, RFC 7526
            "192.168.0.0/16",  # private use, RFC 1918
            "192.175.48.0/24",  # AS112, RFC 7534
            "198.18.0.0/15",  # benchmarks, RFC 2544
            "198.51.100.0/24",  # documentation, RFC 5737
            "203.0.113.0/24",  # documentation, RFC 5737
            "224.0.0.0/4",  # multicast, RFC 5771
            "240.0.0.0/4",  # reserved and broadcast, RFC 1112 and RFC 919
            # Azure's machines reach their host under a public address:
            # https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
            "168.63.129.16/32",
        ),
    )
)

# Everything outside is denied: loopback, unique local (AWS's metadata: fd00:ec2::254), link-local,
# site-local, multicast, and IPv4 that is mapped, compatible or locally translated.
# https://www.iana.org/assignments/ipv6-address-space
GLOBAL_UNICAST = IPv6Network("2000::/3")
# How machines without IPv4 reach it; as public as the IPv4 address in its last 32 bits: RFC 6052.
TRANSLATED = IPv6Network("64:ff9b::/96")
# https://www.iana.org/assignments/iana-ipv6-special-registry
DENIED_IPV6 = tuple(
    map(
        ip_network,
        (
            "2001::/23",  # protocol assignments, RFC 2928; has Teredo, RFC 4380
            "2001:db8::/32",  # documentation, RFC 3849
            "2002::/16",  # 6to4, RFC 3056
            "2620:4f:8000::/48",  # AS112, RFC 7534
            "3fff::/20",  # documentation, RFC 9637
        ),
    )
)
# An interface identifier that holds an IPv4 address: RFC 5214, section 6.1.
ISATAP = {0x0000_5EFE, 0x0200_5EFE}

DENIED_DOMAINS = (
    "localhost",  # RFC 6761
    "local",  # RFC 6762
    "home.arpa",  # RFC 8375
    "internal",  # https://www.icann.org/resources/board-material/resolutions-2024-07-29-en
    # Other names of machines' metadata:
    "metadata.goog",  # https://cloud.google.com/compute/docs/metadata/querying-metadata
    "metadata.tencentyun.com",  # https://www.tencentcloud.com/document/product/213/4934
    "metadata.platformequinix.com",  # https://deploy.equinix.com/developers/docs/metal/
    "metadata.packet.net",
)


class InvalidHost(ValueError):  # noqa: N818 - what is wrong, in the words of the caller
    """A host that is neither a name nor an address in its usual spelling."""


class NotPublic(Exception):  # noqa: N818 - a state that is shown, not a fault
    """A host that is, or may be, in a private network."""


def is_public(address: str) -> bool:
    """Return whether strangers may have the server connect to an IP address."""
    ip = ip_address(address)
    return _is_public_ipv4(ip) if isinstance(ip, IPv4Address) else _is_public_ipv6(ip)


def _is_public_ipv4(ip: IPv4Address) -> bool:
    return not any(ip in network for network in DENIED_IPV4)


def _is_public_ipv6(ip: IPv6Address) -> bool:
    if ip in TRANSLATED:
        return _is_public_ipv4(IPv4Address(int(ip) & 0xFFFF_FFFF))
    if ip.scope_id or ip not in GLOBAL_UNICAST:
        return False
    is_isatap = int(ip) >> 32 & 0xFFFF_FFFF in ISATAP
    return not is_isatap and not any(ip in network for network in DENIED_IPV6)


def normalise_host(host: str) -> str:
    """Return a host name in ASCII, or an IP address, in lower case and without a final dot.

    Other spellings of an address, such as 0x7f.1 or 2130706433, are invalid:
    https://url.spec.whatwg.org/#ends-in-a-number-checker
    """
    name = host.lower().removesuffix(".")
    if ":" in name:
        return _read_ipv6(name)
    labels = name.split(".")
    if not all(_is_label(label) for label in labels) or len(name) > MAX_HOST_LENGTH:
        raise InvalidHost(host)
    if not _is_number(labels[-1]):
        return name
    try:
        return str(IPv4Address(name))
    except ValueError:
        raise InvalidHost(host) from None


def _read_ipv6(text: str) -> str:
    """Return the shortest spelling; a zone is a network interface of this machine."""
    try:
        address = IPv6Address(text)
    except ValueError:
        raise InvalidHost(text) from None
    if address.scope_id:
        raise InvalidHost(text)
    return str(address)


def _is_label(label: str) -> bool:
    """Return whether DNS and certificates can hold a label: RFC 1123, section 2.1, and `_`."""
    is_plain = label.isascii() and label.replace("-", "a").replace("_", "a").isalnum()
    return is_plain and len(label) <= 63  # noqa: PLR2004 - RFC 1035, section 2.3.4


def _is_number(label: str) -> bool:
    return label.isdigit() or label.startswith("0x")


async def find_public_addresses(
    host: str, port: int, resolve: Resolve, is_allowed: Callable[[str], bool] = is_public
) -> Sequence[str]:
    """Return the addresses of a normalised host, in order; raise NotPublic if any is private.

    Connect to one of these addresses and not to the name, which may have others a moment later.
    """
    if is_ip_address(host):
        found: Sequence[str] = [host]
    elif is_denied_name(host):
        raise NotPublic(host)
    else:
        found = await resolve(host, port)
    if not found or len(found) > MAX_ADDRESSES or not all(map(is_allowed, found)):
        raise NotPublic(host)
    return found


def is_ip_address(host: str) -> bool:
    """Return whether a normalised host is an IP address."""
    return ":" in host or _is_number(host.rpartition(".")[2])


def may_be_public(host: str) -> bool:
    """Return whether a normalised host is worth a look-up; its addresses are checked then."""
    return is_public(host) if is_ip_address(host) else not is_denied_name(host)


def is_denied_name(host: str) -> bool:
    """Return whether a name is for private use; without a dot, it is one of the local network."""
    if is_ip_address(host):
        return False
    return "." not in host or any(
        host == domain or host.endswith(f".{domain}") for domain in DENIED_DOMAINS
    )

"""The network of an address: what one household, school or mobile cell shares."""

from ipaddress import ip_network

from imd_network.client_address import Address

PREFIX_LENGTHS = {4: 24, 6: 64}
# The address of a machine beside the server says nothing about a visitor.
LOCAL = tuple(
    map(
        ip_network,
        (
            "127.0.0.0/8",
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "169.254.0.0/16",
            "::1/128",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)


def find_network(address: Address | None) -> str | None:
    """Return the /24 (IPv4) or /64 (IPv6) of an address; None if it is unknown or local."""
    if address is None or any(address in network for network in LOCAL):
        return None
    prefix = f"{address.compressed.partition('%')[0]}/{PREFIX_LENGTHS[address.version]}"
    return str(ip_network(prefix, strict=False))

"""Which address a request comes from; a client cannot choose it."""

import pytest

from imd_network.client_address import check_proxies, find_client_address, parse_address
from imd_network.client_network import find_network

PROXIES = "127.0.0.1, 198.51.100.0/24, 2001:db8:1::/48"


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["192.0.2.1"], "203.0.113.9"),
        ("127.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1", ["192.0.2.1, 203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["192.0.2.1, 203.0.113.9, 198.51.100.7"], "203.0.113.9"),
        ("127.0.0.1", ["192.0.2.1", "203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
        ("2001:db8:1::5", ["[2001:db8:2::9]:443"], "2001:db8:2::9"),
        ("::ffff:127.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["192.0.2.1, unknown"], None),
        ("127.0.0.1", [], None),
        (None, ["192.0.2.1"], None),
    ],
)
def test_address_is_the_rightmost_that_is_no_proxys(peer, forwarded, address):
    found = find_client_address(peer, forwarded, PROXIES)
    assert found == (parse_address(address) if address else None)


def test_forwarded_addresses_are_ignored_without_proxies():
    assert str(find_client_address("127.0.0.1", ["192.0.2.1"], "")) == "127.0.0.1"


@pytest.mark.parametrize("text", ["localhost", "10.0.0.1/8", "1.2.3"])
def test_invalid_proxies_are_reported(text):
    with pytest.raises(ValueError, match="separated by commas"):
        check_proxies(text)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", None),
        ("192.168.1.20", None),
        ("fe80::1%eth0", None),
    ],
)
def test_network_is_what_neighbours_share(address, network):
    assert find_network(parse_address(address)) == network

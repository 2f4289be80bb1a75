"""Where strangers may have a server connect to; nothing here opens a connection."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_network.public_addresses import (
    DENIED_IPV4,
    InvalidHost,
    NotPublic,
    find_public_addresses,
    is_public,
    normalise_host,
)

pytestmark = pytest.mark.anyio

METADATA = ["169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254"]
PRIVATE = [
    *METADATA,
    "0.0.0.0",  # noqa: S104
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.9",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00::1",
    "fec0::1",
    "ff02::1",
    "100::1",
    "5f00::1",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "::ffff:127.0.0.1",
    "::ffff:1.1.1.1",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2606:4700::5efe:7f00:1",
    "2606:4700::200:5efe:7f00:1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_denied(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "64:ff9b::101:101"],
)
def test_public_addresses_are_allowed(address):
    assert is_public(address)


denied = st.sampled_from(DENIED_IPV4).flatmap(
    lambda network: st.integers(int(network[0]), int(network[-1])).map(IPv4Address)
)
EMBEDDING = ["::ffff:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"]


@given(denied, st.sampled_from(EMBEDDING).map(ip_network), st.data())
def test_ipv6_that_embeds_a_denied_address_is_denied(address, network, data):
    room = 128 - network.prefixlen - 32
    at = data.draw(st.integers(0, room)) if network.prefixlen < 64 else 0
    assert not is_public(str(IPv6Address(int(network[0]) | int(address) << at)))


@given(st.ip_addresses())
def test_what_python_denies_is_denied(address):
    if not address.is_global and address not in ip_network("64:ff9b::/96"):
        assert not is_public(str(address))


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "017700000001",
        "127.1",
        "0x7f.0.0.1",
        "127.0.0.01",
        "1.2.3.4.5",
        "256.1.1.1",
        "example.1",
        "fe80::1%eth0",
        "::1::",
        "",
        ".",
        "a..example",
        "a b.example",
        "a%2e.example",
        "ünïcode.example",
        "a" * 64 + ".example",
        "a." * 130 + "example",
    ],
)
def test_odd_hosts_are_invalid(host):
    with pytest.raises(InvalidHost):
        normalise_host(host)


def test_a_final_dot_and_capitals_are_dropped():
    assert normalise_host("Ally.Example.") == "ally.example"
    assert normalise_host("127.0.0.1.") == "127.0.0.1"


async def never(_host: str, _port: int) -> list[str]:
    raise AssertionError


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "a.localhost",
        "printer.local",
        "nas.home.arpa",
        "metadata.google.internal",
        "metadata.goog",
        "metadata.tencentyun.com",
        "metadata",
        "127.0.0.1",
        "::1",
    ],
)
async def test_private_names_are_not_resolved(host):
    with pytest.raises(NotPublic):
        await find_public_addresses(host, 443, never)


@pytest.mark.parametrize(
    "found", [[], ["1.1.1.1", "10.0.0.1"], ["10.0.0.1", "1.1.1.1"], ["1.1.1.1"] * 51]
)
async def test_every_address_of_a_name_is_checked(found):
    async def resolve(_host: str, _port: int) -> list[str]:
        return found

    with pytest.raises(NotPublic):
        await find_public_addresses("ally.example", 443, resolve)


async def test_public_addresses_are_returned_in_order():
    async def resolve(host: str, port: int) -> list[str]:
        assert (host, port) == ("ally.example", 443)
        return ["2606:4700::1", "1.1.1.1"]

    assert await find_public_addresses("ally.example", 443, resolve) == ["2606:4700::1", "1.1.1.1"]

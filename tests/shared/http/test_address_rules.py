"""Which addresses users may make us connect to: the table, and the laws behind it."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_shared.adapters.address_rules import judge_address, wrapped

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "51.15.0.1",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "168.63.129.15",
    "168.63.129.17",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:41d0::1",
    "2001:4860:4860::8888",
    "2606:2800:220:1:248:1893:25c8:1946",
    "2a00:1450:4007:80c::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
]
REFUSED = {
    "0.0.0.0": "this network",
    "0.1.2.3": "this network",
    "10.0.0.1": "private",
    "10.255.255.255": "private",
    "100.64.0.0": "carrier-grade NAT",
    "100.127.255.255": "carrier-grade NAT",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "168.63.129.16": "metadata of the Azure cloud",
    "::ffff:168.63.129.16": "mapped form of 168.63.129.16, metadata of the Azure cloud",
    "64:ff9b::a83f:8110": "NAT64 form of 168.63.129.16, metadata of the Azure cloud",
    "169.254.169.254": "link-local",
    "169.254.0.1": "link-local",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.0.0.8": "protocol assignments",
    "192.0.0.170": "protocol assignments",
    "192.0.2.1": "documentation",
    "192.88.99.1": "6to4 relay",
    "192.168.1.1": "private",
    "198.18.0.1": "benchmarking",
    "198.19.255.255": "benchmarking",
    "198.51.100.7": "documentation",
    "203.0.113.7": "documentation",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "254.1.1.1": "reserved",
    "255.255.255.255": "broadcast",
    "::": "unspecified",
    "::1": "loopback",
    "::7f00:1": "IPv4-compatible",
    "::8.8.8.8": "IPv4-compatible",
    "::ffff:0:8.8.8.8": "IPv4-translated",
    "::ffff:127.0.0.1": "mapped form of 127.0.0.1, loopback",
    "::ffff:7f00:1": "mapped form of 127.0.0.1, loopback",
    "::ffff:10.1.2.3": "mapped form of 10.1.2.3, private",
    "::ffff:169.254.169.254": "mapped form of 169.254.169.254, link-local",
    "::ffff:100.64.0.1": "mapped form of 100.64.0.1, carrier-grade NAT",
    "::ffff:224.0.0.1": "mapped form of 224.0.0.1, multicast",
    "::ffff:0.0.0.0": "mapped form of 0.0.0.0, this network",
    "64:ff9b::127.0.0.1": "NAT64 form of 127.0.0.1, loopback",
    "64:ff9b::a00:1": "NAT64 form of 10.0.0.1, private",
    "64:ff9b::169.254.169.254": "NAT64 form of 169.254.169.254, link-local",
    "64:ff9b:1::7f00:1": "local NAT64",
    "64:ff9b:1::808:808": "local NAT64",
    "2002:7f00:1::": "6to4 form of 127.0.0.1, loopback",
    "2002:7f00:1::1": "6to4 form of 127.0.0.1, loopback",
    "2002:a9fe:a9fe::": "6to4 form of 169.254.169.254, link-local",
    "2002:c0a8:101::1": "6to4 form of 192.168.1.1, private",
    # Teredo: the server in the clear, the client with its bits turned.
    "2001:0:808:808:0:0:80ff:fffe": "Teredo form of 127.0.0.1, loopback",
    "2001:0:7f00:1:0:0:f7f7:f7f7": "Teredo form of 127.0.0.1, loopback",
    "2001:0:808:808:0:0:5601:5601": "Teredo form of 169.254.169.254, link-local",
    "2a00:1450::5efe:7f00:1": "ISATAP form of 127.0.0.1, loopback",
    "2a00:1450::200:5efe:a00:1": "ISATAP form of 10.0.0.1, private",
    "100::1": "discard only",
    "2001:2::1": "protocol assignments",
    "2001:10::1": "protocol assignments",
    "2001:20::1": "protocol assignments",
    "2001:db8::1": "documentation",
    "3ffe::1": "returned to the registry",
    "3fff::1": "documentation",
    "3fff:fff::1": "documentation",
    "4000::1": "not global unicast",
    "5f00::1": "segment routing",
    "fc00::1": "unique local",
    "fd12:3456:789a::1": "unique local",
    "fd00:ec2::254": "unique local",
    "fe80::1": "link-local",
    "fe80::1%eth0": "bound to a zone",
    "2a00:1450::1%2": "bound to a zone",
    "fec0::1": "site-local",
    "ff02::1": "multicast",
    "ff0e::1": "multicast",
    "127.1": "not an address in plain form",
    "2130706433": "not an address in plain form",
    "0x7f.0.0.1": "not an address in plain form",
    "0177.0.0.1": "not an address in plain form",
    "127.0.0.01": "not an address in plain form",
    "localhost": "not an address in plain form",
    "": "not an address in plain form",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_accepted(address: str) -> None:
    assert judge_address(address) is None


@pytest.mark.parametrize(("address", "reason"), REFUSED.items())
def test_others_are_refused_with_the_reason(address: str, reason: str) -> None:
    assert judge_address(address) == reason


WRAPPINGS = {
    "mapped": lambda number: IPv6Address(0xFFFF << 32 | number),
    "NAT64": lambda number: IPv6Address(0x64FF9B << 96 | number),
    "6to4": lambda number: IPv6Address(0x2002 << 112 | number << 80 | 1),
    "Teredo client": lambda number: IPv6Address(0x20010000 << 96 | 0x08080808 << 64 | (number ^ 0xFFFFFFFF)),
    "Teredo server": lambda number: IPv6Address(0x20010000 << 96 | number << 64 | (0x08080808 ^ 0xFFFFFFFF)),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@given(number=st.integers(0, 2**32 - 1))
def test_a_wrapped_address_is_judged_as_what_it_comes_out_at(wrapping: str, number: int) -> None:
    inner = IPv4Address(number)
    outer = WRAPPINGS[wrapping](number)
    assert inner in {found for _, found in wrapped(outer)}
    assert (judge_address(outer) is None) == (judge_address(inner) is None)


@given(st.ip_addresses(v=4))
def test_nothing_the_standard_library_calls_special_is_accepted(address: IPv4Address) -> None:
    special = address.is_private or address.is_multicast or address.is_reserved or address.is_loopback
    if special or address.is_link_local or address.is_unspecified:
        assert judge_address(address) is not None


@given(st.ip_addresses(v=6))
def test_nothing_outside_global_unicast_is_accepted_unless_it_wraps_a_public_address(address: IPv6Address) -> None:
    if int(address) >> 125 != 1 and not wrapped(address):
        assert judge_address(address) is not None

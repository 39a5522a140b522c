"""Which IP addresses a user may make us connect to: global unicast only, whatever form the address is wrapped in.

Our own table, from the IANA special-purpose registries (RFC 6890) as of 2025: the standard library calls several of
these global. One more is a cloud's own: within it, it hands out keys, though the registries know it as any other. Knows
addresses only; names are outbound_http's.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_REFUSED_4: Sequence[tuple[IPv4Network, str]] = tuple(
    (IPv4Network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "metadata of the Azure cloud"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("255.255.255.255/32", "broadcast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_REFUSED_6: Sequence[tuple[IPv6Network, str]] = tuple(
    (IPv6Network(network), reason)
    for network, reason in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", "IPv4-compatible"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discard only"),
        ("100:0:0:1::/64", "dummy prefix"),
        ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"),
        ("3ffe::/16", "returned to the registry"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "unique local"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_TEREDO = IPv6Network("2001::/32")
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


def judge_address(address: str | IPv4Address | IPv6Address) -> str | None:
    """Why this address is refused, in a few words, or None when it may be connected to.

    A text must be the plain form: four decimal numbers without leading zeros, or IPv6 without a zone.
    """
    if isinstance(address, str):
        try:
            address = ip_address(address)
        except ValueError:
            return "not an address in plain form"
    if isinstance(address, IPv4Address):
        return next((reason for network, reason in _REFUSED_4 if address in network), None)
    if address.scope_id is not None:
        return "bound to a zone"
    for form, inner in wrapped(address):
        if reason := judge_address(inner):
            return f"{form} of {inner}, {reason}"
    if address in _MAPPED or address in _NAT64 or address in _TEREDO:
        return None
    for network, reason in _REFUSED_6:
        if address in network:
            return reason
    return None if address in _GLOBAL_UNICAST else "not global unicast"


def wrapped(address: IPv6Address) -> tuple[tuple[str, IPv4Address], ...]:
    """The IPv4 addresses that packets to this address come out at, with the name of the wrapping.

    Mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo (RFC 4380: server, and client with its bits turned),
    ISATAP (RFC 5214).
    """
    number = int(address)
    last = IPv4Address(number & 0xFFFFFFFF)
    if address in _MAPPED:
        return (("mapped form", last),)
    if address in _NAT64:
        return (("NAT64 form", last),)
    if address in _SIX_TO_FOUR:
        return (("6to4 form", IPv4Address(number >> 80 & 0xFFFFFFFF)),)
    if address in _TEREDO:
        server = IPv4Address(number >> 64 & 0xFFFFFFFF)
        return (("Teredo form", server), ("Teredo form", IPv4Address(~number & 0xFFFFFFFF)))
    if number >> 32 & 0xFFFFFFFF in _ISATAP:
        return (("ISATAP form", last),)
    return ()

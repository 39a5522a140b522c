"""What outbound_http may do, and the judgement of one address before anything is opened. Pure functions of values."""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Annotated, Any

import httpx
from pydantic import BeforeValidator, Field

from moisson_shared.adapters.address_rules import judge_address
from moisson_shared.adapters.outbound_errors import AddressRefused, BadAddress
from moisson_shared.contracts.model import Contract

MOST_CHARACTERS = 4096
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_NUMERIC = re.compile(r"https?://[0-9.]+(?=[:/?#]|\Z)", re.IGNORECASE)
_PLAIN = re.compile(
    r"(https?)://([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::([1-9][0-9]{3,4}))?(/(?:[A-Za-z0-9_.~!$&()*+,;=:@/?-]|%[0-9A-F]{2})*)"
)
"""An address in the one spelling that no two parsers read differently, as canonical addresses of pages have it."""
_PORTS = {"http": 80, "https": 443}
# WHATWG Fetch, "port blocking": a line of HTTP would be taken for a command there.
# fmt: off
_NOT_FOR_THE_WEB = frozenset((
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
    111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
    540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
    6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
))
# fmt: on


def _pair(given: Any) -> Any:
    if isinstance(given, str):
        host, _, port = given.rpartition(":")
        given = (host.removeprefix("[").removesuffix("]"), port)
    if not isinstance(given, tuple | list) or len(given) != 2 or not given[0]:
        raise ValueError("write host:port, e.g. 127.0.0.1:8111")
    return str(given[0]).lower().rstrip("."), given[1]


Target = Annotated[tuple[str, Annotated[int, Field(ge=1, le=65535)]], BeforeValidator(_pair)]
"""A host as it stands in addresses, and a port: `("127.0.0.1", 8111)`, or the text `127.0.0.1:8111`."""


class OutboundPolicy(Contract):
    """Limits of every fetch, and the targets that are exempt from the address rules (none by default).

    An exempt target is that text and that port: another name of the same machine, or another port, is not exempt.
    """

    allow: frozenset[Target] = frozenset()
    user_agent: str = Field(default="Moisson/0.1", description="Operators add an address where they can be reached.")
    max_bytes: int = Field(default=20_000_000, ge=1, description="Of one body, on the wire and unpacked.")
    max_redirects: int = Field(default=5, ge=0, le=20)
    connect_seconds: float = Field(default=10.0, gt=0)
    read_seconds: float = Field(default=20.0, gt=0, description="Between two pieces of an answer.")
    total_seconds: float = Field(default=60.0, gt=0, description="For one request, redirects included.")
    max_connections: int = Field(default=100, ge=1)


@dataclass(frozen=True, slots=True)
class Destination:
    """An address that may be asked for, as far as can be told before its name is looked up; `url` is ASCII."""

    url: str
    scheme: str
    host: str
    port: int
    exempt: bool

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port (RFC 6454): headers of the caller stay within one."""
        return self.scheme, self.host, self.port


def destination(address: str, policy: OutboundPolicy) -> Destination:
    """Judges an address. Raises `BadAddress` when it cannot be asked for and `AddressRefused` when it must not be."""
    if len(address) > MOST_CHARACTERS:
        raise BadAddress(address, f"an address has at most {MOST_CHARACTERS} characters")
    plain = _PLAIN.fullmatch(address)
    if plain is None or "/." in plain[4] or "xn--" in plain[2]:
        return _cleaned(address, policy)
    scheme, host = plain[1], plain[2]
    port = int(plain[3]) if plain[3] else _PORTS[scheme]
    return _judged(address, address, scheme, host, port, policy) if port < 65536 else _cleaned(address, policy)


def _cleaned(text: str, policy: OutboundPolicy) -> Destination:
    """Of an address in any spelling."""
    if _FORBIDDEN.search(text):
        raise BadAddress(text, "blanks, control characters and backslashes must be percent-encoded")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        if _NUMERIC.match(text):
            raise AddressRefused(text, "its host is a number, but not an address in plain form") from error
        raise BadAddress(text, f"this is not an address ({error})") from error
    if url.scheme not in _PORTS:
        raise BadAddress(text, "only http and https are fetched")
    if url.userinfo:
        raise BadAddress(text, "a user name or password must not stand in an address")
    host = url.raw_host.decode("ascii").lower().removesuffix(".")
    port = url.port if url.port is not None else _PORTS[url.scheme]
    if not host or not 0 < port < 65536:
        raise BadAddress(text, "it has no host, or a port that does not exist")
    if not _is_readable(url):
        raise BadAddress(text, f"{host} is not the name of a host")
    # The cleaned host is what is asked for, so that no other parser on the way can read another one.
    clean = url if url.raw_host == host.encode() and "#" not in text else url.copy_with(host=host, fragment=None)
    return _judged(text, str(clean), url.scheme, host, port, policy)


def _judged(text: str, clean: str, scheme: str, host: str, port: int, policy: OutboundPolicy) -> Destination:
    if (host, port) in policy.allow:
        return Destination(clean, scheme, host, port, exempt=True)
    if reason := _refusal(host, port):
        raise AddressRefused(text, reason)
    if ":" not in host and not _HOST.fullmatch(host):
        raise BadAddress(text, f"{host} is not the name of a host")
    return Destination(clean, scheme, host, port, exempt=False)


def _is_readable(url: httpx.URL) -> bool:
    """Whether the international names in it (`xn--…`) can be decoded, as httpx does when a request is made."""
    if b"xn--" not in url.raw_host:
        return True
    try:
        return bool(url.host)
    except UnicodeError:
        return False


@lru_cache(maxsize=1024)
def _refusal(host: str, port: int) -> str | None:
    if port in _NOT_FOR_THE_WEB:
        return f"port {port} belongs to another protocol"
    if ":" in host:
        try:
            reason = judge_address(IPv6Address(host))
        except ValueError:
            return f"{host} is not an address in plain form"
        return f"{host} is not public ({reason})" if reason else None
    last = host.rpartition(".")[2]
    if _NUMBER.fullmatch(last):
        # 2130706433, 0177.0.0.1, 0x7f.1 and 127.1 are all 127.0.0.1 to some parser on the way (WHATWG URL, 3.5).
        reason = judge_address(host)
        return f"{host} is not public ({reason})" if reason else None
    if last == "localhost":
        return f"{host} is this machine (RFC 6761)"
    return None

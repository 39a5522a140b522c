"""What is sent: a request as a value, how a redirect changes it, and which headers may come from a user."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

import httpx

from moisson_shared.adapters.body_decoding import ACCEPTED
from moisson_shared.adapters.outbound_errors import BadAddress
from moisson_shared.adapters.outbound_policy import Destination, OutboundPolicy

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OURS = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization"}
    | {"proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
_HARMLESS = frozenset({"accept", "accept-encoding", "accept-language", "user-agent"})
"""What another site may see of a request; anything else (authorization, cookies, API keys) stays with the first."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class RequestHeaders:
    """Header pairs that were checked once."""

    every: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, url: str, given: Mapping[str, str], policy: OutboundPolicy) -> Self:
        """The caller's headers with ours; raises `BadAddress` for one that cannot or must not be sent."""
        pairs = {"user-agent": policy.user_agent, "accept": "*/*"}
        for name, value in given.items():
            key = _header_name(name)
            if key is None:
                raise BadAddress(url, f"the header {name!r} cannot be chosen")
            if _CONTROL.search(value):
                raise BadAddress(url, f"the header {name!r} has a control character in its value")
            pairs[key] = value
        return cls((*pairs.items(), ("accept-encoding", ACCEPTED)))

    def harmless(self) -> Self:
        """Only those that another origin may see."""
        return replace(self, every=tuple(pair for pair in self.every if pair[0] in _HARMLESS))

    def without_content(self) -> Self:
        """Without those that describe a body."""
        return replace(self, every=tuple(pair for pair in self.every if not pair[0].startswith("content-")))


@lru_cache(maxsize=256)
def _header_name(given: str) -> str | None:
    """In lower case; None where it is no name, or not the caller's to choose."""
    name = given.lower()
    return name if _TOKEN.fullmatch(name) and name not in _OURS else None


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to one destination."""

    method: str
    target: Destination
    headers: RequestHeaders
    content: bytes | None

    def sent_on(self, status: int, target: Destination) -> Self:
        """What is asked after a redirect (RFC 9110, 15.4): another origin gets no header that could be a secret."""
        asked = replace(self, target=target)
        if target.origin != self.target.origin:
            asked = replace(asked, headers=self.headers.harmless())
        if (status == 303 and self.method != "HEAD") or (status in {301, 302} and self.method == "POST"):
            asked = replace(asked, method="GET", content=None, headers=asked.headers.without_content())
        return asked


def redirected(url: str, status: int, location: str | None) -> str | None:
    """The absolute address that an answer leads on to, or None when it is an answer of its own."""
    if status not in _REDIRECTS or not location:
        return None
    try:
        return str(httpx.URL(url).join(location.strip()))
    except (httpx.InvalidURL, ValueError) as error:
        raise BadAddress(location, f"{url} leads on to something that is not an address ({error})") from error

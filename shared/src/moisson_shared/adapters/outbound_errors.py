"""How a fetch can fail. Each kind has a reason under which it is counted, and says whether trying again may help.

FetchFailed
├── BadAddress         not an http(s) address that can be asked for
├── AddressRefused     leads to where users must not make us go; never tried again
├── NameNotFound       the name has no address
├── ConnectionFailed   refused, reset, or ended early
│   └── BadCertificate TLS could not be agreed on
├── FetchTimeout       too slow, in connecting, in between, or altogether
├── TooManyRedirects   more than the policy follows, or round in a circle
├── BodyTooLarge       more bytes than wanted, on the wire or unpacked
└── BadAnswer          not HTTP, a flood of headers, or a body that cannot be unpacked
"""

from typing import ClassVar


class FetchFailed(Exception):
    """A fetch without an answer; `str()` is one sentence for people, with the address."""

    reason: ClassVar[str] = "fetch-failed"
    transient: ClassVar[bool] = False

    def __init__(self, url: str, message: str) -> None:
        super().__init__(f"{shown(url)}: {message}")
        self.url = url


class BadAddress(FetchFailed):
    """Not an http(s) address that can be asked for."""

    reason = "bad-address"


class AddressRefused(FetchFailed):
    """It leads to where users must not make us go. Trying again is pointless, and following it up is the operator's."""

    reason = "address-refused"


class NameNotFound(FetchFailed):
    """The name has no address, at least not now."""

    reason = "name-not-found"
    transient = True


class ConnectionFailed(FetchFailed):
    """The connection was refused, reset, or ended before the answer was complete."""

    reason = "connection-failed"
    transient = True


class BadCertificate(ConnectionFailed):
    """TLS could not be agreed on: an expired or foreign certificate, most often."""

    reason = "bad-certificate"
    transient = False


class FetchTimeout(FetchFailed):
    """Too slow: in connecting, between two pieces, or altogether."""

    reason = "timeout"
    transient = True


class TooManyRedirects(FetchFailed):
    """More redirects than the policy follows, or round in a circle."""

    reason = "too-many-redirects"


class BodyTooLarge(FetchFailed):
    """More bytes than wanted, on the wire or unpacked."""

    reason = "body-too-large"


class BadAnswer(FetchFailed):
    """Not HTTP, a flood of headers, or a body that cannot be unpacked."""

    reason = "bad-answer"


def shown(url: str) -> str:
    """The address as it may stand in a message: short, on one line."""
    text = "".join(char if char.isprintable() else "�" for char in url)
    return text if len(text) <= 200 else text[:199] + "…"

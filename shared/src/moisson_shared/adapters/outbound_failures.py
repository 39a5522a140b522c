"""What surfaces when a fetch fails, as one of our errors."""

from collections.abc import Iterator

import aiohttp

from moisson_shared.adapters.guarded_session import Refused
from moisson_shared.adapters.outbound_errors import (
    AddressRefused,
    BadAddress,
    BadAnswer,
    BadCertificate,
    ConnectionFailed,
    FetchFailed,
    FetchTimeout,
    NameNotFound,
)
from moisson_shared.adapters.outbound_policy import Destination

# The first that matches decides; the special ones stand before what they derive from.
_KINDS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], type[FetchFailed], str], ...] = (
    ((aiohttp.ServerTimeoutError, TimeoutError), FetchTimeout, "the site is too slow"),
    ((aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError), BadCertificate, "no TLS"),
    (aiohttp.ClientConnectorDNSError, NameNotFound, "the name has no address"),
    (aiohttp.InvalidURL, BadAddress, "this cannot be asked for"),
    (aiohttp.ClientResponseError, BadAnswer, "the answer is not HTTP as it should be"),
    (aiohttp.ClientPayloadError, ConnectionFailed, "the answer ended too early"),
    (aiohttp.ServerDisconnectedError, ConnectionFailed, "the site hung up without an answer"),
    (aiohttp.ClientConnectorError, ConnectionFailed, "no connection"),
    ((aiohttp.ClientError, OSError), ConnectionFailed, "the connection broke"),
)


def failure_of(target: Destination, error: BaseException) -> FetchFailed:
    """Our error for one of aiohttp or the system."""
    url = target.url
    chain = tuple(_chain(error))
    for cause in chain:
        if isinstance(cause, Refused):
            return AddressRefused(url, str(cause))
    # aiohttp's own first: it says more than the system's error that it may stand around.
    for cause in sorted(chain, key=lambda one: not isinstance(one, aiohttp.ClientError)):
        for kinds, failure, message in _KINDS:
            if isinstance(cause, kinds):
                return failure(url, _sentence(message, cause))
    return BadAnswer(url, _sentence("the answer is not HTTP as it should be", error))


def _sentence(message: str, cause: BaseException) -> str:
    said = " ".join(str(cause).split())
    return f"{message} ({said[:200]})" if said else message


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    here: BaseException | None = error
    while here is not None and id(here) not in seen:
        seen.add(id(here))
        yield here
        here = here.__cause__ or here.__context__

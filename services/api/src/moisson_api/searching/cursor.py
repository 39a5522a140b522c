"""Where a page goes on, as an opaque text: signed, and bound to corpus, version, query and level. Pure.

The text is base64url (RFC 4648, 5) of 16 octets of HMAC-SHA256 followed by JSON: version, binding, sort values.
"""

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

import orjson
from pydantic import TypeAdapter, ValidationError

from moisson_api.searching.query_string import pointer
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.errors import CursorExpired, Fault, Invalid
from moisson_shared.contracts.project import Scalar
from moisson_shared.contracts.search import SearchQuery

_SIGNATURE_SIZE = 16
_LONGEST = 8192
_PURPOSE = b"moisson search cursor 1\0"
_PAYLOAD: TypeAdapter[tuple[int, str, tuple[Scalar | None, ...]]] = TypeAdapter(
    tuple[int, str, tuple[Scalar | None, ...]]
)


@dataclass(frozen=True, slots=True)
class Position:
    """What a cursor says: the version its page came from, and the sort values of the last hit there."""

    version: int
    after: tuple[Scalar | None, ...]


def write_cursor(key: bytes, corpus: str, query: SearchQuery, level: AccessLevel, position: Position) -> str:
    """The cursor of the page that begins after `position`."""
    payload = orjson.dumps((position.version, _binding(corpus, query, level), position.after))
    return urlsafe_b64encode(_signature(key, payload) + payload).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class OpenedCursor:
    """A cursor that this installation wrote, before it is known whether it belongs to the search at hand."""

    position: Position
    binding: str

    def check(self, corpus: str, query: SearchQuery, level: AccessLevel) -> Position:
        """The position, or `CursorExpired` for a cursor of another corpus, query or level."""
        if not hmac.compare_digest(self.binding, _binding(corpus, query, level)):
            raise CursorExpired("this cursor belongs to another search or another sign-in; begin at the first page")
        return self.position


def open_cursor(key: bytes, text: str) -> OpenedCursor:
    """What a cursor says. `Invalid` for a text we never wrote."""
    payload = _opened(key, text)
    if payload is None:
        message = "this is not a cursor of this service; take it from `next`, unchanged"
        raise Invalid(message, (Fault(pointer("cursor"), message),))
    version, binding, after = payload
    return OpenedCursor(Position(version, after), binding)


def _opened(key: bytes, text: str) -> tuple[int, str, tuple[Scalar | None, ...]] | None:
    if not text.isascii() or len(text) > _LONGEST:
        return None
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    signature, payload = raw[:_SIGNATURE_SIZE], raw[_SIGNATURE_SIZE:]
    if not hmac.compare_digest(signature, _signature(key, payload)):
        return None
    # Whoever changes a letter that base64 ignores has not written what we wrote.
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        return None
    try:
        return _PAYLOAD.validate_json(payload)
    except ValidationError:
        return None


def _signature(key: bytes, payload: bytes) -> bytes:
    return hmac.new(key, _PURPOSE + payload, hashlib.sha256).digest()[:_SIGNATURE_SIZE]


def _binding(corpus: str, query: SearchQuery, level: AccessLevel) -> str:
    """What must stay the same from page to page; page size, facets and highlights may change."""
    same = (
        corpus,
        level.value,
        query.text,
        sorted((name, sorted(values)) for name, values in query.filters.items()),
        sorted((name, bounds.least, bounds.most) for name, bounds in query.ranges.items()),
        None if query.bbox is None else tuple(query.bbox.model_dump().values()),
        [(key.field, key.descending) for key in query.sort],
    )
    return hashlib.blake2b(orjson.dumps(same), digest_size=12).hexdigest()

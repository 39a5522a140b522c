"""Hashes of content: the same for the same JSON, whatever the order of its keys."""

import hashlib
import json
from collections.abc import Iterable

import orjson

from moisson_shared.contracts.model import JsonObject

_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
BYTES = 16


def canonical_json(value: object) -> bytes:
    """JSON in UTF-8 with sorted keys and no blanks; numbers as Python writes them, so 1 and 1.0 differ."""
    # orjson is twenty times faster. It writes other numbers than Python where they have a fraction or an exponent, and
    # refuses what is deep, long or no JSON.
    try:
        fast = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return _encoder.encode(value).encode()
    return fast if _are_written_alike((value,)) else _encoder.encode(value).encode()


def _are_written_alike(values: Iterable[object]) -> bool:
    """Whether Python writes what came through orjson in the same way: it is not deep then, and has texts for names."""
    for value in values:
        kind = type(value)
        if kind is str:
            continue
        if isinstance(value, dict):
            if not _are_written_alike(value.values()):
                return False
        elif isinstance(value, list | tuple):
            if not _are_written_alike(value):
                return False
        elif kind is not int and value is not None and kind is not bool:
            return False
    return True


def fingerprint_of(value: object) -> bytes:
    """blake2b-128 over the canonical JSON."""
    return digest_of(canonical_json(value))


def digest_of(content: bytes) -> bytes:
    """blake2b-128."""
    return hashlib.blake2b(content, digest_size=BYTES).digest()


def content_hash(values: JsonObject, url: str | None) -> str:
    """A raw record's hash: over `values` and `url`, hexadecimal."""
    return digest_of(canonical_json([values, url])).hex()


def text_digest(text: str) -> bytes:
    """blake2b-128 of a text: a fixed size for sets of many addresses or keys."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=BYTES).digest()

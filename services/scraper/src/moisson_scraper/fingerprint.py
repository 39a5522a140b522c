"""Hashes of content: the same for the same JSON, whatever the order of its keys."""

import hashlib

from moisson_scraper.compact_json import compact_json
from moisson_shared.contracts.model import JsonObject

BYTES = 16


def canonical_json(value: object) -> bytes:
    """JSON in UTF-8 with sorted keys and no blanks; 1 and 1.0 differ."""
    return compact_json(value, sort_keys=True)


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

"""What makes a record the one it was: its key, by fields, by page address, or by content."""

import re
from unicodedata import normalize

from moisson_scraper.fingerprint import canonical_json, content_hash, text_digest
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.spider import Identity, KeyByContent, KeyByFields, KeyByUrl

_BLANKS = re.compile(r"\s+")
LONGEST_KEY = 1000


def key_of(identity: Identity, values: JsonObject, url: str | None) -> str | None:
    """The key of an item; None where there is nothing to make one of (all of its fields blank, no address)."""
    match identity:
        case KeyByUrl():
            return url
        case KeyByContent():
            return content_hash(values, url)
        case KeyByFields(fields=fields):
            parts = [_part(values.get(name)) for name in fields]
            if not any(parts):
                return None
            key = parts[0] if len(parts) == 1 else canonical_json(parts).decode()
            if not key.isascii():
                key = normalize("NFC", key)  # a letter and its accent may be one character or two: nobody sees which
            return key if len(key) <= LONGEST_KEY else f"{key[: LONGEST_KEY - 33]} {text_digest(key).hex()}"


def _part(value: object) -> str:
    """A value as part of a key: blanks in a row count as one, for pages are reformatted more often than rewritten."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return canonical_json(value).decode() if value else ""
    return _BLANKS.sub(" ", str(value)).strip()

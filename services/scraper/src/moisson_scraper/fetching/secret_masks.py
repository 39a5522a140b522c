"""Brings secrets in answers back to their placeholders, in whatever spelling a site repeats them. Pure.

A site may answer with what it was sent (`"next": "https://…?token=…"`), each character as it is, percent-encoded, even
twice, or escaped for JSON or HTML, as it likes; in UTF-8 or UTF-16. RE2 looks for all of these at once, in a time that
grows with the answer only. A site that repeats a secret otherwise (backwards, as a hash) has made something of its own.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import re2

from moisson_scraper.reading.source_reader import FetchedPage

_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_MOST_MEMORY = 64 << 20
"""Bytes that RE2 may take for one secret; a long one needs more than its default. See also `MOST_ESCAPED`."""


class Masks:
    """`shown` are the placeholders of the secrets, by value."""

    def __init__(self, shown: Mapping[str, str]) -> None:
        # The longest first: one secret may stand within another one.
        self._masks = [
            (encoding, _pattern(value, encoding), shown[value].encode(encoding))
            for value in sorted(shown, key=lambda value: (-len(value), value))
            for encoding in _ENCODINGS
        ]

    def text(self, text: str) -> str:
        """A text without any of the secrets."""
        octets = text.encode("utf-8", "surrogatepass")
        for encoding, pattern, shown in self._masks:
            if encoding == "utf-8":
                octets = pattern.sub(shown, octets)
        return octets.decode("utf-8", "surrogatepass")

    def page(self, page: FetchedPage) -> FetchedPage:
        """A page without any of the secrets: address, headers and body."""
        body = page.body
        for _, pattern, shown in self._masks:
            body = pattern.sub(shown, body)
        return replace(
            page,
            address=self.text(page.address),
            content_type=self.text(page.content_type),
            headers=tuple((name, self.text(value)) for name, value in page.headers),
            body=body,
        )


def _pattern(value: str, encoding: str) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = _MOST_MEMORY
    options.log_errors = False
    options.longest_match = True  # one spelling may be the beginning of another one
    each = (b"|".join(re2.escape(one.encode(encoding)) for one in spellings(character)) for character in value)
    return re2.compile(b"".join(b"(?:" + one + b")" for one in each), options)


def spellings(character: str) -> tuple[str, ...]:
    """How a printable ASCII character may stand in an address, JSON or HTML. Unreserved ones (RFC 3986, 2.3)
    need no escape."""
    if character in _PLAIN:
        return (character,)
    code = ord(character)
    found = {f"%{again}{digits}" for again in ("", "25", "2525") for digits in (f"{code:02X}", f"{code:02x}")}
    found |= {f"\\u{code:04x}", f"\\u{code:04X}"}
    found |= {f"&#{code};", f"&#0{code};", f"&#x{code:x};", f"&#x{code:X};", f"&#X{code:X};"}
    if character in _ENTITIES:
        found.add(f"&{_ENTITIES[character]};")
    if character in '"\\/':
        found.add(f"\\{character}")
    if character == " ":
        found.add("+")
    return (character, *sorted(found))

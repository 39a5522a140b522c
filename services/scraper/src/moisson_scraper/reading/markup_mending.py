"""Two faults that break much XML of the web, mended in the text before it is parsed, so that nothing is lost by them:
a bare `&`, and HTML's names of characters, which XML does not know."""

import re
from html import escape
from html.entities import html5

from moisson_scraper.reading.notice import Notice

_AMPERSAND = re.compile(r"&(?:(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});)?")
_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
MOST_LOOKED_AT = 1_000_000
"""A text with more is left as it is: it costs more time than a text in good faith can need."""
_OPEN, _CLOSE = "<![CDATA[", "]]>"


def mend_ampersands(text: str) -> tuple[str, int]:
    """The text with every `&` as XML has it, and how many were changed. What stands in CDATA stays as it is."""
    if not 0 < text.count("&") <= MOST_LOOKED_AT:
        return text, 0
    parts: list[str] = []
    mended = position = 0
    while position < len(text):
        start = text.find(_OPEN, position)
        outside = text[position:] if start < 0 else text[position:start]
        changed, count = _mended(outside)
        parts.append(changed)
        mended += count
        if start < 0:
            break
        end = text.find(_CLOSE, start)
        end = len(text) if end < 0 else end + len(_CLOSE)
        parts.append(text[start:end])
        position = end
    return "".join(parts), mended


def mended_xml(text: str, place: str) -> tuple[str, tuple[Notice, ...]]:
    """The text with every `&` as XML has it, and what is to be said of that."""
    mended, count = mend_ampersands(text)
    if not count:
        return mended, ()
    message = "Bare & and HTML's names of characters, which XML does not know, were mended."
    return mended, (Notice("mended-markup", message, place, count),)


def _mended(text: str) -> tuple[str, int]:
    count = 0

    def one(match: re.Match[str]) -> str:
        nonlocal count
        name = match[1]
        if name is not None and (name in _XML or _is_character(name)):
            return match[0]
        count += 1
        known = html5.get(f"{name};") if name is not None else None
        return escape(known) if known is not None else f"&amp;{match[0][1:]}"

    return _AMPERSAND.sub(one, text), count


def _is_character(name: str) -> bool:
    """Whether `#233` or `#xE9` names a character that XML can have (XML 1.0, 2.2)."""
    if not name.startswith("#") or name.startswith("#X"):
        return False
    code = int(f"0{name[1:]}", 0) if name.startswith("#x") else int(name[1:])
    return code in {9, 10, 13} or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000

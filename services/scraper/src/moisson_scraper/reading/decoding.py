"""From bytes to text: byte order mark, what the partner stated, HTTP, the page's own word, then a guess.

The order is that of the HTML standard (13.2.3.2), with one addition: where the declared encoding plainly does not hold
and another plainly does, the text is read as what it is, and that is counted.
"""

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, resolve_encoding

from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.western_encodings import likeliest_encoding

SAMPLE_BYTES = 65_536
"""How much of a file is looked at to guess its encoding."""
_FALLBACK = "cp1252"
_NOT_FOR_TEXT = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7"})
"""What Python calls text encodings and no page is written in; punycode takes the square of a page's length."""
_XML_DECLARATION = re.compile(rb"<\?xml[^>]{0,200}?encoding\s{0,20}=\s{0,20}[\"']([A-Za-z0-9._:-]{1,40})")
_NOT_IN_XML = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class DecodedText:
    """Text without NUL, the encoding it was read with, and what had to be replaced."""

    text: str
    encoding: str
    notices: tuple[Notice, ...] = ()


def known_encoding(name: str) -> str | None:
    """Python's name of a text encoding as the web writes it (`latin1` is windows-1252 there); None for no encoding."""
    found = resolve_encoding(name)
    if found is None or found.replace("_", "-") in _NOT_FOR_TEXT:
        return None
    try:
        bytes(4).decode(found)  # a LookupError where it is no encoding of text; four, for those that need as many
    except (LookupError, UnicodeError):
        return None
    return found


def decode_html(body: bytes, content_type: str, place: str, stated: str | None = None) -> DecodedText:
    """The text of an HTML page."""
    marked = _marked(body)
    if marked is not None:
        return _read(body[len(marked[0]) :], marked[1], place)
    if stated is not None:
        return _read(body, known_encoding(stated) or _FALLBACK, place)
    by_http = _said_by_http(content_type)
    declared = by_http or known_encoding(html_body_declared_encoding(body) or "")
    if declared is None:
        return _read(body, _undeclared(body), place)
    if declared.startswith("utf-16") and by_http is None:
        declared = "utf-8"  # HTML standard, 13.2.3.3: a page that says so in ASCII is not UTF-16
    return _checked(body, declared, place)


def decode_file(body: bytes, content_type: str, place: str, stated: str | None = None) -> DecodedText:
    """The text of a file that carries no declaration of its own (CSV)."""
    marked = _marked(body)
    if marked is not None:
        return _read(body[len(marked[0]) :], marked[1], place)
    if stated is not None:
        return _read(body, known_encoding(stated) or _FALLBACK, place)
    declared = _said_by_http(content_type)
    if declared is not None and b"\x00" not in body[:SAMPLE_BYTES]:
        return _checked(body, declared, place)
    return _read(body, _undeclared(body), place)


def decode_xml(body: bytes, content_type: str, place: str, stated: str | None = None) -> DecodedText:
    """The text of an XML document or feed (XML 1.0, 4.3.3 and appendix F; RFC 7303, 3). Characters that XML cannot have
    are replaced and counted, so that one of them does not cost the whole document."""
    declared = _XML_DECLARATION.match(body[:1000].lstrip())
    said = known_encoding(declared[1].decode("ascii", "replace")) if declared else None
    if _marked(body) is None and stated is None and http_content_type_encoding(content_type) is None and said:
        # A declaration that can be read as ASCII is not in UTF-16.
        decoded = _checked(body, "utf-8" if said.startswith(("utf-16", "utf-32")) else said, place)
    else:
        decoded = decode_file(body, content_type, place, stated)
    text, odd = _NOT_IN_XML.subn("\ufffd", decoded.text)
    if not odd:
        return decoded
    message = "Control characters, which XML cannot have, were replaced by U+FFFD."
    return DecodedText(text, decoded.encoding, (*decoded.notices, Notice("control-characters", message, place, odd)))


@lru_cache(maxsize=256)
def _said_by_http(content_type: str) -> str | None:
    """Cached: the pages of a site say the same."""
    return known_encoding(http_content_type_encoding(content_type) or "")


def _marked(body: bytes) -> tuple[bytes, str] | None:
    return next(((mark, name) for mark, name in _MARKS if body.startswith(mark)), None)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _undeclared(body: bytes) -> str:
    if _is_utf8(body) and b"\x00" not in body[:SAMPLE_BYTES]:
        return "utf-8"
    sample = body[:SAMPLE_BYTES]
    if b"\x00" in sample:
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        if max(even, odd) > len(sample) // 5 and min(even, odd) < len(sample) // 50 + 1:
            return "utf-16-be" if even > odd else "utf-16-le"
        return "utf-8" if _is_utf8(body) else _FALLBACK
    return likeliest_encoding(sample)


def _checked(body: bytes, declared: str, place: str) -> DecodedText:
    """The declared encoding, unless it plainly does not hold."""
    wide = declared.startswith(("utf-16", "utf-32"))
    if wide and b"\x00" not in body[:SAMPLE_BYTES] and _is_utf8(body):
        return _read(body, "utf-8", place, said=declared)  # markup and digits have zeros in these
    if body.isascii():
        return _read(body, declared, place)
    if declared == "utf-8":
        decoded = _read(body, declared, place)
        # Some of it holds: bytes that do not are a fault of the page, and not another encoding.
        if not decoded.notices or any(ord(character) > 127 for character in body.decode("utf-8", "ignore")):
            return decoded
        return _read(body, _undeclared(body), place, said=declared)
    if not wide and _is_utf8(body):
        return _read(body, "utf-8", place, said=declared)
    return _read(body, declared, place)


def _read(body: bytes, encoding: str, place: str, said: str | None = None) -> DecodedText:
    notices = []
    if said is not None:
        message = f"The text says that it is {said} but is {encoding}; it was read as what it is."
        notices.append(Notice("wrong-charset", message, place))
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        text = body.decode(encoding, "replace")
        bad = max(1, text.count("�"))
        message = "Bytes that mean nothing in the text's encoding were replaced by U+FFFD."
        notices.append(Notice("invalid-bytes", message, place, bad))
    text = text.lstrip("\ufeff")  # a file that was marked twice: a mark is no part of the text
    if "\x00" in text:
        notices.append(Notice("nul-bytes", "NUL characters were replaced by U+FFFD.", place, text.count("\x00")))
        text = text.replace("\x00", "�")
    return DecodedText(text, encoding, tuple(notices))

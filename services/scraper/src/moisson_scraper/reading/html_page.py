"""An HTML page as a tree: decoded, parsed with a bound on its depth, with its base address (HTML standard, 2.4.3)."""

import re
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from moisson_scraper.reading.addresses import LONGEST, join_address
from moisson_scraper.reading.crowded_tags import MOST_ATTRIBUTES, has_crowded_tag
from moisson_scraper.reading.decoding import DecodedText, decode_html
from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.selectors import Node
from moisson_scraper.reading.source_reader import FetchedPage

_HTML_TYPES = frozenset({"", "text/html", "application/xhtml+xml", "text/plain", "application/octet-stream"})
_OTHER_FORMATS = (b"%PDF-", b"PK\x03\x04", b"GIF8", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b", b"BM6", b"RIFF")
_MOST_DEPTH = 254
_BASE = re.compile(r"<base\b", re.IGNORECASE)
"""A page without this needs no look through its tree."""
_WHOLE = re.compile(r"<(?:!doctype|html|body)\b", re.IGNORECASE)
_BEGINNING = 2000
"""Characters in which a whole page says that it is one."""
_base: Any = etree.XPath("//base[@href]/@href", smart_strings=False)
_text: Any = etree.XPath("string()", smart_strings=False)


@dataclass(slots=True)
class LooksLeft:
    """What of a page may still be looked at for structured data, by all its items together; None before any."""

    elements: int | None = None
    """Of microdata."""
    characters: int | None = None
    """Of JSON-LD."""


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """The root element, and what relative addresses in the page are relative to."""

    root: Node
    base: str
    encoding: str
    notices: tuple[Notice, ...]
    looks: LooksLeft = field(default_factory=LooksLeft, compare=False)

    def absolute(self, reference: str) -> str | None:
        """A reference of this page made absolute; None where it is no address."""
        return join_address(self.base, reference, self.encoding)


def parse_html(page: FetchedPage, stated_encoding: str | None = None, context: str = "") -> HtmlPage:
    """The tree of a page; raises `Unreadable` for what is no HTML or holds nothing. See `parse_text` for `context`."""
    _refuse_other_formats(page)
    return parse_text(decode_html(page.body, page.content_type, page.address, stated_encoding), page.address, context)


def parse_text(decoded: DecodedText, address: str, context: str = "") -> HtmlPage:
    """The tree of a text; raises `Unreadable` for one that holds nothing.

    A piece of a page is read behind its `context`, the markup in front of it; a whole page stands for itself.
    """
    if not decoded.text or decoded.text.isspace():
        raise Unreadable("empty-body", "The page is empty.")
    text = decoded.text if _WHOLE.search(decoded.text, 0, _BEGINNING) else context + decoded.text
    markup = text.encode("utf-8", "replace")
    if has_crowded_tag(markup):
        message = f"The page has a tag of more than {MOST_ATTRIBUTES:,} attributes, which would take too long to read."
        raise Unreadable("too-many-attributes", message)
    # NUL is gone from the text; the parser is told the encoding, so a declaration inside cannot mislead it.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True)
    try:
        root = etree.fromstring(markup, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if any(entry.type_name == "ERR_NO_MEMORY" for entry in parser.error_log):
            raise MemoryError from error
        raise Unreadable("not-html", "The page cannot be read as HTML.") from error
    if root is None:
        raise Unreadable("empty-body", "The page is empty.")
    notices = decoded.notices
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        message = f"The page is nested more than {_MOST_DEPTH} levels deep; what is after that point was not read."
        notices = (*notices, Notice("nested-too-deeply", message, address))
    base = _base_of(root, address) if _BASE.search(text) else address
    return HtmlPage(root, base, decoded.encoding, notices)


def _refuse_other_formats(page: FetchedPage) -> None:
    kind = page.content_type.partition(";")[0].strip().lower()
    start = page.body[:16].lstrip()
    if not page.body or page.body.isspace():
        raise Unreadable("empty-body", "The page is empty.")
    if kind not in _HTML_TYPES or start.startswith(_OTHER_FORMATS):
        raise Unreadable("not-html", f"The page is not HTML but {kind or 'something else'}."[:200])
    if b"<" not in page.body:
        raise Unreadable("not-html", "The page has no markup at all, so it is not HTML.")


def _base_of(root: Node, address: str) -> str:
    found = _base(root)
    if not found:
        return address
    base = join_address(address, found[0])
    # Browsers leave data: and javascript: aside; against about: or a saved page's file: they could join nothing either.
    if base is None or not base.startswith(("http:", "https:")):
        return address
    if len(base) > LONGEST:
        message = f"Pages whose links are relative to an address of more than {LONGEST:,} characters were given up."
        raise Unreadable("reading-too-large", message)
    return base


def text_of(element: Node) -> str:
    """The text content as it stands, of an element or a comment."""
    if len(element) == 0:
        return element.text or ""
    found: str = _text(element)
    return found


def inner_html(element: Node) -> str:
    """The markup inside an element, serialised as HTML (HTML standard, 13.3)."""
    holder = etree.Element("x")
    holder.text = element.text
    opening = etree.tostring(holder, encoding="unicode", method="html")[len("<x>") : -len("</x>")]
    inside = (etree.tostring(child, encoding="unicode", method="html") for child in element)
    return opening + "".join(inside)

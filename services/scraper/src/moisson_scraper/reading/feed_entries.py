"""Entries of a feed: RSS 0.9x, 1.0 and 2.0 with what is usually added to them, Atom 0.3 and 1.0 (RFC 4287). Pure.

Feeds are often not well-formed, so they are parsed by libxml2 in its mode of recovery, without entities, network or
anything huge; that something was mended is counted. Values are kept as they stand: dates, markup, names.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from lxml import etree

from moisson_scraper.reading.addresses import join_address
from moisson_scraper.reading.decoding import decode_xml
from moisson_scraper.reading.markup_mending import mended_xml
from moisson_scraper.reading.notice import Notice, Unreadable
from moisson_scraper.reading.source_reader import FetchedPage
from moisson_scraper.reading.unpacking import unpacked
from moisson_scraper.reading.value_room import ValueRoom
from moisson_scraper.reading.xml_events import Kind, xml_events
from moisson_shared.contracts.model import JsonObject

Node = Any
MOST_BYTES = 50_000_000
MOST_TAGS = 1_000_000
"""In one feed: what bounds the memory of its tree."""
MOST_ENTRIES = 20_000
_DEEPEST_MEDIA = 3
_ATOM, _DC, _CONTENT, _MEDIA, _HISTORY, _RSS = "atom", "dc", "content", "media", "fh", ""
_VOCABULARIES = {
    "http://www.w3.org/2005/Atom": _ATOM,
    "http://purl.org/atom/ns#": _ATOM,
    "http://purl.org/dc/elements/1.1/": _DC,
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": _CONTENT,
    "http://search.yahoo.com/mrss/": _MEDIA,
    "http://search.yahoo.com/mrss": _MEDIA,
    "http://purl.org/syndication/history/1.0": _HISTORY,
    "http://purl.org/rss/1.0/": _RSS,
    "http://my.netscape.com/rdf/simple/0.9/": _RSS,
    "http://channel.netscape.com/rdf/simple/0.9/": _RSS,
    "http://backend.userland.com/rss2": _RSS,
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
}


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One page of a feed."""

    entries: tuple[JsonObject, ...]
    next: str | None
    """The address of the next page with older entries (RFC 5005, 3)."""
    complete: bool
    """Whether the feed says that it holds all there is (RFC 5005, 2)."""
    left_out: int
    """Entries beyond MOST_ENTRIES."""
    notices: tuple[Notice, ...]
    encoding: str


def read_feed(page: FetchedPage) -> FeedPage:
    """The entries with the fields of `FEED_FIELDS`. Raises `Unreadable`."""
    body = unpacked(page.body, MOST_BYTES)
    if not body.strip():
        raise Unreadable("empty-body", "The feed is empty.")
    decoded = decode_xml(body, page.content_type, page.address)
    text = decoded.text.lstrip()
    if not text.startswith("<"):
        raise Unreadable("not-a-feed", "The page is no feed: it is not even XML.")
    if text.count("<") > MOST_TAGS:
        raise Unreadable("too-many-elements", f"The feed has more than {MOST_TAGS:,} tags; that is refused.")
    root, notices = _parsed(text, page.address)
    channel, items = _parts(root)
    room = ValueRoom()
    entries = tuple(_entry(item, page.address, room) for item in items[:MOST_ENTRIES])
    return FeedPage(
        entries=entries,
        next=_next(channel, page.address, room),
        complete=any(name == (_HISTORY, "complete") for name, _ in _children(channel)),
        left_out=max(0, len(items) - MOST_ENTRIES),
        notices=(*decoded.notices, *notices),
        encoding=decoded.encoding,
    )


def _parsed(text: str, address: str) -> tuple[Node, list[Notice]]:
    mended, told = mended_xml(text, address)
    notices = list(told)
    markup = mended.encode("utf-8")
    if "<!DOCTYPE" in mended:
        _require_plain_declarations(markup)
    # The text knows its encoding: what its declaration says of it does not hold any more.
    parser = etree.XMLParser(
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(markup, parser, base_url=address)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("not-a-feed", "The page is no feed: it cannot be read as XML.") from error
    if root is None:
        raise Unreadable("not-a-feed", "The page is no feed: it cannot be read as XML.")
    # A prefix that nobody declared and the like is no harm; what libxml2 had to guess is.
    if any(entry.level >= etree.ErrorLevels.FATAL for entry in parser.error_log):
        message = "The feed is not well-formed; what could be read of it was read."
        notices.append(Notice("broken-xml", message, address))
    return root, notices


def _require_plain_declarations(markup: bytes) -> None:
    """Raises `Unreadable` where a document declares entities, which could hide anything, or attributes without end.

    libxml2 would tell, but takes the square of what is declared for it.
    """
    for event in xml_events(io.BytesIO(markup).read, "not-a-feed"):
        if event.kind is Kind.START:
            return


def _name(node: Node) -> tuple[str, str]:
    """Vocabulary and local name. A prefix that nobody declared stands for the vocabulary that usually has it."""
    tag = node.tag
    if not isinstance(tag, str):
        return "?", ""
    if tag.startswith("{"):
        namespace, _, local = tag[1:].partition("}")
        return _VOCABULARIES.get(namespace, namespace), local
    prefix, _, local = tag.rpartition(":")
    return prefix, local


def _children(node: Node | None) -> Iterator[tuple[tuple[str, str], Node]]:
    for child in node if node is not None else ():
        yield _name(child), child


def _parts(root: Node) -> tuple[Node, list[Node]]:
    """What stands for the feed itself, and its entries in their order."""
    vocabulary, name = _name(root)
    if name == "feed" and vocabulary in {_ATOM, ""}:
        return root, [child for (_, local), child in _children(root) if local == "entry"]
    if name in {"rss", "RDF"}:
        channels = [child for found, child in _children(root) if found == (_RSS, "channel")]
        places = [*channels, root]
        items = [child for place in places for found, child in _children(place) if found == (_RSS, "item")]
        return (channels[0] if channels else root), items
    raise Unreadable("not-a-feed", f"The page is no feed: its root is {name[:40]!r}.")


def _next(channel: Node, address: str, room: ValueRoom) -> str | None:
    for (vocabulary, name), child in _children(channel):
        if name == "link" and vocabulary in {_ATOM, ""} and child.get("rel") == "next" and child.get("href"):
            return _absolute(child, child.get("href"), address, room)
    return None


def _absolute(node: Node, reference: str, address: str, room: ValueRoom) -> str | None:
    """Against xml:base, where one is stated, else the feed's own address. A base is stated once and stands in every
    address: raises `Unreadable` when there is no room for them."""
    base = node.base or address
    room.take(len(base) + len(reference))
    return join_address(base, reference)


def _text(node: Node) -> str:
    """What an element says: its text, or the markup inside it where it has elements (Atom's xhtml among them)."""
    if len(node) == 0:
        return node.text or ""
    inside = node
    children = list(node)
    if node.get("type") == "xhtml" and len(children) == 1 and _name(children[0])[1] == "div":
        inside = children[0]  # RFC 4287, 3.1.1.3: the div is no part of the content
    markup = [escape(inside.text or "", quote=False)]
    markup += [etree.tostring(child, encoding="unicode") for child in inside]
    return "".join(markup)


_TEXTS = {
    (_RSS, "guid"): "id",
    (_ATOM, "id"): "id",
    (_DC, "identifier"): "id",
    (_RSS, "title"): "title",
    (_ATOM, "title"): "title",
    (_DC, "title"): "title",
    (_MEDIA, "title"): "title",
    (_RSS, "pubDate"): "published",
    (_ATOM, "published"): "published",
    (_ATOM, "issued"): "published",
    (_DC, "date"): "published",
    ("dcterms", "issued"): "published",
    (_ATOM, "updated"): "updated",
    (_ATOM, "modified"): "updated",
    ("dcterms", "modified"): "updated",
    (_RSS, "description"): "summary",
    (_ATOM, "summary"): "summary",
    (_DC, "description"): "summary",
    (_MEDIA, "description"): "summary",
    (_CONTENT, "encoded"): "content",
    (_ATOM, "content"): "content",
}
_OWN = frozenset({_RSS, _ATOM})


def _entry(item: Node, address: str, room: ValueRoom) -> JsonObject:
    """What an entry has, by our names. Its own vocabulary goes before what was added to it."""
    values: JsonObject = {}
    added: JsonObject = {}
    authors: list[str] = []
    categories: list[str] = []
    enclosures: list[JsonObject] = []
    permalink = None
    for (vocabulary, name), child in _children(item):
        _take_text((vocabulary, name), child, values, added)
        if (vocabulary, name) == (_RSS, "guid") and child.get("isPermaLink", "true") == "true":
            permalink = (child.text or "").strip()
        elif name == "link" and vocabulary in _OWN:
            _take_link(child, address, room, values, enclosures)
        elif name in {"author", "creator", "contributor"} and vocabulary in {*_OWN, _DC}:
            authors.extend(_author(child))
        elif name in {"category", "subject"} and vocabulary in {*_OWN, _DC}:
            categories.extend(filter(None, [(child.get("term") or _text(child)).strip()]))
        elif name == "enclosure" or vocabulary == _MEDIA or _is_elsewhere((vocabulary, name), child):
            enclosures.extend(_media(child, address, room))
    values = {**added, **values}
    if about := item.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"):
        values.setdefault("id", about)
    if "link" not in values and permalink and permalink.startswith(("http://", "https://")):
        values["link"] = permalink
    for name, several in (("authors", authors), ("categories", categories), ("enclosures", enclosures)):
        if several:
            values[name] = _once(several)
    return values


def _take_text(name: tuple[str, str], node: Node, own: JsonObject, added: JsonObject) -> None:
    field = _TEXTS.get(name)
    if field is not None and not _is_elsewhere(name, node):
        (own if name[0] in _OWN else added).setdefault(field, _text(node))


def _is_elsewhere(name: tuple[str, str], node: Node) -> bool:
    """Whether this is the content of an entry that is not in it (RFC 4287, 4.1.3.2), which RSS calls an enclosure."""
    return name == (_ATOM, "content") and bool(node.get("src"))


def _take_link(link: Node, address: str, room: ValueRoom, values: JsonObject, enclosures: list[JsonObject]) -> None:
    reference = link.get("href") or (link.text or "").strip()
    found = _absolute(link, reference, address, room) if reference else None
    if found is None:
        return
    relation = link.get("rel", "alternate")
    if relation == "alternate":
        values.setdefault("link", found)
    elif relation == "enclosure":
        enclosures.append(_enclosure(link, found))


def _author(node: Node) -> Iterator[str]:
    """Atom's author has a name; others are a text."""
    named = {name: (child.text or "").strip() for (_, name), child in _children(node)}
    if told := named.get("name") or named.get("email") or (node.text or "").strip():
        yield told


def _media(node: Node, address: str, room: ValueRoom, depth: int = 0) -> Iterator[JsonObject]:
    """Of RSS's enclosures, Atom's contents elsewhere, and of Media RSS: contents and thumbnails, in groups and in one
    another."""
    reference = node.get("url") or node.get("src")
    if _name(node)[1] in {"enclosure", "content", "thumbnail"} and reference:
        found = _absolute(node, reference, address, room)
        if found is not None:
            yield _enclosure(node, found)
    for (vocabulary, _), child in _children(node):
        if vocabulary == _MEDIA and depth < _DEEPEST_MEDIA:
            yield from _media(child, address, room, depth + 1)


def _enclosure(node: Node, address: str) -> JsonObject:
    said = {"type": node.get("type"), "length": node.get("length") or node.get("fileSize")}
    return {"url": address, **{name: value for name, value in said.items() if value}}


def _once(values: list[Any]) -> list[Any]:
    found: list[Any] = []
    seen: set[str] = set()
    for value in values:
        if repr(value) not in seen:
            seen.add(repr(value))
            found.append(value)
    return found

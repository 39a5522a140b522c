"""A page as the search for items sees it: its elements with what is in them, counted once.

Everything that looks at an outline is linear in its parts, and these are bounded: a page made for the purpose takes a
second, not an hour.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from moisson_scraper.reading.html_page import HtmlPage, text_of
from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.selectors import Node
from moisson_scraper.suggesting.vocabulary import is_chrome, token_weight

MOST_PARTS = 40_000
"""Elements of one page; a page with more is not looked at."""
_IGNORED = frozenset({"script", "style", "template", "noscript", "svg", "iframe", "select", "option"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CHROME_TAGS = frozenset({"nav", "aside"})
_OUTER_CHROME_TAGS = frozenset({"header", "footer"})
_CHROME_ROLES = frozenset({"navigation", "banner", "contentinfo", "complementary", "search", "menu"})
_CONTENT_TAGS = frozenset({"main", "article", "li", "tr", "section", "td"})
_ITEM_TAGS = frozenset({"article", "li", "tr"})
_LONGEST_TEXT = 2000


@dataclass(slots=True, eq=False)
class Part:
    """One element. Counts are of everything within it."""

    element: Node
    tag: str
    parent: "Part | None"
    order: int
    depth: int
    path: int
    """The same number for elements under the same tags."""
    tokens: tuple[str, ...] = ()
    """Its class names that say something, the most telling first."""
    children: "list[Part]" = field(default_factory=list)
    own: int = 0
    """Characters of text that stand in it directly."""
    text: int = 0
    links: int = 0
    images: int = 0
    headings: int = 0
    size: int = 1
    chrome: bool = False
    within_content: bool = False
    within_item: bool = False

    def holds(self, other: "Part") -> bool:
        """Whether the other one is within this one."""
        return self.order < other.order < self.order + self.size

    def words(self) -> str:
        """Its text with single blanks, the beginning only."""
        return " ".join(text_of(self.element)[: 4 * _LONGEST_TEXT].split())[:_LONGEST_TEXT]

    def within(self, most: int = 400) -> "list[Part]":
        """The parts in it in document order, itself left out, at most so many."""
        found: list[Part] = []
        pending = list(reversed(self.children))
        while pending and len(found) < most:
            part = pending.pop()
            found.append(part)
            pending.extend(reversed(part.children))
        return found


@dataclass(slots=True)
class Outline:
    """All parts of a page in document order, and by tag and class."""

    page: HtmlPage
    parts: list[Part]
    by_class: dict[tuple[str, str], list[Part]]
    by_tag: dict[str, list[Part]]
    main_text: int
    """Characters outside navigation and the like."""

    def main(self) -> Part | None:
        """The part that holds what the page is about."""
        for tag in ("main", "article"):
            found = [part for part in self.by_tag.get(tag, ()) if part.text * 3 >= self.main_text]
            if len(found) == 1:
                return found[0]
        return next(iter(self.by_tag.get("body", ())), None)


def outline_of(page: HtmlPage) -> Outline:
    """The outline. Raises `Unreadable` for a page with too many elements."""
    parts: list[Part] = []
    paths: dict[tuple[int, str], int] = {}
    names: dict[str, _Names] = {}
    pending: list[tuple[Node, Part | None]] = [(page.root, None)]
    while pending:
        element, parent = pending.pop()
        if not isinstance(element.tag, str) or element.tag in _IGNORED:
            continue
        if len(parts) >= MOST_PARTS:
            message = f"The page has more than {MOST_PARTS:,} elements; no spider is proposed from such a page."
            raise Unreadable("too-many-elements", message)
        part = _part(element, parent, len(parts), paths, names)
        parts.append(part)
        pending.extend((child, part) for child in reversed(element))
    for part in reversed(parts):
        _count(part)
    outline = Outline(page, parts, defaultdict(list), defaultdict(list), 0)
    for part in parts:
        outline.by_tag[part.tag].append(part)
        for token in part.tokens:
            outline.by_class[part.tag, token].append(part)
        if not part.chrome:
            outline.main_text += part.own
    return outline


@dataclass(frozen=True, slots=True)
class _Names:
    """What the class names and the id of an element say, worked out once for all that have the same."""

    tokens: tuple[str, ...]
    chrome: bool
    always_chrome: bool


def _names_of(written: str, known: dict[str, _Names]) -> _Names:
    if written not in known:
        classes, _, name = written.partition("#")
        each = list(dict.fromkeys(classes.split()))[:20]
        telling = tuple(sorted(filter(token_weight, each), key=token_weight, reverse=True))
        everything = [*each, name]
        known[written] = _Names(
            telling,
            any(is_chrome(one, anywhere=False) for one in everything),
            any(is_chrome(one, anywhere=True) for one in everything),
        )
    return known[written]


def _part(
    element: Node, parent: Part | None, order: int, paths: dict[tuple[int, str], int], known: dict[str, _Names]
) -> Part:
    path = paths.setdefault((parent.path if parent is not None else 0, element.tag), len(paths) + 1)
    depth = parent.depth + 1 if parent is not None else 0
    part = Part(element, element.tag, parent, order, depth, path)
    names = _names_of(f"{element.get('class') or ''}#{element.get('id') or ''}", known)
    part.tokens = names.tokens
    if parent is not None:
        part.within_content = parent.within_content or parent.tag in _CONTENT_TAGS
        part.within_item = parent.within_item or parent.tag in _ITEM_TAGS
        part.chrome = parent.chrome or _begins_chrome(part, names)
        parent.children.append(part)
    return part


def _begins_chrome(part: Part, names: _Names) -> bool:
    """Navigation by tag or role anywhere; by name outside items; headers and footers outside the content only."""
    if part.tag in {"body", "main", *_ITEM_TAGS}:
        return False
    if is_navigation(part):
        return True
    if part.within_item:
        return False
    return names.always_chrome or (not part.within_content and (part.tag in _OUTER_CHROME_TAGS or names.chrome))


def is_navigation(part: Part) -> bool:
    """By its tag or role, wherever it stands."""
    return part.tag in _CHROME_TAGS or (part.element.get("role") or "") in _CHROME_ROLES


def own_text(part: Part) -> str:
    """What stands in it directly, with single blanks, the beginning only."""
    element = part.element
    pieces = [element.text or "", *(child.tail or "" for child in element)]
    return " ".join(" ".join(pieces)[: 4 * _LONGEST_TEXT].split())[:_LONGEST_TEXT]


def _count(part: Part) -> None:
    """Its own text, and what its children have already counted."""
    element = part.element
    own = len((element.text or "").strip())
    own += sum(len((child.tail or "").strip()) for child in element)
    part.own = own
    part.text += own
    part.links += part.tag == "a" and element.get("href") is not None
    part.images += part.tag == "img"
    part.headings += part.tag in _HEADINGS
    above = part.parent
    if above is not None:
        above.text += part.text
        above.links += part.links
        above.images += part.images
        above.headings += part.headings
        above.size += part.size

"""Where a page repeats itself: the regions of like elements that could be its items, the best first.

The record-region problem: elements under one parent, or in the same place under several, with the same tag or class are
a group. A group counts for how many it has, how much of the page's text is in them, how alike they are, and whether
each has a link and a heading of its own; navigation and the like count against it.
"""

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from moisson_scraper.suggesting.evidence import evidence
from moisson_scraper.suggesting.headed_runs import HeadedRuns, find_headed_runs
from moisson_scraper.suggesting.page_outline import Outline, Part
from moisson_scraper.suggesting.simple_selectors import item_selector
from moisson_scraper.suggesting.table_heads import item_rows
from moisson_scraper.suggesting.vocabulary import token_weight
from moisson_shared.contracts.selecting import Selector
from moisson_shared.contracts.spider_suggestion import Evidence

MOST_REGIONS = 4
LEAST_SCORE = 0.3
"""Below this, what repeats itself is no list of things."""
_MOST_GROUPS = 80
_SAMPLE = 40
_FEWEST = 2
# fmt: off
_NEVER = frozenset((
    "html", "body", "head", "meta", "link", "td", "th", "dd", "br", "hr", "col", "colgroup", "thead", "tbody", "tfoot",
    "caption", "input", "label", "button", "b", "i", "em", "strong", "small", "sup", "sub", "img", "picture", "source",
    "time", "h1", "h2", "h3", "h4", "h5", "h6", "main", "nav", "header", "footer", "aside", "script", "title",
))
# fmt: on
_ITEM_TAGS = {"article": 0.06, "li": 0.04, "tr": 0.04, "dt": 0.03}
_NAVIGATION = frozenset({"nav", "header", "footer", "aside"})
_RICH = 50
"""Characters of an item that is more than a link."""
_NO_ADDRESSES = ("#", "javascript:", "mailto:", "tel:")


@dataclass(frozen=True, slots=True)
class Region:
    """Elements that could be the items."""

    selector: Selector
    parts: tuple[Part, ...]
    score: float
    why: Evidence
    whole: tuple[Part, ...]
    """What belongs to the items: they themselves, and what follows each where they are headings."""


@dataclass(slots=True)
class _Group:
    parts: tuple[Part, ...]
    score: float = 0.0
    why: Evidence | None = None
    linked: float = 0.0
    whole: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        self.whole = self.whole or self.parts


def find_regions(outline: Outline) -> list[Region]:
    """At most four, none below the least score."""
    groups = [_judged(outline, parts) for parts in _groups(outline)]
    if all(group.score < LEAST_SCORE for group in groups):
        # SPIP calls its lists of articles menus, too.
        groups = [_judged(outline, group.parts, menus=True) for group in groups]
    groups.extend(_headed(outline, runs) for runs in find_headed_runs(outline))
    groups = sorted((group for group in groups if group.score > 0), key=lambda group: -group.score)[:16]
    _prefer_inner_lists(groups)
    groups.sort(key=lambda group: -group.score)
    found: list[Region] = []
    kept: list[_Group] = []
    for group in groups:
        if group.score < LEAST_SCORE or len(found) == MOST_REGIONS:
            break
        if any(_same_items(group.whole, known.whole) for known in kept):
            continue
        selector = item_selector(outline, group.parts)
        if selector is not None and group.why is not None:
            found.append(Region(selector, group.parts, min(1.0, group.score), group.why, group.whole))
            kept.append(group)
    return found


def _groups(outline: Outline) -> list[tuple[Part, ...]]:
    """The groups worth a look: those with the most text first, each set of elements once."""
    found: dict[tuple[int, ...], tuple[Part, ...]] = {}
    alike: dict[tuple[object, ...], list[Part]] = defaultdict(list)
    for part in outline.parts:
        if part.tag in _NEVER or part.parent is None or not part.text + part.images:
            continue
        alike["parent", id(part.parent), part.tag].append(part)
        alike["path", part.path].append(part)
        for token in part.tokens[:6]:
            alike["parent", id(part.parent), part.tag, token].append(part)
            alike["token", part.tag, token].append(part)
    for parts in alike.values():
        kept = _apart(item_rows(parts) if parts[0].tag == "tr" else parts)
        if len(kept) >= _FEWEST:
            found.setdefault(tuple(part.order for part in kept), tuple(kept))
    ordered = sorted(found.values(), key=lambda parts: -sum(part.text * (1 + (part.links > 0)) for part in parts))
    return ordered[:_MOST_GROUPS]


def _apart(parts: list[Part]) -> list[Part]:
    """Those that stand in no other one of them; nothing where many do. They come in document order."""
    kept: list[Part] = []
    for part in parts:
        if not kept or not kept[-1].holds(part):
            kept.append(part)
    return kept if len(kept) * 2 > len(parts) else []


def _judged(outline: Outline, parts: tuple[Part, ...], *, menus: bool = False) -> _Group:
    """`menus`: what only its class calls a menu is none where its items are more than links."""
    sample = parts[:_SAMPLE]
    count = len(parts)
    texts = [part.words() for part in sample]
    distinct = len(set(texts)) / len(texts)
    mean = sum(map(len, texts)) / len(texts)
    linked = _own_links(sample)
    headed = sum(_heads(part) for part in sample) / len(sample)
    covered = min(1.0, sum(part.text for part in parts) / max(1, outline.main_text))
    similar = _similarity(sample)
    many = min(1.0, 0.45 + 0.17 * math.log2(count))
    telling = 0.03 * max((token_weight(token) for token in parts[0].tokens), default=0)
    worth = 0.1 + 0.35 * covered + 0.25 * linked + 0.15 * headed + 0.05 * _pictured(sample)
    worth += telling + _ITEM_TAGS.get(parts[0].tag, 0.0) + 0.1 * min(1.0, _richness(sample) / 6)
    score = worth * many * (0.3 + 0.7 * similar) * distinct
    if mean < 8:
        score *= 0.5
    if sum(part.chrome for part in sample) * 2 > len(sample):
        rich = mean >= _RICH and linked >= 0.8 and _richness(sample) >= 3
        score *= 0.7 if menus and rich and not _within_navigation(parts[0]) else 0.2
    if not linked and not headed and parts[0].tag not in {"tr", "dt"} and _richness(sample) < 2:
        score *= 0.4
    shares = {"similar": similar, "covered": covered, "linked": linked, "headed": headed}
    why = evidence("items-alike", count=count, **{name: round(float(share), 3) for name, share in shares.items()})
    return _Group(parts, score, why, linked)


def _headed(outline: Outline, runs: HeadedRuns) -> _Group:
    """Headings, judged with what follows them."""
    covered = min(1.0, sum(part.text for part in runs.whole) / max(1, outline.main_text))
    sample = runs.heads[:_SAMPLE]
    linked = _own_links(sample)
    distinct = len({part.words() for part in sample}) / len(sample)
    many = min(1.0, 0.45 + 0.17 * math.log2(len(runs.heads)))
    score = (0.25 + 0.35 * covered + 0.25 * linked) * many * (0.3 + 0.7 * runs.alike) * distinct
    figures = {"similar": round(runs.alike, 3), "covered": round(covered, 3), "linked": round(linked, 3)}
    why = evidence("headed-runs", count=len(runs.heads), **figures)
    return _Group(runs.heads, score, why, linked, runs.whole)


def _within_navigation(part: Part) -> bool:
    above = part.parent
    while above is not None and above.tag not in _NAVIGATION:
        above = above.parent
    return above is not None


def links_of(part: Part) -> list[str]:
    """Where the links in an item lead, as written, each once."""
    found = [part] if part.tag == "a" else []
    found.extend(inner for inner in part.within() if inner.tag == "a")
    hrefs = (inner.element.get("href") or "" for inner in found)
    return list(dict.fromkeys(href for href in hrefs if href.strip() and not href.startswith(_NO_ADDRESSES)))


def _own_links(sample: Sequence[Part]) -> float:
    """The share of items with a link that no other one has."""
    links = [links_of(part) for part in sample]
    often = Counter(link for own in links for link in own)
    return sum(any(often[link] == 1 for link in own) for own in links) / len(links)


def _heads(part: Part) -> bool:
    return part.tag == "dt" or 0 < part.headings <= 2


def _pictured(sample: Sequence[Part]) -> float:
    return sum(0 < part.images <= 3 for part in sample) / len(sample)


def _richness(sample: Sequence[Part]) -> float:
    """How many parts with a text of their own an item has."""
    return sum(sum(inner.own > 0 or inner.tag == "img" for inner in part.within(100)) for part in sample) / len(sample)


def _similarity(sample: Sequence[Part]) -> float:
    """How much of an item's structure most of the others have too, from 0 to 1."""
    kinds = [_structure(part) for part in sample]
    often = Counter(kind for own in kinds for kind in own)
    usual = {kind for kind, count in often.items() if count * 2 >= len(sample)}
    if not usual:
        return 0.0 if any(kinds) else 1.0
    shares = [2 * len(own & usual) / (len(own) + len(usual)) for own in kinds]
    return sum(shares) / len(shares)


def _structure(part: Part) -> frozenset[tuple[object, ...]]:
    return frozenset((inner.depth - part.depth, inner.tag, inner.tokens[:1]) for inner in part.within(60))


def _prefer_inner_lists(groups: list[_Group]) -> None:
    """A section whose text is nearly all in a list of its own is no item: those of its list are."""
    for outer in groups:
        if outer.parts[0].tag in {"tr", "dt"}:
            continue
        for inner in groups:
            if inner is outer or inner.linked < 0.8 or len(inner.parts) < 2 * len(outer.parts):
                continue
            inside = sum(part.text for part in _inside(inner.parts, outer.whole))
            if inside >= 0.6 * sum(part.text for part in outer.whole):
                outer.score *= 0.4
                break


def _inside(parts: Sequence[Part], around: Sequence[Part]) -> list[Part]:
    """Those that are one of the others, or within one; both come in document order, and none is in another."""
    starts = [part.order for part in around]
    found = []
    for part in parts:
        place = bisect_right(starts, part.order) - 1
        if place >= 0 and part.order < around[place].order + around[place].size:
            found.append(part)
    return found


def _same_items(one: Sequence[Part], other: Sequence[Part]) -> bool:
    """Whether one of them in essence wraps the other."""
    return len(_inside(one, other)) == len(one) or len(_inside(other, one)) == len(other)

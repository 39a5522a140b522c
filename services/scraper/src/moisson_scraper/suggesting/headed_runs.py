"""Items that nothing wraps: a heading, and what stands behind it up to the next one, all under one parent.

The heading is the item, for a selector can select it; what follows is reached from it as one of its siblings.
A text in sections looks the same, so runs must be alike and have links, or the same labels, of their own.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from moisson_scraper.suggesting.labelled_values import Labelled, labelled_beside
from moisson_scraper.suggesting.page_outline import Outline, Part

HEADINGS = ("h2", "h3", "h4", "h5", "h6")
FARTHEST = 4
"""Siblings behind a heading that are looked at."""
_MOST_TESTED = 2
"""Of the siblings between: a selector may not test more of them."""
_FEWEST = 3
_MOST_RUNS = 40
_ALIKE = 0.6
_OWN = 0.8
_LISTS = frozenset({"ul", "ol", "table"})


Placed = tuple[int, Part]
"""A part, and which sibling of its heading it is, from 1."""


@dataclass(frozen=True, slots=True)
class Behind:
    """One part of a run, and the XPath to it from its heading."""

    path: str
    part: Part


@dataclass(frozen=True, slots=True)
class HeadedRuns:
    """Headings under one parent, and all parts of their runs with them, in document order."""

    heads: tuple[Part, ...]
    whole: tuple[Part, ...]
    alike: float
    """The share of runs that are of the usual kind."""


def runs_behind(heads: Sequence[Part]) -> list[list[Behind]]:
    """What follows each heading, or term, up to the next one: by its tag, where that is found behind each of them; else
    by its place, which gives nothing where the next heading is one of the last two parts before."""
    runs = [_placed(head) for head in heads]
    always = set[str]().union(*(_tags(run) for run in runs)).intersection(*(_tags(run) for run in runs))
    return [[Behind(_path(heads[0], place, part, run, always), part) for place, part in run] for run in runs]


def _placed(head: Part) -> list[Placed]:
    """The siblings that follow with their places from 1; the first few, without navigation and the like."""
    beside = head.parent.children if head.parent is not None else []
    at = bisect_right(beside, head.order, key=lambda part: part.order)
    parts = {id(part.element): part for part in beside[at : at + FARTHEST]}
    found: list[Placed] = []
    for place, element in enumerate(islice(head.element.itersiblings("*"), FARTHEST), 1):
        part = parts.get(id(element))
        if _ends(element.tag, head.tag) or (part is not None and part.chrome):
            break
        if part is not None:
            found.append((place, part))
    return found


def _tags(run: Sequence[Placed]) -> set[str]:
    return {part.tag for _, part in run}


def _path(head: Part, place: int, part: Part, run: Sequence[Placed], always: set[str]) -> str:
    if part.tag in always and part is next(one for _, one in run if one.tag == part.tag):
        return f"./following-sibling::{part.tag}[1]"
    tested = range(1, min(place, _MOST_TESTED + 1))
    between = (f"[preceding-sibling::*[{back}][not(self::{head.tag})]]" for back in tested)
    return f"./following-sibling::*[{place}][self::{part.tag}]{''.join(between)}"


def _ends(tag: str, head: str) -> bool:
    if head == "dt":
        return tag == "dt"
    return tag in {"nav", "form", "footer"} or (tag in {"h1", *HEADINGS} and tag <= head)


def labels_in(run: Sequence[Behind]) -> Iterator[Labelled]:
    """Values that are labelled in what follows a heading."""
    for one in run:
        yield from labelled_beside(one.part, one.path)


def links_in(run: Sequence[Behind]) -> set[str]:
    """Where links in what follows a heading lead, as written."""
    inside = (part for one in run for part in (one.part, *one.part.within(100)))
    return {part.element.get("href") or "" for part in inside if part.tag == "a"} - {"", "#"}


def _links_alone(run: Sequence[Behind]) -> set[str]:
    """Those of parts that are little else: one within a text belongs to the text."""
    inside = ((one.part, link) for one in run for link in (one.part, *one.part.within(100)))
    alone = (link for part, link in inside if link.tag == "a" and link.text * 2 >= part.text)
    return {link.element.get("href") or "" for link in alone}


def find_headed_runs(outline: Outline) -> Iterator[HeadedRuns]:
    """Those that list things rather than part a text."""
    under: dict[tuple[int, str], list[Part]] = defaultdict(list)
    for tag in HEADINGS:
        for part in outline.by_tag.get(tag, ()):
            if part.text and not part.chrome:
                under[id(part.parent), tag].append(part)
    for heads in under.values():
        runs = runs_behind(heads[:_MOST_RUNS])
        alike = _alike(runs)
        if len(heads) >= _FEWEST and alike >= _ALIKE and _lists_things(heads, runs):
            whole = (part for head in heads for part in (head, *(part for _, part in _placed(head))))
            yield HeadedRuns(tuple(heads), tuple(whole), alike)


def _alike(runs: Sequence[Sequence[Behind]]) -> float:
    """The share of the usual kind of runs, 0 where nothing follows a heading."""
    tags = Counter(tuple(one.part.tag for one in run) for run in runs)
    (usual, count), *_ = tags.most_common(1)
    return count / len(runs) if usual else 0.0


def _lists_things(heads: Sequence[Part], runs: Sequence[Sequence[Behind]]) -> bool:
    """Whether most have a link of their own in the heading; or a label in common, or a link alone, in what follows.
    A list or a table there is one of other things, unless it is made of labels."""
    links = [{link.element.get("href") or "" for link in head.within(20) if link.tag == "a"} for head in heads]
    if _own(links[: len(runs)]):
        return True
    labels = Counter(name for run in runs for name in {one.name for one in labels_in(run)})
    if any(count >= _OWN * len(runs) for count in labels.values()):
        return True
    listed = any(one.part.tag in _LISTS for run in runs for one in run)
    return not listed and _own([_links_alone(run) for run in runs])


def _own(links: Sequence[set[str]]) -> bool:
    """Whether most have one that no other has."""
    often = Counter(link for own in links for link in own)
    return sum(any(link and often[link] == 1 for link in own) for own in links) >= _OWN * len(links)

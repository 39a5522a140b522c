"""The places in what follows headings, or terms: each reached from the heading, and the same for all of them."""

from collections.abc import Iterator, Sequence

from moisson_scraper.suggesting.headed_runs import HEADINGS, runs_behind
from moisson_scraper.suggesting.item_slots import Slot, SlotFinder, as_inner_xpath, named_slot
from moisson_scraper.suggesting.page_outline import Part
from moisson_shared.contracts.selecting import Selector, Syntax

_DEFINITIONS = ("./following-sibling::dd[1]", "./following-sibling::*[1][self::dd]")
"""What a term is followed by is its description in any case."""


def slots_behind(heads: Sequence[Part]) -> Iterator[Slot]:
    """Each part of a run, then what is in it; of a term, what stands behind its definition."""
    if heads[0].tag not in (*HEADINGS, "dt"):
        return
    by_path: dict[str, list[tuple[int, Part]]] = {}
    for number, run in enumerate(runs_behind(heads)):
        for one in run:
            by_path.setdefault(one.path, []).append((number, one.part))
    for path, members in by_path.items():
        if heads[0].tag != "dt" or path not in _DEFINITIONS:
            yield from _of_one_place(heads, path, members)


def _of_one_place(heads: Sequence[Part], path: str, members: Sequence[tuple[int, Part]]) -> Iterator[Slot]:
    parts: list[list[Part]] = [[] for _ in heads]
    for number, part in members:
        parts[number].append(part)
    yield named_slot(Selector(syntax=Syntax.XPATH, expression=path), members[0][1], parts)
    for slot in SlotFinder([part for _, part in members]).slots():
        expression = _within(path, slot.selector)
        if expression is None:
            continue
        inner: list[list[Part]] = [[] for _ in heads]
        for (number, _), own in zip(members, slot.parts, strict=True):
            inner[number] = own
        selector = Selector(syntax=Syntax.XPATH, expression=expression)
        yield Slot(selector, slot.name, slot.tag, inner, slot.many, slot.stated)


def _within(path: str, selector: Selector) -> str | None:
    """A place within a part of the run; None where it is not as simple in XPath."""
    if selector.syntax is Syntax.XPATH:
        return path + selector.expression.removeprefix(".")
    inner = as_inner_xpath(selector.expression)
    return path + inner if inner is not None else None

"""How a listing in HTML goes on: a link that says next, a button that loads more, or numbers in the addresses of links.

Read from the page alone; whether it holds is seen by fetching the next page.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

from moisson_scraper.reading.addresses import page_address
from moisson_scraper.reading.html_page import text_of
from moisson_scraper.suggesting.evidence import evidence
from moisson_scraper.suggesting.labelled_values import quoted
from moisson_scraper.suggesting.page_outline import Outline, Part
from moisson_scraper.suggesting.simple_selectors import selects
from moisson_scraper.suggesting.vocabulary import says_more, says_next, token_weight, word_set, words_of
from moisson_shared.contracts.paging import HtmlPaging, LoadMore, NextLink, PageNumber
from moisson_shared.contracts.selecting import Selector, Syntax
from moisson_shared.contracts.spider_suggestion import Evidence

_LOADERS = ("data-url", "data-href", "data-next", "data-next-url", "data-load", "data-src", "hx-get", "data-hx-get")
_NUMBERS = word_set(
    "page p paged pg pagina numpage num_page offset start from debut debut_articles skip cpage currentpage"
)
_IN_PATH = re.compile(r"/(page|p|pages?)[/-](\d{1,5})(?=/|$|\.)")
_IN_QUERY = re.compile(r"([?&])([^=&#]+)=(\d{1,6})(?=&|$)")
_NEXT_WORDS = frozenset({"next", "suivant", "suivante"})
_MOST_LINKS = 3000
_LONGEST_ADDRESS = 1500
_LONGEST_WORDS = 100
_MOST_ARROWS = 4
"""Links to the first, the previous, the next and the last page need no number in their text."""


@dataclass(frozen=True, slots=True)
class FoundPaging:
    """A way on, where it leads from this page, and why it is believed."""

    paging: HtmlPaging
    next: str
    why: Evidence


def find_paging(outline: Outline) -> list[FoundPaging]:
    """All ways that the page shows, the surest first."""
    links = [part for part in outline.by_tag.get("a", ()) if part.element.get("href")][:_MOST_LINKS]
    found = [*_stated(outline), *_load_more(outline), *_said(outline, links), *_numbered(outline, links)]
    return found[:4]


def _address(outline: Outline, reference: str | None) -> str | None:
    """A page of this site that is not this page."""
    if reference is None or reference.strip().startswith("#"):
        return None
    address = page_address(outline.page.absolute(reference))
    here = page_address(outline.page.base)
    if address is None or here is None or address == here or urlsplit(address).netloc != urlsplit(here).netloc:
        return None
    return address


def _stated(outline: Outline) -> Iterator[FoundPaging]:
    """By `rel=next`, which is made for this (HTML standard, 4.6.7.15)."""
    for tag in ("a", "link"):
        marked = [part for part in outline.by_tag.get(tag, ()) if "next" in (part.element.get("rel") or "").split()]
        addresses = [_address(outline, part.element.get("href")) for part in marked]
        if len(marked) and addresses[0] is not None and len(set(addresses)) == 1:
            exact = all(part.element.get("rel") == "next" for part in marked)
            selector = Selector(expression=f"{tag}[rel{'=' if exact else '~='}next]")
            yield FoundPaging(NextLink(selector=selector), addresses[0], evidence("link-rel-next"))


def _said(outline: Outline, links: list[Part]) -> Iterator[FoundPaging]:
    """By its text, its title or its label for screen readers."""
    for part in reversed(links):
        element = part.element
        told = next((text for text in _told(part) if says_next(text)), None)
        address = _address(outline, element.get("href")) if told is not None else None
        if told is None or address is None:
            continue
        for selector in _selectors(part):
            leads = {_address(outline, one.get("href")) for one in selects(outline, selector)}
            if leads == {address}:
                yield FoundPaging(NextLink(selector=selector), address, evidence("link-says-next", text=told))
                return


def _told(part: Part) -> list[str]:
    element = part.element
    titled = [element.get("aria-label"), element.get("title"), part.words()]
    return [text for text in titled if text]


def _selectors(part: Part) -> Iterator[Selector]:
    element = part.element
    for token in part.tokens:
        if _NEXT_WORDS & set(words_of(token)):
            yield Selector(expression=f"a.{token}")
    holder = part.parent
    for token in holder.tokens if holder is not None else ():
        if holder is not None and _NEXT_WORDS & set(words_of(token)):
            yield Selector(expression=f"{holder.tag}.{token} > a")
    for name in ("aria-label", "title"):
        if (value := element.get(name)) and len(value) < _LONGEST_WORDS and says_next(value) and '"' not in value:
            yield Selector(expression=f'a[{name}="{value}"]')
    text = part.words()
    if text and len(text) < 60 and not ("'" in text and '"' in text):
        yield Selector(syntax=Syntax.XPATH, expression=f"//a[normalize-space()={quoted(text)}]")


def _load_more(outline: Outline) -> Iterator[FoundPaging]:
    """A button whose attribute holds the address of the next part."""
    for part in outline.parts:
        if part.tag not in {"a", "button", "div", "span"} or not says_more(text_of(part.element)[:200]):
            continue
        for name in _LOADERS:
            address = _address(outline, part.element.get(name))
            if address is None:
                continue
            selector = _button(outline, part, name)
            if selector is not None:
                paging = LoadMore(selector=selector, attribute=name)
                yield FoundPaging(paging, address, evidence("button-loads", attribute=name))
                return


def _button(outline: Outline, part: Part, name: str) -> Selector | None:
    own = part.element.get("id") or ""
    names = [f"#{own}"] if token_weight(own) else []
    for expression in (*(f"{part.tag}.{token}" for token in part.tokens), *names, f"{part.tag}[{name}]"):
        if selects(outline, Selector(expression=expression)) == [part.element]:
            return Selector(expression=expression)
    return None


def _numbered(outline: Outline, links: list[Part]) -> Iterator[FoundPaging]:
    """By links to pages whose addresses differ in one number only."""
    series: dict[str, dict[int, str]] = {}
    for part in links:
        address = _address(outline, part.element.get("href"))
        placed = _place_of_number(address) if address is not None else None
        if placed is not None and len(placed[0]) < _LONGEST_ADDRESS:
            template, number = placed
            series.setdefault(template, {}).setdefault(number, part.words())
    here = _place_of_number(page_address(outline.page.base) or "")
    for template, numbers in sorted(series.items(), key=lambda one: -len(one[1])):
        if _names_items(list(numbers.values())):
            continue
        by_text = {number: int(text) for number, text in numbers.items() if text.isdecimal() and len(text) < 6}
        known = here[1] if here is not None and here[0] == template else None
        found = _counting(numbers, by_text, known)
        if found is None:
            continue
        first, step = found
        told = evidence("numbered-links", numbers=", ".join(map(str, sorted(numbers)[:4])))
        paging = PageNumber(address=template, first=first, step=step)
        yield FoundPaging(paging, template.replace("{page}", str(first)), told)
        return


def _names_items(texts: list[str]) -> bool:
    """Whether so many links say words where those to pages say numbers: `/p/12` may be the page of an item as well."""
    return len(texts) > _MOST_ARROWS and 2 * sum(any(map(str.isdecimal, text)) for text in texts) < len(texts)


def _place_of_number(address: str) -> tuple[str, int] | None:
    """The address with `{page}` for its number, and the number."""
    query = urlsplit(address).query
    if any("{" in value for _, value in parse_qsl(query)):
        return None
    for match in _IN_QUERY.finditer(address):
        if match[2].lower().rpartition("[")[2].strip("]").lower() in _NUMBERS or match[2].lower().startswith("debut"):
            return f"{address[: match.start(3)]}{{page}}{address[match.end(3) :]}", int(match[3])
    path = _IN_PATH.search(address)
    if path is not None:
        return f"{address[: path.start(2)]}{{page}}{address[path.end(2) :]}", int(path[2])
    return None


def _begins(lowest: int, here: int | None) -> tuple[int, ...]:
    """The number of this page, as far as it can be told; arrows to the next and the last page say nothing of a step."""
    if here is not None:
        return (here,)
    return (1,) if lowest == 2 else (0,) if lowest > 2 else ()


def _counting(numbers: dict[int, str], by_text: dict[int, int], here: int | None) -> tuple[int, int] | None:
    """The number of the page after this one, and the step."""
    ordered = sorted(numbers)
    told = sorted((text, number) for number, text in by_text.items())
    if len(told) >= 2:
        (one, low), (other, high) = told[0], told[1]
        step = (high - low) // max(1, other - one)
    elif len(ordered) >= 2:
        step = min(high - low for low, high in pairwise(sorted({*ordered, *_begins(ordered[0], here)})))
    elif told:
        step = ordered[0] // (told[0][0] - 1) if told[0][0] > 1 and ordered[0] else 1
    elif here is not None or ordered[0] == 2:
        step = abs(ordered[0] - (here if here is not None else 1)) or 1
    else:
        return None
    if step < 1:
        return None
    if here is not None:
        return here + step, step
    second = next((number for text, number in told if text == 2), None)
    return (second if second is not None else next((n for n in ordered if n > 0), ordered[0])), step

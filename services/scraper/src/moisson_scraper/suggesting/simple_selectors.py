"""The simplest selector that selects exactly given elements: a class, a class within a place, a path of tags."""

from collections.abc import Iterator, Sequence

from moisson_scraper.reading.selectors import Node, SelectorFailed, SelectorRefused, compile_selector
from moisson_scraper.suggesting.page_outline import Outline, Part
from moisson_scraper.suggesting.vocabulary import token_weight
from moisson_shared.contracts.selecting import Selector, Syntax

_MOST_TRIED = 24
_MOST_STEPS = 40
_ROWS = ("//tr[td]", "//tr[td[2]]", "//tr[td][preceding-sibling::tr]", "//tr[td[2]][preceding-sibling::tr]")
"""Those with cells; without lines between groups; without a first row that heads columns."""


def item_selector(outline: Outline, parts: Sequence[Part]) -> Selector | None:
    """A selector of these parts and no others; None where there is none that is worth writing."""
    wanted = [part.element for part in parts]
    for tried, selector in enumerate(_candidates(outline, parts)):
        if tried >= _MOST_TRIED:
            break
        if selects(outline, selector) == wanted:
            return selector
    return None


def selects(outline: Outline, selector: Selector) -> list[Node]:
    """The elements that a selector gives on the page; nothing where it cannot be used."""
    try:
        found = compile_selector(selector).select(outline.page.root)
        return [one for one in found if not isinstance(one, str)]
    except (SelectorRefused, SelectorFailed):
        return []


def _candidates(outline: Outline, parts: Sequence[Part]) -> Iterator[Selector]:
    tag = parts[0].tag
    tokens = _shared_tokens(parts)
    own = [f"{tag}.{token}" for token in tokens] or [tag]
    for expression in own:
        alike = outline.by_class[tag, expression.partition(".")[2]] if "." in expression else outline.by_tag[tag]
        if len(alike) == len(parts) and expression != "a":  # the next page has a link back besides
            yield _css(expression)
    places = _places(outline, parts)
    for place, direct, _ in places:
        for expression in (*own, *([tag] if tokens else [])):
            if direct:
                yield _css(f"{place} > {expression}")
            if expression != "a":
                yield _css(f"{place} {expression}")
    if tag == "tr":
        yield from _rows([place for place, _, _ in places[:2]])
    for place, _, top in places:
        path = _path_below(parts[0], top) if top is not None else []
        if path and len(path) < _MOST_STEPS:
            yield _css(" > ".join((place, *path)))
    if parts[0].depth < _MOST_STEPS:
        yield Selector(syntax=Syntax.XPATH, expression=_full_path(parts[0]))


def _rows(places: Sequence[str]) -> Iterator[Selector]:
    for rows in _ROWS:
        for place in places:
            yield Selector(syntax=Syntax.XPATH, expression=f"{_table_in(place)}{rows}")
        yield Selector(syntax=Syntax.XPATH, expression=rows)


def _css(expression: str) -> Selector:
    return Selector(expression=expression)


def _table_in(place: str) -> str:
    """The place of rows in XPath."""
    name, _, token = place.partition(".")
    if name.startswith("#"):
        return f"//*[@id='{name[1:]}']"
    return f"//{name or '*'}[has-class('{token}')]" if token else f"//{name}"


def _shared_tokens(parts: Sequence[Part]) -> list[str]:
    shared = set(parts[0].tokens).intersection(*(part.tokens for part in parts[1:]))
    return [token for token in parts[0].tokens if token in shared]


def common_ancestor(parts: Sequence[Part]) -> Part | None:
    """The nearest part that holds them all."""
    chain: list[Part] = []
    above = parts[0].parent
    while above is not None:
        chain.append(above)
        above = above.parent
    for part in parts[1:]:
        known = set(map(id, chain))
        above = part.parent
        while above is not None and id(above) not in known:
            above = above.parent
        chain = chain[chain.index(above) :] if above is not None else []
    return chain[0] if chain else None


def _places(outline: Outline, parts: Sequence[Part]) -> list[tuple[str, bool, Part | None]]:
    """Selectors of what holds the parts, the nearest first, whether it holds them directly, and which part it is where
    it is one."""
    found: list[tuple[str, bool, Part | None]] = []
    parents = {id(part.parent): part.parent for part in parts if part.parent is not None}
    if len(parents) > 1:
        holders = list(parents.values())
        found.extend((f"{holders[0].tag}.{token}", True, None) for token in _shared_tokens(holders)[:2])
    above = common_ancestor(parts)
    first = parts[0].parent
    while above is not None and len(found) < 5:
        direct = above is first and len(parents) == 1
        found.extend((place, direct, above) for place in _place(outline, above))
        above = above.parent
    return found


def _place(outline: Outline, part: Part) -> Iterator[str]:
    name = part.element.get("id") or ""
    if token_weight(name):
        yield f"#{name}"
    for token in part.tokens:
        if len(outline.by_class[part.tag, token]) == 1:
            yield f"{part.tag}.{token}"
            break
    if part.tag not in {"html", "body"} and len(outline.by_tag[part.tag]) == 1:
        yield part.tag


def _path_below(first: Part, top: Part) -> list[str]:
    """The tags between what holds all parts and the first of them."""
    tags: list[str] = []
    part: Part | None = first
    while part is not None and part is not top:
        tags.append(part.tag)
        part = part.parent
    return list(reversed(tags))


def _full_path(part: Part) -> str:
    steps = [part.tag]
    above = part.parent
    while above is not None:
        alike = [child for child in above.parent.children if child.tag == above.tag] if above.parent else [above]
        steps.append(above.tag if len(alike) == 1 else f"{above.tag}[{alike.index(above) + 1}]")
        above = above.parent
    return "/" + "/".join(reversed(steps))

"""What today's page has not that the last good one had, and what finds it again. Pure.

Steps: find the items in both pages, then each field in the items of both; for what is found in the good page only, look
for elements or values like it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from moisson_scraper.locating.html_places import FieldFinder, HtmlFinder, Located
from moisson_scraper.locating.json_places import may_be_long, members_at
from moisson_scraper.locating.page_fields import PageFields
from moisson_scraper.reading.html_page import text_of
from moisson_scraper.reading.json_document import parse_json
from moisson_scraper.reading.json_paths import PathFailed, compile_path
from moisson_scraper.reading.selectors import Node, Scope, compile_selector
from moisson_scraper.reading.source_reader import FetchedPage, TakesLong
from moisson_scraper.reading.text_cleaning import clean_text
from moisson_scraper.repair.element_likeness import label_of
from moisson_scraper.repair.propose_items import propose_items
from moisson_scraper.repair.propose_next import propose_next
from moisson_scraper.repair.propose_paths import propose_item_paths, propose_paths
from moisson_scraper.repair.propose_selectors import Scene, propose_selectors
from moisson_shared.contracts.run_repair import LostElement, Proposal
from moisson_shared.contracts.selecting import HtmlField, JsonPath, Take
from moisson_shared.contracts.spider_preview import ElementPlace

ITEM = "(item)"
LINK = "(link)"
ADDRESS = "(address)"
NEXT = "(next)"
NO_FIELDS = frozenset({ITEM, LINK, ADDRESS, NEXT})
"""What has no figures of its own in a run."""
_CHARACTERS = 300
_ATTRIBUTES = 20
_MOST_ITEMS = 100
"""Of one page: enough to see what is lost."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that was found and is not."""

    name: str
    pointer: tuple[str, ...]
    was: LostElement
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two pages, with the configuration that read it."""

    page: FetchedPage
    fields: PageFields


IsLost = Callable[[str, float, float], bool]
"""Of a field, by its name and the share of items in which it was and is filled."""


def is_lost(was: float, now: float, in_run: float | None, usual: float | None) -> bool:
    """Shares of items in which a field is filled: in the good page, in today's, in the whole run, in earlier runs.

    A single page may lack a value; the run as a whole has lost a field that is filled in less than half as many items.
    """
    if not was or now >= was / 2:
        return False
    return in_run is None or in_run < (usual if usual is not None else was) / 2


def find_losses(good: Side, today: Side, lost: IsLost) -> list[Loss]:
    """The losses of one kind of page, the item first. Raises `Unreadable`, and `TakesLong` for large pages."""
    if good.fields.html is not None and today.fields.html is not None:
        return list(_in_html(good, today, lost))
    if good.fields.html is None and today.fields.html is None:
        return list(_in_json(good, today, lost))
    return []


# HTML.


def _in_html(good: Side, today: Side, lost: IsLost) -> Iterator[Loss]:
    was, now = HtmlFinder(good.fields), HtmlFinder(today.fields)
    before, after = was.parsed(good.page), now.parsed(today.page)
    old, new = _elements(was.scopes(before)), _elements(now.scopes(after))
    if old and not new:
        item = _lost_item(old, after.root, today.fields)
        yield item
        if not item.proposals or item.proposals[0].selector is None:
            return
        new = _elements(compile_selector(item.proposals[0].selector).select(after.root))
    scope = Scope.ITEM if today.fields.item is not None else Scope.PAGE
    scene = Scene(after, new)
    fields = dict(today.fields.html or {})
    finders: dict[str, tuple[FieldFinder | None, FieldFinder | None]] = {
        name: (was.finders.get(name), now.finders.get(name)) for name in fields
    }
    if today.fields.link is not None:
        finders[LINK] = was.link, now.link
        taken = {} if today.fields.link.attribute is not None else {"take": Take.LINK}
        fields[LINK] = today.fields.link.model_copy(update=taken)
    for name, (finder, other) in finders.items():
        if finder is None or other is None:
            continue
        found = [(part, list(finder.located(before, part))) for part in old]
        filled = [bool(list(other.located(after, part))) for part in new]
        if not lost(name, _share([bool(values) for _, values in found]), _share(filled)):
            continue
        proposals = propose_selectors(_of_link(fields[name], name), found, scene, scope)
        yield Loss(name, _pointer(today.fields, name), _element(found), tuple(proposals))
    if was.next is not None and now.next is not None and today.fields.next is not None and len(new) >= len(old):
        # A page with fewer items than before may well be the last one.
        link = next(iter(was.next.located(before, before.root)), None)
        if link is not None and not any(True for _ in now.next.located(after, after.root)):
            following = propose_next(today.fields.next, link, before.root, after, today.page.address)
            yield Loss(NEXT, _pointer(today.fields, NEXT), _element([(before.root, [link])]), tuple(following))


def _of_link(field: HtmlField, name: str) -> HtmlField:
    return field.model_copy(update={"many": False}) if name == LINK else field


def _elements(parts: Sequence[Any]) -> list[Node]:
    return [part for part in parts if not isinstance(part, str)][:_MOST_ITEMS]


def _share(filled: Sequence[bool]) -> float:
    return mean(filled) if filled else 0.0


def _lost_item(old: Sequence[Node], root: Node, fields: PageFields) -> Loss:
    first = old[0]
    element = LostElement(
        place=ElementPlace(path=first.getroottree().getpath(first), line=first.sourceline),
        value=" ".join(text_of(first).split())[:_CHARACTERS],
        attributes=_attributes(first),
    )
    return Loss(ITEM, (*fields.pointer, "item"), element, tuple(propose_items(old, root)))


def _element(found: Sequence[tuple[Node, Sequence[Located]]]) -> LostElement:
    scope, values = next((part, values) for part, values in found if values)
    one = values[0]
    return LostElement(
        place=one.place,
        value=one.value[:_CHARACTERS],
        label=label_of(one.element, scope),
        attributes=_attributes(one.element),
    )


def _attributes(element: Node) -> dict[str, str]:
    return {str(name): str(value)[:_CHARACTERS] for name, value in list(element.attrib.items())[:_ATTRIBUTES]}


def _pointer(fields: PageFields, name: str) -> tuple[str, ...]:
    within: dict[str, tuple[str, ...]] = {
        LINK: ("detail", "link" if fields.link is not None else "value"),
        ADDRESS: ("link",),
        NEXT: ("paging", "selector"),
    }
    return (*fields.pointer, *within.get(name, ("fields", name)))


# JSON.


def _in_json(good: Side, today: Side, lost: IsLost) -> Iterator[Loss]:
    before, after = _document(good), _document(today)
    old = _members(before, good.fields)
    new = [value for _, value in _members(after, today.fields)]
    if old and not new and today.fields.items is not None:
        was = _value(*old[0])
        proposals = propose_item_paths(today.fields.items, [value for _, value in old], after)
        yield Loss(ITEM, (*today.fields.pointer, "items"), was, tuple(proposals))
        if not proposals or proposals[0].path is None:
            return
        new = [value for _, value in members_at(after, proposals[0].path)]
    earlier = _paths(good.fields)
    for name, path in _paths(today.fields).items():
        if name not in earlier:
            continue
        found = [_values(earlier[name], value) for _, value in old]
        filled = [bool(_values(path, value)) for value in new]
        if not lost(name, _share([bool(values) for values in found]), _share(filled)):
            continue
        where, values = next((place, values) for (place, _), values in zip(old, found, strict=True) if values)
        was = _value(where + values[0][0].removeprefix("$"), values[0][1])
        proposals = propose_paths(path, [value[1] for values in found for value in values], new)
        yield Loss(name, _pointer(today.fields, name), was, tuple(proposals))


def _paths(fields: PageFields) -> dict[str, JsonPath]:
    """Of the fields, of what names the page behind, and of the page for people."""
    named = {LINK: fields.value, ADDRESS: fields.address}
    return {**fields.json, **{name: path for name, path in named.items() if path is not None}}


def _value(path: str, value: Any) -> LostElement:
    return LostElement(place=ElementPlace(path=clean_text(path)[0]), value=clean_text(str(value)[:_CHARACTERS])[0])


def _document(side: Side) -> Any:
    if may_be_long(side.page, side.fields):
        raise TakesLong
    return parse_json(side.page).value


def _members(document: Any, fields: PageFields) -> list[tuple[str, Any]]:
    try:
        return members_at(document, fields.items) if fields.items is not None else [("$", document)]
    except PathFailed:
        return []


def _values(path: str, member: Any) -> list[tuple[str, Any]]:
    try:
        found = compile_path(path).located(member)
    except PathFailed:
        return []
    return [(place, value) for place, value in found if value not in (None, "", [], {})]


def field_shares(filled: Mapping[str, int], items: int) -> dict[str, float]:
    """Of each field, the share of a run's items in which it is filled."""
    return {name: count / items for name, count in filled.items()} if items else {}

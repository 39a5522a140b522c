"""A JSON document that has a list of things in it: where they are, what each has, how the API goes on.

The longest list of objects with the most keys is the items. What stands around it says how the next answer is had.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from moisson_scraper.suggesting.evidence import evidence
from moisson_scraper.suggesting.vocabulary import word_set
from moisson_shared.contracts.paging import (
    CursorParameter,
    JsonPaging,
    LinkHeader,
    NextAddress,
    OffsetParameter,
    PageParameter,
)
from moisson_shared.contracts.spider_suggestion import Evidence

MOST_ITEMS = 200
"""Items that are looked at."""
_DEEPEST = 4
_MOST_LISTS = 200
_LONGEST_NAME = 200
_LONGEST_PATH = 500
_PLAIN_KEY = re.compile(r"^[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*$")
_NEXT_ADDRESS = (
    "next",
    "next_url",
    "nextPage",
    "next_page_url",
    "nextLink",
    "next_page",
    "suivant",
    "@odata.nextLink",
    "@nextLink",
)
_NEXT_CURSOR = (
    "next_cursor",
    "nextCursor",
    "cursor",
    "next",
    "continuation",
    "after",
    "next_token",
    "nextPageToken",
    "next_page_token",
    "endCursor",
    "end_cursor",
    "next_offset",
    "nextOffset",
    "next_page",
    "nextPage",
    "offset",
)
_HAS_NEXT = ("hasNextPage", "has_next_page")
_HAS_MORE = "has_more"
_CONNECTION = ("pageInfo", "page_info")
"""Where a list says how it goes on (GraphQL Cursor Connections, 5): with an `endCursor` even where nothing follows."""
_TOTAL = word_set("total count totalcount total_count nhits nb_resultats numfound totalitems total_items totalelements")
_PAGE = ("page", "current_page", "currentPage", "page_number", "pageNumber")
_PAGES = word_set("total_pages totalpages pages last_page lastpage page_count pagecount nb_pages")
_PAGE_OF_PAGES = "number"
"""What Spring calls the page, which it counts from 0."""
_EDGE = word_set("node cursor __typename")
_OFFSET = ("offset", "start", "skip", "debut", "from")
_SIZE = ("limit", "per_page", "perPage", "page_size", "pageSize", "rows", "size", "count", "taille")


@dataclass(frozen=True, slots=True)
class JsonField:
    """A name, and the path to its values from an item."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class JsonList:
    """The items of a document."""

    path: str
    items: tuple[dict[str, Any], ...]
    around: dict[str, Any]
    """What stands beside the list or above it, by path."""
    fields: tuple[JsonField, ...]


@dataclass(frozen=True, slots=True)
class JsonNext:
    """A way on that the answer suggests, and why; to be tried."""

    paging: JsonPaging
    why: Evidence


def find_list(document: Any) -> JsonList | None:
    """The items of a document; None where there is no list of objects."""
    best: tuple[float, str, list[Any]] | None = None
    for path, members in _lists(document):
        if len(path) > _LONGEST_PATH:
            continue
        objects = [member for member in members[:MOST_ITEMS] if isinstance(member, dict)]
        if len(objects) * 2 <= min(len(members), MOST_ITEMS):
            continue
        keys = sum(len(member) for member in objects) / len(objects)
        worth = min(len(members), 50) * min(keys, 12) / (1 + path.count("."))
        if best is None or worth > best[0]:
            best = (worth, path, members)
    if best is None:
        return None
    path, items = _of_edges(best[1], tuple(member for member in best[2][:MOST_ITEMS] if isinstance(member, dict)))
    return JsonList(path, items, dict(_around(document)), tuple(_fields(items)))


def _of_edges(path: str, items: tuple[dict[str, Any], ...]) -> tuple[str, tuple[dict[str, Any], ...]]:
    """The nodes, where the members are the edges that lead to them (GraphQL Cursor Connections, 3)."""
    nodes = tuple(node for item in items if isinstance(node := item.get("node"), dict))
    edges = len(nodes) == len(items) and all(item.keys() <= _EDGE for item in items)
    return (f"{path}.node", nodes) if edges else (path, items)


def _lists(document: Any) -> Iterator[tuple[str, list[Any]]]:
    """Lists with something in them, those near the top first."""
    pending: list[tuple[str, Any, int]] = [("$", document, 0)]
    seen = 0
    while pending and seen < _MOST_LISTS:
        path, value, depth = pending.pop(0)
        seen += 1
        if isinstance(value, list):
            if value:
                yield f"{path}[*]", value
        elif isinstance(value, dict) and depth < _DEEPEST:
            pending.extend((path + step(key), part, depth + 1) for key, part in list(value.items())[:100])


def step(key: str) -> str:
    """A key as a step of a path (RFC 9535, 2.5.1)."""
    if _PLAIN_KEY.match(key):
        return f".{key}"
    escaped = key.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


def _around(document: Any, path: str = "$", depth: int = 0) -> Iterator[tuple[str, Any]]:
    if not isinstance(document, dict) or (depth > 2 and not path.endswith(_CONNECTION)):
        return
    for key, value in list(document.items())[:60]:
        if isinstance(value, dict):
            yield from _around(value, path + step(key), depth + 1)
        elif not isinstance(value, list) and len(path) + len(key) < _LONGEST_PATH:
            yield path + step(key), value


def _fields(items: tuple[dict[str, Any], ...]) -> Iterator[JsonField]:
    """The keys of all items; an object that all have is taken apart, one level deep."""
    counts: Counter[tuple[str, ...]] = Counter()
    filled: Counter[tuple[str, ...]] = Counter()
    for item in items:
        for keys, value in _leaves(item):
            counts[keys] += 1
            filled[keys] += value not in (None, "", [], {})
    last = Counter(keys[-1] for keys in counts)
    mixed = {keys[:1] for keys in counts if len(keys) > 1}
    named: set[str] = set()
    for keys in list(counts)[:100]:
        if keys in mixed and not filled[keys]:
            continue
        name = keys[-1] if last[keys[-1]] == 1 else " ".join(keys)
        path = "$" + "".join(map(step, keys))
        if name.strip() and len(name) <= _LONGEST_NAME and len(path) <= _LONGEST_PATH and name not in named:
            named.add(name)
            yield JsonField(name, path)


def _leaves(item: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in list(item.items())[:100]:
        if isinstance(value, dict) and value and len(value) <= 30:
            yield from (((key, inner), part) for inner, part in value.items())
        else:
            yield (key,), value


def ways_on(found: JsonList, address: str, linked: bool) -> Iterator[JsonNext]:
    """The ways that the answer suggests, the surest first; `linked`: its Link header names a next page."""
    by_key = {_last_key(path): (path, value) for path, value in found.around.items()}
    asked = dict(parse_qsl(urlsplit(address).query))
    if linked:
        yield JsonNext(LinkHeader(), evidence("json-link-header"))
    for key in _NEXT_ADDRESS:
        path, value = by_key.get(key, ("", None))
        if isinstance(value, str) and ("/" in value or value.startswith("?")):
            yield JsonNext(NextAddress(path=path), evidence("json-next-address", path=path))
    if not goes_on_in_variables(found, address):
        yield from _by_cursor(by_key)
    yield from _counted(found, by_key, asked)


def goes_on_in_variables(found: JsonList, address: str) -> bool:
    """Whether more follows behind a cursor that the variables of a GraphQL query take, where no address can hold it."""
    query = dict(parse_qsl(urlsplit(address).query)).get("query", "")
    more = any(_last_key(path) in _HAS_NEXT and value is True for path, value in found.around.items())
    return more and "{" in query


def _by_cursor(by_key: dict[str, tuple[str, Any]]) -> Iterator[JsonNext]:
    """By what the answer gives for the next call, unless it says that this is the end."""
    if any(by_key.get(key, ("", None))[1] is False for key in (*_HAS_NEXT, _HAS_MORE)):
        return
    for key in _NEXT_CURSOR:
        path, value = by_key.get(key, ("", None))
        if not _is_cursor(key, value):
            continue
        for parameter in dict.fromkeys(_takers(key, by_key)):
            told = evidence("json-cursor", path=path, parameter=parameter)
            yield JsonNext(CursorParameter(parameter=parameter, path=path), told)


def _is_cursor(key: str, value: Any) -> bool:
    """A text or a number, no address. An offset only where it is no number: such a one is counted up."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return False
    if key == "offset":
        return isinstance(value, str) and not value.strip().isdecimal()
    return "/" not in str(value)


def _last_key(path: str) -> str:
    """What a path leads to, without its vocabulary: `next` of `$['hydra:view']['hydra:next']` and `$._links.next.href`,
    for links have an `href` each (HAL, 5)."""
    path = path.removesuffix(".href")
    quoted = path.endswith("']")
    key = path[:-2].rpartition("['")[2] if quoted else path.rpartition(".")[2]
    return key.rpartition(":")[2]


def _takers(key: str, by_key: dict[str, tuple[str, Any]]) -> tuple[str, ...]:
    """The parameters that may take a cursor named so, the likeliest first: `nextPageToken` goes into `pageToken`."""
    rest = key.removeprefix("next").lstrip("_")
    named = rest[:1].lower() + rest[1:]
    if named == "offset" or named.lower() == "page":
        return (named,)
    if key in ("endCursor", "end_cursor"):
        return ("after", "cursor")
    if key == "next_cursor" and by_key.get(_HAS_MORE, ("", None))[1] is True:  # as Notion has it
        return ("start_cursor", "cursor", key, "after")
    token = (named,) if rest.lower().endswith("token") else ()
    return (*token, "cursor", key, "after")


def _counted(found: JsonList, by_key: dict[str, tuple[str, Any]], asked: dict[str, str]) -> Iterator[JsonNext]:
    size_key = next((key for key in _SIZE if key in asked or _number(by_key, key) == len(found.items)), None)
    size = len(found.items)
    totals = [value for key, (_, value) in by_key.items() if key.lower() in _TOTAL and isinstance(value, int)]
    if totals and max(totals) <= size:
        return
    for key in _OFFSET:
        if key in asked or _number(by_key, key) is not None:
            paging = OffsetParameter(parameter=key, size_parameter=size_key, size=size)
            yield JsonNext(paging, evidence("json-offset", parameter=key, size=size))
    paged = next((key for key in _PAGE if key in asked or _number(by_key, key) is not None), None)
    if paged is not None or any(key.lower() in _PAGES for key in by_key) or totals:
        parameter = paged if paged in asked else "page"
        from_zero = asked.get(paged or "") == "0" or any(_number(by_key, key) == 0 for key in (*_PAGE, _PAGE_OF_PAGES))
        paging_by_page = PageParameter(parameter=parameter or "page", first=0 if from_zero else 1)
        yield JsonNext(paging_by_page, evidence("json-pages"))
    if totals:
        for key in ("offset", "start"):
            yield JsonNext(
                OffsetParameter(parameter=key, size_parameter=size_key, size=size),
                evidence("json-more", size=size),
            )


def _number(by_key: dict[str, tuple[str, Any]], key: str) -> int | None:
    value = by_key.get(key, ("", None))[1]
    return value if isinstance(value, int) and not isinstance(value, bool) else None

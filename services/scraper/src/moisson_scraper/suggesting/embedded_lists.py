"""Lists of objects that stand in a page's scripts: no source reads them there, but they are worth a word. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Any

from moisson_scraper.reading.html_page import text_of
from moisson_scraper.suggesting.page_outline import Outline

_MOST_SCRIPT = 2_000_000
_MOST_TRIED = 20
_FEWEST_IN_CODE = 3
_DATA = frozenset({"application/json", "text/json"})
_LINKED_DATA = "application/ld+json"
_CODE = frozenset({"", "text/javascript", "application/javascript", "module"})
_ARRAY = re.compile(r"\[\s{0,50}\{\s{0,50}\"")
_NAME_BEFORE = re.compile(r"([A-Za-z_$][\w$.]{0,60})[\"']?\s{0,5}[=:(]\s{0,5}$")
_LONGEST_BEFORE = 80


def embedded_lists(outline: Outline) -> Iterator[tuple[int, str]]:
    """Those in scripts made for data: how many objects, and where."""
    for kind, name, text in _scripts(outline):
        if kind not in _DATA:
            continue
        for key, members in _members(_parsed(text)):
            if len(members) > 1 and isinstance(members[0], dict):
                yield len(members), name or key
                break


def lists_in_code(outline: Outline) -> Iterator[tuple[int, str]]:
    """Those that code begins with, as for a map, and lists in JSON-LD: many a page has such for its looks or for search
    engines, so they count where the page shows no list besides."""
    for kind, _, text in _scripts(outline):
        if kind == _LINKED_DATA:
            value = _parsed(text)
            members = value.get("itemListElement") if isinstance(value, dict) else value
            if isinstance(members, list) and len(members) >= _FEWEST_IN_CODE and isinstance(members[0], dict):
                yield len(members), "JSON-LD"
        elif kind in _CODE:
            yield from _arrays(text)


def _scripts(outline: Outline) -> Iterator[tuple[str, str, str]]:
    """Type, id and text of each script, as far as there is room."""
    left = _MOST_SCRIPT
    for script in outline.page.root.iter("script"):
        text = text_of(script)
        left -= len(text)
        if left < 0:
            return
        yield (script.get("type") or "").lower(), script.get("id") or "", text


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _arrays(text: str) -> Iterator[tuple[int, str]]:
    """Arrays of like objects that are JSON as they stand."""
    decoder = json.JSONDecoder()
    behind = 0
    for tried, match in enumerate(_ARRAY.finditer(text)):
        if tried >= _MOST_TRIED:
            return
        if match.start() < behind:
            continue
        try:
            members, behind = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        keys = [set(one) for one in members if isinstance(one, dict)]
        if len(keys) == len(members) >= _FEWEST_IN_CODE and len(set.intersection(*keys)) > 1:
            name = _NAME_BEFORE.search(text[max(0, match.start() - _LONGEST_BEFORE) : match.start()])
            yield len(members), name[1] if name is not None else "a script"


def _members(value: Any) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(value, list):
        yield "a script", value
    elif isinstance(value, dict):
        yield from ((key, part) for key, part in value.items() if isinstance(part, list) and part)

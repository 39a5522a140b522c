"""JSON paths for values that are lost: members of today's objects that are named or filled alike. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from statistics import mean
from typing import Any

from moisson_scraper.reading.json_paths import PathRefused, compile_path
from moisson_scraper.reading.text_cleaning import clean_text
from moisson_scraper.repair.element_likeness import multiset_likeness, plain, value_likeness
from moisson_scraper.repair.ranked_proposals import LEAST_LIKENESS, MOST_PROPOSALS, proposed, ranked
from moisson_shared.contracts.run_repair import Proposal

_DEEPEST = 5
_MOST_PATHS = 400
_TRIED = 40
_LONGEST = 500
"""Characters of a path that people would want to read."""
_SHORT = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_STEP = re.compile(r"\.(\w+)|\[\s*'((?:[^'\\]|\\.)*)'\s*\]|\[\s*\"((?:[^\"\\]|\\.)*)\"\s*\]")


def propose_paths(lost: str, values: Sequence[Any], members: Sequence[Any]) -> list[Proposal]:
    """For a field: `lost` is its path, `values` what it gave in the good page, `members` are today's items."""
    if not values or not members:
        return []
    known = frozenset(plain(_text(value)) for value in values)
    names = names_in(lost)
    found: dict[str, list[str]] = {}
    tried = members[:_TRIED]
    for member in tried:
        for path, value in paths_in(member):
            if value not in (None, "", [], {}) and (path in found or len(found) < _MOST_PATHS):
                found.setdefault(path, []).append(_text(value))
    proposals = []
    for path, texts in found.items():
        likeness = mean(
            max(value_likeness(plain(_text(one)), plain(text), known) for one in values[:3]) for text in texts
        )
        named = _names_likeness(names, names_in(path))
        confidence = (0.5 * likeness + 0.5 * named) * (0.5 + 0.5 * len(texts) / len(tried))
        if confidence >= LEAST_LIKENESS and _is_path(path):
            samples = tuple(dict.fromkeys(text[:200] for text in texts))
            proposals.append(proposed(path, confidence, len(texts), len(tried), samples))
    return ranked(proposals)[:MOST_PROPOSALS]


def propose_item_paths(lost: str, good: Sequence[Any], document: Any) -> list[Proposal]:
    """For the items: lists of objects in today's document that have the keys of the good page's items."""
    if not good:
        return []
    keys = _keys(good)
    proposals = []
    for path, value in [("$", document), *paths_in(document, lists=True)]:
        objects = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
        if not objects:
            continue
        likeness = multiset_likeness(keys, _keys(objects))
        confidence = 0.7 * likeness + 0.3 * _names_likeness(names_in(lost), names_in(path))
        if confidence >= LEAST_LIKENESS and _is_path(path):
            samples = tuple(_text(one)[:200] for one in objects[:3])
            proposals.append(proposed(f"{path}[*]", confidence, len(objects), len(objects), samples))
    return ranked(proposals)[:MOST_PROPOSALS]


def paths_in(value: Any, *, lists: bool = False) -> Iterator[tuple[str, Any]]:
    """Every value inside with its path; lists too, else only what lists of plain values hold together."""
    yield from _inside("$", value, 0, lists)


def _inside(path: str, value: Any, depth: int, lists: bool) -> Iterator[tuple[str, Any]]:
    if depth >= _DEEPEST or not isinstance(value, dict):
        return
    for key, part in list(value.items())[:200]:
        here = f"{path}.{key}" if _SHORT.fullmatch(key) else f"{path}['{_escaped(key)}']"
        if isinstance(part, dict):
            yield from _inside(here, part, depth + 1, lists)
        elif isinstance(part, list):
            if lists:
                yield here, part
            elif all(not isinstance(one, dict | list) for one in part):
                yield f"{here}[*]", part
        elif not lists:
            yield here, part


def names_in(path: str) -> tuple[str, ...]:
    """The names along a path, the last one first."""
    return tuple(reversed(["".join(match) for match in _STEP.findall(path)]))


def _names_likeness(was: Sequence[str], now: Sequence[str]) -> float:
    """Mostly of the last names; those before them count a little."""
    if not was or not now:
        return 1.0 if not was and not now else 0.3
    last = SequenceMatcher(None, was[0].casefold(), now[0].casefold()).ratio()
    before = SequenceMatcher(None, was[1:], now[1:]).ratio()
    return 0.75 * last + 0.25 * before


def _keys(objects: Sequence[Any]) -> Counter[str]:
    return Counter({key for one in objects[:_TRIED] if isinstance(one, dict) for key in one})


def _text(value: Any) -> str:
    return clean_text(", ".join(map(str, value)) if isinstance(value, list) else str(value))[0]


def _is_path(path: str) -> bool:
    if len(path) > _LONGEST or clean_text(path)[1]:
        return False
    try:
        compile_path(path)
    except PathRefused:
        return False  # a key that no query can name
    return True


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace("'", "\\'")

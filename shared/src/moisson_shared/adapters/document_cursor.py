"""The paging cursor: the sort values and the key of the last document of a page, opaque to whoever carries it.

It comes back from outside, so everything in it is checked again. Knows no engine.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass

from moisson_shared.adapters.document_attributes import Attribute, Layout, Plain, is_plain, is_storable
from moisson_shared.contracts.errors import Invalid
from moisson_shared.ports.documents import Condition, Equal, Find

MOST_ON_A_PAGE = 5000


@dataclass(frozen=True, slots=True)
class SortKey:
    """One attribute that a page is sorted by."""

    attribute: Attribute
    descending: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: a value per sort key, and the key of the document."""

    values: tuple[Plain, ...]
    key: str


def sort_keys(layout: Layout, find: Find) -> tuple[SortKey, ...]:
    """What a page is sorted by, each attribute once (the first mention decides). ValueError for a wrong limit."""
    if not 1 <= find.limit <= MOST_ON_A_PAGE:
        raise ValueError(f"a page has 1 to {MOST_ON_A_PAGE} documents, not {find.limit}")
    keys: dict[str, SortKey] = {}
    for order in find.order:
        keys.setdefault(order.attribute, SortKey(layout.attribute(order.attribute), order.descending))
    return tuple(keys.values())


def ties_possible(layout: Layout, where: Sequence[Condition], keys: tuple[SortKey, ...]) -> bool:
    """Whether two found documents can have the same sort values: not when these and the attributes that are held
    equal contain a unique group that is always checked."""
    settled = {key.attribute.name for key in keys}
    settled |= {condition.attribute for condition in where if isinstance(condition, Equal)}
    if layout.collection.keyed_by in settled:
        return False
    return not any(settled.issuperset(group) and always_checked(layout, group) for group in layout.collection.unique)


def always_checked(layout: Layout, group: Sequence[str]) -> bool:
    """Whether no document escapes the unique group: none of its attributes may be None."""
    return not any(layout.attribute(name).optional for name in group)


def is_unique_alone(layout: Layout, name: str) -> bool:
    """Whether no two documents have the same value of the attribute: its unique index finds and sorts by it too."""
    return (name,) in layout.collection.unique and always_checked(layout, (name,))


def write_cursor(layout: Layout, keys: tuple[SortKey, ...], place: Place) -> str:
    """The cursor for the page after `place`."""
    text = json.dumps([_label(layout, keys), *place.values, place.key], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(layout: Layout, keys: tuple[SortKey, ...], cursor: str) -> Place:
    """The place a cursor names; `Invalid` unless this collection's paging in this order gave it."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise Invalid("The paging cursor is damaged; start again from the first page.") from error
    if not isinstance(parts, list) or len(parts) != len(keys) + 2 or parts[0] != _label(layout, keys):
        raise Invalid("The paging cursor belongs to another list; start again from the first page.")
    values, key = tuple(parts[1:-1]), parts[-1]
    fits = all(is_plain(wanted.attribute, value) for wanted, value in zip(keys, values, strict=True))
    if not fits or not isinstance(key, str) or not is_storable(key):
        raise Invalid("The paging cursor is damaged; start again from the first page.")
    return Place(values, key)


def _label(layout: Layout, keys: tuple[SortKey, ...]) -> str:
    return ",".join([layout.name, *(f"{'-' if key.descending else '+'}{key.attribute.name}" for key in keys)])

"""Values that stand in attributes: the id of an item, its position on a map, what scripts are told of it."""

import re
from collections.abc import Iterator, Sequence

from moisson_scraper.suggesting.confidence import KNOWN_NAME, OWN_NAME, PROPERTY
from moisson_scraper.suggesting.item_slots import property_name
from moisson_scraper.suggesting.page_outline import Part
from moisson_scraper.suggesting.proposed_field import ProposedField
from moisson_scraper.suggesting.vocabulary import plain
from moisson_shared.contracts.selecting import HtmlField, Syntax, Take

_POSITION = re.compile(r"^data-(?:.*-)?(lat|latitude|lng|lon|long|longitude)$")
_PLAIN_NAME = re.compile(r"^data-[a-z][a-z0-9-]{0,40}$")
_OF_SCRIPTS = re.compile(
    r"^data-(?:toggle|target|bs-.*|aos.*|wow.*|v-.*|react.*|history.*|src.*|lazy.*|href|url|index|position|order|animation.*|controller|action|w-.*|hx-.*|drupal.*|history-node-id|track.*|gtm.*|ga-.*|elementor.*)$"
)
_PROPERTY = re.compile(r"^[A-Za-z][A-Za-z0-9]{0,60}$")
_NUMBER_AT_END = re.compile(r"(\d{1,9})$")
_LONGEST = 300
_LONGEST_NAME = 60


def attribute_fields(items: Sequence[Part]) -> Iterator[ProposedField]:
    """Of items: what each of them has, and not all the same."""
    names = [name for name in items[0].element.attrib if name == "id" or _PLAIN_NAME.match(name)]
    for name in names[:20]:
        values = [item.element.get(name) or "" for item in items]
        if _OF_SCRIPTS.match(name) or not all(values) or max(map(len, values)) > _LONGEST:
            continue
        distinct = len(set(values))
        if distinct == 1 or (name in {"id", "data-id"} and distinct < len(values)):
            continue
        if name == "id" and _counts(values):
            continue
        field = HtmlField(syntax=Syntax.XPATH, expression=".", take=Take.ATTRIBUTE, attribute=name)
        told = f"Each item has another {name}." if distinct == len(values) else f"Each item has a {name}."
        yield ProposedField(_name(name), field, KNOWN_NAME if name == "id" else OWN_NAME, told)
    yield from position_fields(items)
    yield from _unseen_properties(items)


def _unseen_properties(items: Sequence[Part]) -> Iterator[ProposedField]:
    """Properties that items state for machines only, in `meta` (HTML standard, 5.2.4)."""
    stated = [
        [
            part
            for part in item.within(300)
            if part.tag == "meta" and _PROPERTY.match(part.element.get("itemprop") or "")
        ]
        for item in items
    ]
    for word in dict.fromkeys(part.element.get("itemprop") or "" for own in stated for part in own):
        values = [
            [part.element.get("content") for part in own if part.element.get("itemprop") == word] for own in stated
        ]
        if any(len(own) > 1 for own in values) or len({own[0] for own in values if own}) < min(2, len(items)):
            continue
        field = HtmlField(expression=f"meta[itemprop={word}]", take=Take.ATTRIBUTE, attribute="content")
        yield ProposedField(property_name(word), field, PROPERTY, f"Its property says {word!r}, for machines.")


def _counts(values: Sequence[str]) -> bool:
    """Whether they number the items of this page: `card-0`, `card-1`; what is the second now is the third tomorrow."""
    numbers = [int(found[1]) if (found := _NUMBER_AT_END.search(value)) is not None else -1 for value in values]
    return len(values) > 2 and numbers[0] in {0, 1} and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def position_fields(items: Sequence[Part]) -> Iterator[ProposedField]:
    """Latitude and longitude of an element within, for a map."""
    for name in dict.fromkeys(name for item in items for part in item.within(300) for name in part.element.attrib):
        match = _POSITION.match(name) if len(name) < _LONGEST_NAME else None
        if match is None:
            continue
        field = HtmlField(expression=f"[{name}]", take=Take.ATTRIBUTE, attribute=name)
        yield ProposedField(_name(name), field, KNOWN_NAME, f"An element says so in {name}, for a map.")


def _name(attribute: str) -> str:
    match = _POSITION.match(attribute)
    if match is not None:
        return "latitude" if match[1].startswith("lat") else "longitude"
    return "identifiant" if attribute in {"id", "data-id"} else plain(attribute.removeprefix("data-").replace("-", " "))

"""What each field gave in a preview, and where each value stands. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from moisson_scraper.locating.page_places import Places
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.spider_preview import PreviewedField, PreviewedValue

_SAMPLES = 5
_SAMPLE_CHARACTERS = 200
MOST_VALUES = 100
"""Of one field, with their places."""


@dataclass(frozen=True, slots=True)
class PreviewedRow:
    """The values that one page gave for one record, both by their numbers, and their places by field."""

    page: int
    record: int
    values: JsonObject
    places: Places


def previewed_fields(
    place: Literal["listing", "detail"], configured: Sequence[str], rows: Sequence[PreviewedRow]
) -> list[PreviewedField]:
    """The configured fields, and those that the pages name themselves. A record may have several rows: levels."""
    by_record: dict[int, JsonObject] = {}
    for row in rows:
        by_record[row.record] = {**by_record.get(row.record, {}), **row.values}
    names = dict.fromkeys(configured)
    if not configured:
        for row in rows:
            names |= dict.fromkeys(row.values)
    return [_field(name, place, rows, by_record) for name in names]


def _field(
    name: str, place: Literal["listing", "detail"], rows: Sequence[PreviewedRow], by_record: Mapping[int, JsonObject]
) -> PreviewedField:
    filled = [values[name] for values in by_record.values() if values.get(name) not in (None, "", [])]
    samples = dict.fromkeys(_sample(value) for value in filled)
    return PreviewedField(
        name=name,
        place=place,
        filled=len(filled),
        of=len(by_record),
        samples=tuple(samples)[:_SAMPLES],
        values=tuple(_values(name, rows)[:MOST_VALUES]),
    )


def _values(name: str, rows: Sequence[PreviewedRow]) -> list[PreviewedValue]:
    found: list[PreviewedValue] = []
    for row in rows:
        value = row.values.get(name)
        if value in (None, "", []):
            continue
        places = row.places.get(name, [])
        # A list that is one value of its page (an array in JSON) has one place, a field with many values one for each.
        parts = value if isinstance(value, list) and len(places) != 1 else [value]
        for number, part in enumerate(parts[:MOST_VALUES]):
            place = places[number] if number < len(places) else None
            found.append(PreviewedValue(page=row.page, record=row.record, text=_sample(part), place=place))
    return found


def _sample(value: object) -> str:
    text = " · ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _SAMPLE_CHARACTERS else text[: _SAMPLE_CHARACTERS - 1] + "…"

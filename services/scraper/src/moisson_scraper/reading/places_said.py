"""The places of values as a reading process says them: paths and lines, believed for their shape only."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field, ValidationError

from moisson_scraper.reading.reading_answers import Nonsense
from moisson_shared.contracts.model import Contract
from moisson_shared.contracts.spider_preview import ElementPlace

MOST_PLACES = 100
"""Of one field in one item: as many as are shown."""
_LONGEST = 20_000
"""Characters of one path: a page may be nested as deeply as pages are read."""
Places = dict[str, list[ElementPlace]]


class _Said(Contract):
    """Of each item in its order; of a detail, of its page."""

    found: Annotated[
        tuple[dict[str, Annotated[tuple[ElementPlace, ...], Field(max_length=MOST_PLACES)]], ...],
        Field(max_length=1000),
    ]


def places_written(found: Sequence[Mapping[str, Sequence[ElementPlace]]]) -> bytes:
    """The first places of each field, to be sent; a path that is too long is left out with those after it."""
    rows = []
    for places in found:
        row = {}
        for name, each in places.items():
            first = each[:MOST_PLACES]
            fits = next((n for n, place in enumerate(first) if len(place.path) > _LONGEST), len(first))
            row[name] = [place.model_dump(mode="json") for place in first[:fits]]
        rows.append(row)
    return json.dumps({"found": rows}, ensure_ascii=False).encode("utf-8", "replace")


def parsed_places(content: bytes) -> list[Places]:
    """The same again. Raises `Nonsense`."""
    try:
        said = _Said.model_validate_json(content)
    except ValidationError as error:
        raise Nonsense(_Said.__name__) from error
    found = [{name: list(places) for name, places in row.items()} for row in said.found]
    if any(len(place.path) > _LONGEST for row in found for places in row.values() for place in places):
        raise Nonsense("a path that is too long")
    return found

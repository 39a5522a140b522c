"""A source with another selector or path in one place. Pure."""

from typing import Any

from pydantic import TypeAdapter

from moisson_shared.contracts.selecting import Selector
from moisson_shared.contracts.sources import Source

_SOURCES: TypeAdapter[Source] = TypeAdapter(Source)


def with_selector(source: Source, pointer: tuple[str, ...], found: Selector | str) -> Source | None:
    """`pointer` begins with `source`, as in a spider. None where the source has no such place.

    Of a selector that is there its own other members stay, as what is taken of an element.
    """
    document = _SOURCES.dump_python(source, mode="json")
    holder: Any = document
    for part in pointer[1:-1]:
        holder = holder.get(part) if isinstance(holder, dict) else None
    last = pointer[-1]
    if not isinstance(holder, dict) or holder.get(last) is None:
        return None
    if isinstance(found, str):
        holder[last] = found
    elif isinstance(holder[last], dict):
        changed = found.model_dump(mode="json", include=set(holder[last]))
        holder[last] = {**holder[last], **changed}
    else:
        return None
    return _SOURCES.validate_python(document)

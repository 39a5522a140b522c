"""Whether a record is one that is searched for, by what its reader may see of it, and nothing else. Pure."""

from collections.abc import Iterator, Mapping

from moisson_scraper.openscraper.data_model import FieldType
from moisson_scraper.openscraper.data_query import Alternatives, DataQuery, folded
from moisson_scraper.openscraper.visible_fields import SpiderView


def texts_of(value: object) -> Iterator[str]:
    """Every text and number in a value, however deep."""
    if isinstance(value, dict):
        for part in value.values():
            yield from texts_of(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_of(part)
    elif value is not None:
        yield value if isinstance(value, str) else str(value)


def matches(query: DataQuery, view: SpiderView, values: Mapping[str, object]) -> bool:
    """Every word of `search_for` somewhere, and every `search_in` in a field of its type."""
    shown = list(view.values(values))
    if query.search_for:
        found = {word for _, value in shown for text in texts_of(value) for word in folded(text).split()}
        if not found.issuperset(query.search_for):
            return False
    return all(
        any(view.type_of(name, value) is kind and _one_of(kind, alternatives, value) for name, value in shown)
        for kind, alternatives in query.search_in
    )


def _one_of(kind: FieldType, alternatives: Alternatives, value: object) -> bool:
    """A tag is meant as a whole; elsewhere the words stand next to each other, the ends of them may be cut."""
    texts = [folded(text) for text in texts_of(value)]
    if kind is FieldType.TAGS:
        return not set(texts).isdisjoint(alternatives)
    return any(wanted in text for wanted in alternatives for text in texts)

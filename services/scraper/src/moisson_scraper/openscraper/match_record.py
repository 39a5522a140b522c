"""Whether a record is one that is searched for, by what its reader may see of it, and nothing else. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from moisson_scraper.openscraper.data_model import FieldType
from moisson_scraper.openscraper.data_query import Alternatives, DataQuery, folded
from moisson_scraper.openscraper.visible_fields import SpiderView
from moisson_shared.querying.analysis import words

_LIGATURE = re.compile("[œæøłđðþı]")
"""Letters that become others when they are folded, and that no normal form takes apart."""


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


def may_hold(text: str, word: str) -> bool:
    """False only where no word of the text can hold this folded one: most texts need no closer look."""
    if not word.isascii():
        return True
    plain = unicodedata.normalize("NFKD", text.casefold()).casefold()
    return _LIGATURE.search(plain) is not None or word in plain.encode("ascii", "ignore").decode()


def holds_all(texts: Iterable[str], wanted: Iterable[str]) -> bool:
    """Whether each of the folded words is one of the texts' words."""
    every = list(texts)
    missing = set(wanted)
    if not all(any(may_hold(text, word) for text in every) for word in missing):
        return False
    for text in every:
        for word in words(text):
            missing.discard(word.folded)
            if not missing:
                return True
    return not missing


def matches(query: DataQuery, view: SpiderView, values: Mapping[str, object]) -> bool:
    """Every word of `search_for` somewhere, and every `search_in` in a field of its type."""
    shown = list(view.values(values))
    if query.search_for:
        texts = (text for _, value in shown for text in texts_of(value))
        if not holds_all(texts, query.search_for):
            return False
    return all(
        any(view.type_of(name, value) is kind and _one_of(kind, alternatives, value) for name, value in shown)
        for kind, alternatives in query.search_in
    )


def _one_of(kind: FieldType, alternatives: Alternatives, value: object) -> bool:
    """A tag is meant as a whole; elsewhere the words stand next to each other, the ends of them may be cut."""
    firsts = [alternative.partition(" ")[0] for alternative in alternatives]
    texts = [folded(text) for text in texts_of(value) if any(may_hold(text, first) for first in firsts)]
    if kind is FieldType.TAGS:
        return not set(texts).isdisjoint(alternatives)
    return any(wanted in text for wanted in alternatives for text in texts)

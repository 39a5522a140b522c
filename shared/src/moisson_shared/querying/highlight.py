"""Where the found words stand in what the caller sees: in Python, by the same analysis, alike for all engines."""

from collections.abc import Iterator

from moisson_shared.contracts.project import Project
from moisson_shared.contracts.schema import FieldType, Schema, SchemaField
from moisson_shared.contracts.search import Highlight
from moisson_shared.querying.analysis import Word, words
from moisson_shared.querying.free_text import FreeText

PASSAGE = 240
"""Characters of a passage, about: it begins and ends between words."""

MOST_PASSAGES = 3
"""Passages of one field, the first ones."""

LONGEST_READ = 100_000
"""Characters of a value that are read for passages."""

_READABLE = frozenset({FieldType.TEXT, FieldType.KEYWORD})


def highlights(project: Project, schema: Schema, text: FreeText) -> dict[str, tuple[Highlight, ...]]:
    """The passages of a project, as the caller may see it, in which the words of the text stand, by field.

    Only searched texts and keywords are read: what is found by a concept's label is shown by the concept.
    """
    if not text:
        return {}
    found = {}
    for field in schema.fields:
        if field.search_weight > 0 and field.type in _READABLE:
            passages = tuple(_passages(project, field, text))
            if passages:
                found[field.name] = passages
    return found


def _passages(project: Project, field: SchemaField, text: FreeText) -> Iterator[Highlight]:
    left = MOST_PASSAGES
    for value in dict.fromkeys(_texts(project, field)):
        for passage in _of_value(value[:LONGEST_READ], text):
            yield passage
            left -= 1
            if not left:
                return


def _texts(project: Project, field: SchemaField) -> Iterator[str]:
    for fields in (project.fields, *(place.fields for place in project.places)):
        value = fields.get(field.name)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, str):
                yield each


def _of_value(value: str, text: FreeText) -> Iterator[Highlight]:
    """One highlight per passage: marks that fit into the same passage share it."""
    here = list(words(value))
    marks = sorted(_marks(here, text))
    end = 0
    while marks:
        start = _passage_start(here, marks[0][0], end, value)
        end = _passage_end(here, start, marks[0][1], value)
        inside = [mark for mark in marks if mark[1] <= end]
        marks = marks[len(inside) :]
        yield Highlight(text=value[start:end], marks=tuple((a - start, b - start) for a, b in inside))


def _marks(here: list[Word], text: FreeText) -> set[tuple[int, int]]:
    single = frozenset(text.words)
    marks = {(word.start, word.end) for word in here if word.stem in single}
    stems = [word.stem for word in here]
    for phrase in text.phrases:
        wanted = list(phrase)
        for at in range(len(stems) - len(wanted) + 1):
            if stems[at : at + len(wanted)] == wanted:
                marks |= {(word.start, word.end) for word in here[at : at + len(wanted)]}
    return marks


def _passage_start(here: list[Word], mark: int, earlier: int, value: str) -> int:
    if len(value) <= PASSAGE:
        return 0
    least = max(mark - PASSAGE // 3, earlier)
    return 0 if least <= 0 else next(word.start for word in here if word.start >= least)


def _passage_end(here: list[Word], start: int, mark_end: int, value: str) -> int:
    most = start + PASSAGE
    if len(value) <= most:
        return len(value)
    return max(mark_end, max((word.end for word in here if word.end <= most), default=mark_end))

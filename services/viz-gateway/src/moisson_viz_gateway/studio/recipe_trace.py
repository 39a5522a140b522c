"""A preview of a recipe as rows to read: what stood there, what became of it, and which steps it went through. Pure."""

import json
from dataclasses import dataclass

from moisson_shared.contracts.normalisation import PreviewProject, Reject
from moisson_shared.contracts.project import FieldValue, Provenance
from moisson_shared.contracts.recipe import Recipe, RecipeDraft
from moisson_viz_gateway.studio.recipe_words import step_sentence
from moisson_viz_gateway.wording.catalogue import Wording

LONG = 400


@dataclass(frozen=True, slots=True)
class RawValue:
    """A raw field with its value as text."""

    name: str
    text: str
    used: bool


@dataclass(frozen=True, slots=True)
class TracedValue:
    """A value of the project, the raw fields it came from, and its steps as sentences with their numbers from 1."""

    name: str
    text: str
    raw_fields: tuple[str, ...]
    raw_fields_json: str
    steps: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class TracedProject:
    """One group: its raw rows, its outcome, its rejects."""

    title: str | None
    rows: tuple[tuple[str, tuple[RawValue, ...]], ...]
    values: tuple[TracedValue, ...]
    places: tuple[tuple[TracedValue, ...], ...]
    rejects: tuple[Reject, ...]


def traced(previewed: PreviewProject, recipe: Recipe | RecipeDraft, title: str | None, words: Wording) -> TracedProject:
    """One previewed project. `title` names the schema's title field, if it is known."""
    project = previewed.project
    sentences = [step_sentence(step, words) for step in recipe.steps]
    values: list[TracedValue] = []
    places: list[tuple[TracedValue, ...]] = []
    if project is not None:
        values = [
            _value(name, value, (project.provenance.get(name) or (None,))[0], sentences)
            for name, value in project.fields.items()
        ]
        seen: dict[str, int] = {}
        for place in project.places:
            lines = []
            for name, value in place.fields.items():
                entries = project.provenance.get(name, ())
                at = seen.get(name, 0)
                seen[name] = at + 1
                lines.append(_value(name, value, entries[at] if at < len(entries) else None, sentences))
            if place.point is not None:
                entry = (project.provenance.get("point") or (None,))[0]
                text = f"{place.point.latitude:.5f}, {place.point.longitude:.5f}"
                lines.append(_value("point", text, entry, sentences))
            places.append(tuple(lines))
    used = {name for value in (*values, *(v for place in places for v in place)) for name in value.raw_fields}
    return TracedProject(
        title=str(project.fields.get(title or "", project.id)) if project is not None else None,
        rows=tuple(
            (
                f"{row.key}" + (f" · {row.ordinal}" if row.ordinal else ""),
                tuple(RawValue(name, _text(value), name in used) for name, value in row.values.items()),
            )
            for row in previewed.rows
        ),
        values=tuple(values),
        places=tuple(places),
        rejects=previewed.rejects,
    )


def _value(name: str, value: FieldValue, provenance: Provenance | None, sentences: list[str]) -> TracedValue:
    raw = () if provenance is None else provenance.raw_fields
    numbers = () if provenance is None else provenance.steps
    steps = tuple((number + 1, sentences[number]) for number in numbers if number < len(sentences))
    return TracedValue(name, _text(value), raw, json.dumps(raw, ensure_ascii=False), steps)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple) and all(isinstance(one, str | int | float) for one in value):
        text = ", ".join(map(str, value))
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONG else text[: LONG - 1] + "…"

"""A project as both engines index it: the values of each column, and the stored body that answers are made from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.corpus import IndexLayout
from moisson_shared.contracts.errors import Fault, Invalid
from moisson_shared.contracts.model import localized
from moisson_shared.contracts.project import Point, Project, Scalar
from moisson_shared.contracts.schema import FieldType, SchemaField
from moisson_shared.contracts.taxonomy import Concept
from moisson_shared.querying.analysis import sort_key, stems
from moisson_shared.querying.columns import SEPARATOR, ColumnKind, field_kinds, sort_kind
from moisson_shared.querying.dates import parse_date
from moisson_shared.querying.exact_values import NUMERIC, exact_value, number_of
from moisson_shared.querying.visibility import check_levels, field_views, point_level, point_views, value_level

ColumnValues = dict[str, tuple[str, ...] | tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class IndexedProject:
    """What an engine writes. `columns` are keyed by column name, `points` by the rank of their view."""

    id: str
    partner: str
    source: str
    level: AccessLevel
    columns: ColumnValues
    points: dict[int, tuple[Point, ...]]
    body: bytes
    """The project as JSON, without its provenance."""


class ProjectIndexer:
    """Turns projects into what is indexed, by one layout. Immutable after it is made."""

    def __init__(self, layout: IndexLayout) -> None:
        self._layout = layout
        self._fields = [
            (field, tuple(sorted(field_kinds(field))), field_views(layout, field))
            for field in layout.data_schema.fields
        ]
        self._by_name = layout.data_schema.by_name()
        self._points = point_views(layout)
        schemes = {(taxonomy.id, level.id): taxonomy for taxonomy in layout.taxonomies for level in taxonomy.levels}
        self._concepts: dict[str, dict[str, Concept]] = {
            field.name: schemes[field.scheme.taxonomy, field.scheme.level].of_level(field.scheme.level)
            for field in layout.data_schema.fields
            if field.scheme and (field.scheme.taxonomy, field.scheme.level) in schemes
        }

    def indexed(self, project: Project) -> IndexedProject:
        """The columns of a project. `Invalid` where it does not fit the layout: another corpus, an unknown field, a
        value of another type, a level without a view."""
        self._check(project)
        columns: ColumnValues = {}
        for field, kinds, views in self._fields:
            values = tuple(dict.fromkeys(_values(project, field)))  # one that two places share counts once
            least = value_level(project, field)
            made = {kind: self._column(field, kind, values) for kind in kinds} if values else {}
            for view in views:
                shown = view >= least
                for kind in kinds:
                    if shown and values:
                        columns[f"{kind}_{field.name}_{view.rank}"] = made[kind]
                    elif kind is ColumnKind.WORDS and view >= project.level:
                        columns[f"{kind}_{field.name}_{view.rank}"] = (SEPARATOR,)
        least = point_level(project, self._layout.data_schema)
        points = tuple({(p.latitude, p.longitude): p for p in _points(project)}.values())
        return IndexedProject(
            id=project.id,
            partner=project.partner,
            source=project.source,
            level=project.level,
            columns=columns,
            points={view.rank: points for view in self._points if points and view >= least},
            body=project.model_dump_json(exclude={"provenance"}, exclude_defaults=True).encode(),
        )

    def sort_value(self, project: Project, name: str) -> str | float | None:
        """What orders a project by a sortable field; None where it has no value."""
        field = self._by_name[name]
        value = next(_values(project, field), None)
        if value is None:
            return None
        return _number(field, value) if sort_kind(field) is ColumnKind.NUMBER else self._sort_text(field, value)

    def _column(
        self, field: SchemaField, kind: ColumnKind, values: tuple[Scalar, ...]
    ) -> tuple[str, ...] | tuple[float, ...]:
        match kind:
            case ColumnKind.WORDS:
                return (" ".join(self._words(field, values)),)
            case ColumnKind.EXACT:
                return tuple(dict.fromkeys(exact_value(value) for value in values))
            case ColumnKind.NUMBER:
                return tuple(dict.fromkeys(_number(field, value) for value in values))
            case _:
                return (self._sort_text(field, values[0]),)

    def _words(self, field: SchemaField, values: Iterable[Scalar]) -> Iterator[str]:
        for value in values:
            for text in self._texts(field, value):
                yield SEPARATOR
                yield from stems(text)

    def _texts(self, field: SchemaField, value: Scalar) -> tuple[str, ...]:
        """The texts in which a value is found: itself, or the labels of its concept in all languages."""
        concept = self._concepts.get(field.name, {}).get(str(value))
        if concept is None:
            return (exact_value(value) if not isinstance(value, str) else value,)
        return tuple(dict.fromkeys((*concept.labels.values(), *concept.alternative_labels)))

    def _sort_text(self, field: SchemaField, value: Scalar) -> str:
        concept = self._concepts.get(field.name, {}).get(str(value))
        return sort_key(exact_value(value) if concept is None else localized(concept.labels, "fr"))

    def _check(self, project: Project) -> None:
        faults: list[Fault] = []
        if project.corpus != self._layout.corpus:
            faults.append(Fault("/corpus", f"the index is of the corpus {self._layout.corpus!r}"))
        faults += [
            Fault(f"/fields/{name}", "the schema has no such field")
            for name in dict.fromkeys((*project.fields, *(name for place in project.places for name in place.fields)))
            if name not in self._by_name
        ]
        faults += [
            Fault(f"/fields/{field.name}", f"{value!r:.100} is no {field.type}")
            for field, _, _ in self._fields
            for value in _values(project, field)
            if not _fits(field, value)
        ]
        if faults:
            raise Invalid(f"Project {project.id!r} does not fit the schema of its corpus.", tuple(faults))
        check_levels(project, self._layout)


def _values(project: Project, field: SchemaField) -> Iterator[Scalar]:
    for values in (project.fields, *(place.fields for place in project.places)):
        value = values.get(field.name)
        if isinstance(value, tuple):
            yield from value
        elif value is not None:
            yield value


def _points(project: Project) -> Iterator[Point]:
    return (place.point for place in project.places if place.point is not None)


def _fits(field: SchemaField, value: Scalar) -> bool:
    if field.type is FieldType.BOOLEAN:
        return isinstance(value, bool)
    if field.type in NUMERIC:
        return number_of(value) is not None
    if field.type is FieldType.DATE:
        return isinstance(value, str) and parse_date(value) is not None
    return isinstance(value, str)


def _number(field: SchemaField, value: Scalar) -> float:
    if field.type is FieldType.DATE:
        interval = parse_date(str(value))
        number = float(interval.first) if interval else None
    else:
        number = number_of(value)
    if number is None:
        raise ValueError(f"{value!r} is no {field.type}")  # refused before, by _fits
    return number

"""The columns of an index, generated from a layout: per field and view one for each way of asking.

A column's name says kind, field and the rank of its view: `x_themes_0`. It knows no engine: an adapter turns kinds into
its own types.
"""

from dataclasses import dataclass
from enum import StrEnum

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.corpus import IndexLayout
from moisson_shared.contracts.schema import SchemaField
from moisson_shared.querying.exact_values import RANGED
from moisson_shared.querying.visibility import field_views, point_views, resolve

PARTNER = "partner"
SOURCE = "source"
OWNERS = (PARTNER, SOURCE)
"""Filters and facets that every corpus has; they are open to all who see the project."""

SEPARATOR = "|"
"""Stands before each value of a column of words. No word of the analysis, so no phrase reaches from one value into the
next, and a project without the field counts in the statistics of both engines alike."""


class ColumnKind(StrEnum):
    """What a column can be asked."""

    WORDS = "w"
    """Analysed words with their positions, blanks between them."""
    EXACT = "x"
    """Values as a whole, several per project: filters and facets."""
    NUMBER = "n"
    """Double precision numbers, several per project; the first day of a date."""
    SORT = "s"
    """One text per project that orders it."""
    POINTS = "p"
    """The coordinates of places, kept together."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an index; `field` is empty for the coordinates."""

    kind: ColumnKind
    field: str
    view: AccessLevel

    @property
    def name(self) -> str:
        return f"{self.kind}_{self.field}_{self.view.rank}"


def field_kinds(field: SchemaField) -> frozenset[ColumnKind]:
    """The ways in which a field can be asked."""
    kinds = set()
    if field.search_weight > 0:
        kinds.add(ColumnKind.WORDS)
    if field.filterable:
        kinds.add(ColumnKind.EXACT)
    if field.type in RANGED and (field.filterable or field.sort):
        kinds.add(ColumnKind.NUMBER)
    if field.sort and field.type not in RANGED:
        kinds.add(ColumnKind.SORT)
    return frozenset(kinds)


def columns(layout: IndexLayout) -> tuple[Column, ...]:
    """All columns of an index, in the schema's order."""
    return (
        *(
            Column(kind, field.name, view)
            for field in layout.data_schema.fields
            for view in field_views(layout, field)
            for kind in sorted(field_kinds(field))
        ),
        *(Column(ColumnKind.POINTS, "", view) for view in point_views(layout)),
    )


def columns_read(layout: IndexLayout, levels: tuple[AccessLevel, ...]) -> tuple[Column, ...]:
    """The columns that callers of these levels read."""
    views = {field.name: field_views(layout, field) for field in layout.data_schema.fields}
    views[""] = point_views(layout)
    return tuple(
        column
        for column in columns(layout)
        if any(resolve(views[column.field], level) is column.view for level in levels)
    )


def sort_kind(field: SchemaField) -> ColumnKind:
    """The kind of column that gives a sortable field's order."""
    return ColumnKind.NUMBER if field.type in RANGED else ColumnKind.SORT

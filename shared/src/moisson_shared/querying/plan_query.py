"""From a `SearchQuery` to a plan: the tree to match, the columns to sort by and to count. Pure; user text goes in as
values only, and names only where the schema has them at the caller's level."""

from dataclasses import dataclass

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.corpus import IndexLayout
from moisson_shared.contracts.errors import Fault, Invalid
from moisson_shared.contracts.project import Scalar
from moisson_shared.contracts.schema import FieldType, SchemaField
from moisson_shared.contracts.search import SearchQuery, ValueRange
from moisson_shared.querying.columns import OWNERS, ColumnKind, sort_kind
from moisson_shared.querying.dates import dates_around, parse_date
from moisson_shared.querying.exact_values import RANGED, asked_value, number_of
from moisson_shared.querying.free_text import FreeText, parse_free_text
from moisson_shared.querying.query_tree import (
    AllOf,
    Best,
    Clause,
    EitherOf,
    NumberWithin,
    PhraseIn,
    PlaceWithin,
    ValueIn,
    WordIn,
)
from moisson_shared.querying.visibility import field_views, point_views, resolve


@dataclass(frozen=True, slots=True)
class SortColumn:
    """One key of the order; projects without a value come last in either direction."""

    field: str
    column: str
    numeric: bool
    descending: bool


@dataclass(frozen=True, slots=True)
class FacetPlan:
    """Count the values of a column over what `tree` finds: the query without the facet's own selection."""

    field: str
    column: str
    size: int
    tree: AllOf


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """What an engine does. Without `sort` the order is by score where `scored`, else by id; ties always go by id."""

    tree: AllOf
    scored: bool
    sort: tuple[SortColumn, ...]
    facets: tuple[FacetPlan, ...]
    text: FreeText


class Reach:
    """What callers of a level may name in a corpus, and the views that they read. Immutable; made once for many
    queries."""

    def __init__(self, layout: IndexLayout, level: AccessLevel) -> None:
        self.level = level
        self.fields = {field.name: field for field in layout.data_schema.fields if field.level <= level}
        self.point_view = resolve(point_views(layout), level)
        self._ranks = {
            name: (resolve(field_views(layout, field), level) or field.level).rank
            for name, field in self.fields.items()
        }
        self.searched = tuple(
            (self.column(ColumnKind.WORDS, field), field.search_weight)
            for field in self.fields.values()
            if field.search_weight > 0
        )

    def column(self, kind: ColumnKind, field: SchemaField) -> str:
        """The one column of a kind that this level reads of a field."""
        return f"{kind}_{field.name}_{self._ranks[field.name]}"


def plan_query(query: SearchQuery, layout: IndexLayout, level: AccessLevel) -> QueryPlan:
    """The plan of a query for a caller of a level, as `plan_within` says."""
    return plan_within(Reach(layout, level), query)


def plan_within(reach: Reach, query: SearchQuery) -> QueryPlan:
    """The plan of a query.

    `Invalid` names, as JSON pointers into the query, what the schema at this level has not; a field above the level and
    one that does not exist get the same answer.
    """
    return _Planner(query, reach).plan()


class _Planner:
    def __init__(self, query: SearchQuery, reach: Reach) -> None:
        self._query = query
        self._reach = reach
        self._level = reach.level
        self._fields = reach.fields
        self._column = reach.column
        self._faults: list[Fault] = []

    def plan(self) -> QueryPlan:
        query = self._query
        text = parse_free_text(query.text)
        unselective = (*self._text(text), *self._ranges(), *self._box())
        filters = {name: self._filter(name, values) for name, values in query.filters.items()}
        tree = AllOf((*unselective, *filters.values()), self._level)
        facets = tuple(
            FacetPlan(
                request.field,
                self._exact_column(request.field, f"/facets/{place}/field", "a facet"),
                request.size,
                AllOf((*unselective, *(each for name, each in filters.items() if name != request.field)), self._level)
                if request.field in filters
                else tree,
            )
            for place, request in enumerate(query.facets)
        )
        sort = tuple(self._sort(place) for place in range(len(query.sort)))
        if self._faults:
            raise Invalid("The query asks for what this corpus does not have.", tuple(self._faults))
        return QueryPlan(tree, scored=bool(text) and not sort, sort=sort, facets=facets, text=text)

    def _text(self, text: FreeText) -> list[Clause]:
        searched = self._reach.searched
        return [
            *(Best(tuple(WordIn(column, word, weight) for column, weight in searched)) for word in text.words),
            *(Best(tuple(PhraseIn(column, words, weight) for column, weight in searched)) for words in text.phrases),
        ]

    def _filter(self, name: str, values: tuple[str, ...]) -> Clause:
        pointer = f"/filters/{name}"
        if name in OWNERS:
            return ValueIn(name, tuple(dict.fromkeys(values)))
        column = self._exact_column(name, pointer, "a filter")
        asked = []
        for place, value in enumerate(values):
            found = asked_value(value, self._fields[name].type) if column else value
            if found is None:
                self._fault(f"{pointer}/{place}", f"{value[:100]!r} is no {self._fields[name].type}")
            else:
                asked.append(found)
        return ValueIn(column, tuple(dict.fromkeys(asked)))

    def _ranges(self) -> list[Clause]:
        clauses: list[Clause] = []
        for name, bounds in self._query.ranges.items():
            field = self._fields.get(name)
            if field is None or not field.filterable or field.type not in RANGED:
                self._fault(f"/ranges/{name}", f"this corpus has no field {name!r} that can be asked for by bounds")
            elif bounds.least is None and bounds.most is None:
                self._fault(f"/ranges/{name}", "give at least one bound")
            else:
                clauses.append(
                    self._dates(field, bounds) if field.type is FieldType.DATE else self._numbers(field, bounds)
                )
        return clauses

    def _numbers(self, field: SchemaField, bounds: ValueRange) -> Clause:
        return NumberWithin(
            self._column(ColumnKind.NUMBER, field),
            self._number(field, "least", bounds.least),
            self._number(field, "most", bounds.most),
        )

    def _number(self, field: SchemaField, side: str, bound: Scalar | None) -> float | None:
        if bound is None:
            return None
        written = asked_value(bound, FieldType.NUMBER) if isinstance(bound, str) else None
        number = number_of(float(written) if written is not None else bound)
        if number is None:
            self._fault(f"/ranges/{field.name}/{side}", f"{str(bound)[:100]!r} is no number")
        return number

    def _dates(self, field: SchemaField, bounds: ValueRange) -> Clause:
        """A date matches if a day that it may mean lies within the bounds: its first day does, or it holds `least`."""
        least = self._day(field, "least", bounds.least)
        most = self._day(field, "most", bounds.most)
        first = NumberWithin(
            self._column(ColumnKind.NUMBER, field),
            None if least is None else float(least),
            None if most is None else float(most),
        )
        if least is None or (most is not None and most < least):
            return first
        return EitherOf((first, ValueIn(self._column(ColumnKind.EXACT, field), dates_around(least))))

    def _day(self, field: SchemaField, side: str, bound: Scalar | None) -> int | None:
        if bound is None:
            return None
        # A year may come as a number.
        interval = None if isinstance(bound, bool) else parse_date(str(bound))
        if interval is None:
            self._fault(
                f"/ranges/{field.name}/{side}", f"{str(bound)[:100]!r} is no date; write 2016, 2016-05 or 2016-05-17"
            )
            return None
        return interval.first if side == "least" else interval.last

    def _box(self) -> list[Clause]:
        if self._query.bbox is None:
            return []
        view = self._reach.point_view
        if view is None:
            self._fault("/bbox", "this corpus has no coordinates")
            return []
        return [PlaceWithin(view, self._query.bbox)]

    def _sort(self, place: int) -> SortColumn:
        key = self._query.sort[place]
        field = self._fields.get(key.field)
        if field is None or not field.sort:
            self._fault(f"/sort/{place}/field", f"this corpus has no field {key.field!r} to sort by")
            return SortColumn("", "", numeric=False, descending=False)
        kind = sort_kind(field)
        return SortColumn(
            field.name, self._column(kind, field), numeric=kind is ColumnKind.NUMBER, descending=key.descending
        )

    def _exact_column(self, name: str, pointer: str, use: str) -> str:
        """The column to filter or count by; blank, with a fault, where this level has none."""
        if name in OWNERS:
            return name
        field = self._fields.get(name)
        if field is None or not (field.facet if use == "a facet" else field.filterable):
            self._fault(pointer, f"this corpus has no field {name!r} that is {use}")
            return ""
        return self._column(ColumnKind.EXACT, field)

    def _fault(self, pointer: str, message: str) -> None:
        self._faults.append(Fault(pointer, message))

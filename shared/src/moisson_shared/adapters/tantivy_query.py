"""The query tree in tantivy's query objects. User text goes in as terms only, never through a query parser."""

from collections.abc import Callable, Sequence

import tantivy
from tantivy import FieldType, Occur, Query

from moisson_shared.adapters.tantivy_columns import NUMBER
from moisson_shared.querying.cells import cover
from moisson_shared.querying.columns import Column, ColumnKind
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

EdgeProjects = Callable[[PlaceWithin, tuple[str, ...]], Sequence[int]]
"""The numbers of the projects in some cells that have a place in the box: the exact look at the edge."""


def tantivy_query(tree: AllOf, schema: tantivy.Schema, edge_projects: EdgeProjects) -> Query:
    """The query for a shelf that holds what the tree's level may see, so visibility needs no clause."""
    if not tree.clauses:
        return Query.all_query()
    translate = _Translation(schema, edge_projects)
    # One level of Must even around a single clause: on a bare union tantivy may add up scores in another order.
    return Query.boolean_query([(Occur.Must, translate.clause(clause)) for clause in tree.clauses])


def cells_query(schema: tantivy.Schema, column: str, cells: tuple[str, ...]) -> Query:
    """Projects with a place in one of the cells."""
    return Query.term_set_query(schema, column, list(cells))


def numbers_query(schema: tantivy.Schema, numbers: Sequence[int]) -> Query:
    """The projects of these numbers."""
    return Query.term_set_query(schema, NUMBER, list(numbers)) if numbers else Query.empty_query()


def both(query: Query, narrowing: Query) -> Query:
    """What matches both."""
    return Query.boolean_query([(Occur.Must, query), (Occur.Must, narrowing)])


class _Translation:
    def __init__(self, schema: tantivy.Schema, edge_projects: EdgeProjects) -> None:
        self._schema = schema
        self._edge_projects = edge_projects

    def clause(self, clause: Clause) -> Query:
        if isinstance(clause, Best):
            return _any([self._scored(choice) for choice in clause.choices])
        return Query.const_score_query(self._unscored(clause), 0.0)

    def _scored(self, node: WordIn | PhraseIn) -> Query:
        if isinstance(node, WordIn):
            query = Query.term_query(self._schema, node.column, node.word)
        else:
            query = Query.phrase_query(self._schema, node.column, list(node.words))
        return Query.boost_query(query, node.weight)

    def _unscored(self, node: ValueIn | NumberWithin | EitherOf | PlaceWithin) -> Query:
        match node:
            case ValueIn(column, values):
                if len(values) == 1:
                    return Query.term_query(self._schema, column, values[0], index_option="basic")
                return Query.term_set_query(self._schema, column, list(values))
            case NumberWithin(column, least, most):
                if least is not None and most is not None and least > most:
                    return Query.empty_query()
                return Query.range_query(self._schema, column, FieldType.Float, lower_bound=least, upper_bound=most)
            case EitherOf(choices):
                return _any([self._unscored(choice) for choice in choices])
            case PlaceWithin(view, box):
                column = Column(ColumnKind.POINTS, "", view).name
                cells = cover(box)
                parts = [cells_query(self._schema, column, cells.inside)] if cells.inside else []
                if cells.edge:
                    parts.append(numbers_query(self._schema, self._edge_projects(node, cells.edge)))
                return _any(parts)


def _any(choices: list[Query]) -> Query:
    if not choices:
        return Query.empty_query()
    return Query.boolean_query([(Occur.Should, choice) for choice in choices])

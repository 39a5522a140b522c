"""The query tree in Elasticsearch's query objects. User text goes in as terms only, never through a query parser."""

from typing import Any

from moisson_shared.adapters.elastic_columns import ID, LATITUDE, LEVEL, LONGITUDE
from moisson_shared.contracts.errors import CursorExpired
from moisson_shared.querying.columns import Column, ColumnKind
from moisson_shared.querying.page_order import Cursor, check_cursor
from moisson_shared.querying.plan_query import FacetPlan, QueryPlan
from moisson_shared.querying.query_tree import (
    AllOf,
    Best,
    EitherOf,
    NumberWithin,
    PhraseIn,
    PlaceWithin,
    ValueIn,
    WordIn,
)

ElasticBody = dict[str, Any]
_NOTHING: ElasticBody = {"match_none": {}}


def elastic_query(tree: AllOf) -> ElasticBody:
    """The query: text is scored, all else filters, projects above the tree's level first."""
    return {
        "bool": {
            "must": [_best(clause) for clause in tree.clauses if isinstance(clause, Best)],
            "filter": [
                {"range": {LEVEL: {"lte": tree.visible.rank}}},
                *(_unscored(clause) for clause in tree.clauses if not isinstance(clause, Best)),
            ],
        }
    }


def elastic_sort(plan: QueryPlan) -> list[ElasticBody]:
    """The order of a plan, ties by id."""
    keys: list[ElasticBody] = [{"_score": {"order": "desc"}}] if plan.scored else []
    keys += [{key.column: {"order": "desc" if key.descending else "asc", "missing": "_last"}} for key in plan.sort]
    return [*keys, {ID: {"order": "asc"}}]


def elastic_after(plan: QueryPlan, after: Cursor) -> list[Any]:
    """A cursor as the values to search after. A missing number is what Elasticsearch puts in its place."""
    if plan.scored:
        if len(after) != 2 or not isinstance(after[0], float | int) or not isinstance(after[1], str):
            raise CursorExpired("The cursor was not made for this query; start from the first page.")
        return [float(after[0]), after[1]]
    values: list[Any] = list(check_cursor(after, plan.sort))
    for place, key in enumerate(plan.sort):
        if values[place] is None and key.numeric:
            values[place] = "-Infinity" if key.descending else "Infinity"
    return values


def elastic_facet(facet: FacetPlan) -> ElasticBody:
    """Most frequent first, ties by value; exact because there is one shard."""
    return {
        "terms": {"field": facet.column, "size": facet.size, "order": [{"_count": "desc"}, {"_key": "asc"}]},
    }


def _best(node: Best) -> ElasticBody:
    if not node.choices:
        return _NOTHING
    return {"bool": {"should": [_scored(choice) for choice in node.choices], "minimum_should_match": 1}}


def _scored(node: WordIn | PhraseIn) -> ElasticBody:
    if isinstance(node, WordIn):
        return {"term": {node.column: {"value": node.word, "boost": node.weight}}}
    return {
        "match_phrase": {node.column: {"query": " ".join(node.words), "analyzer": "whitespace", "boost": node.weight}}
    }


def _unscored(node: ValueIn | NumberWithin | EitherOf | PlaceWithin) -> ElasticBody:
    match node:
        case ValueIn(column, values):
            return {"terms": {column: list(values)}}
        case NumberWithin(column, least, most):
            return {"range": {column: _bounds(least, most)}}
        case EitherOf(choices):
            return {"bool": {"should": [_unscored(choice) for choice in choices], "minimum_should_match": 1}}
        case PlaceWithin(view, box):
            path = Column(ColumnKind.POINTS, "", view).name
            latitude: ElasticBody = {"range": {f"{path}.{LATITUDE}": _bounds(box.south, box.north)}}
            sides = [(box.west, box.east)] if box.west <= box.east else [(box.west, None), (None, box.east)]
            longitudes = [{"range": {f"{path}.{LONGITUDE}": _bounds(*side)}} for side in sides]
            within = {"bool": {"filter": [latitude, {"bool": {"should": longitudes, "minimum_should_match": 1}}]}}
            return {"nested": {"path": path, "query": within, "score_mode": "none"}}


def _bounds(least: float | None, most: float | None) -> ElasticBody:
    return {side: bound for side, bound in (("gte", least), ("lte", most)) if bound is not None}

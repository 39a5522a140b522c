"""Exact facet counts on tantivy: facets over the same query share one pass."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import tantivy

from moisson_shared.contracts.search import FacetCount
from moisson_shared.querying.plan_query import FacetPlan
from moisson_shared.querying.query_tree import AllOf

MOST_VALUES = 60_000
"""Different values of one facet that are told apart; tantivy refuses some more than that."""

_SPARE = 20
"""Values asked for beyond the page, to see where the last tie ends without a second pass."""


def count_facets(
    searcher: tantivy.Searcher, facets: Iterable[FacetPlan], translate: Callable[[AllOf], tantivy.Query]
) -> dict[str, tuple[FacetCount, ...]]:
    """The values of each facet, most frequent first, ties by value."""
    found: dict[str, tuple[FacetCount, ...]] = {}
    asked = {facet.field: facet for facet in facets}
    trees: dict[AllOf, list[FacetPlan]] = {}
    for facet in asked.values():
        trees.setdefault(facet.tree, []).append(facet)
    for tree, together in trees.items():
        query = translate(tree)
        open_ended = []
        answer: dict[str, list[dict[str, Any]]] = {}
        for share in _shares(together):
            answer |= _buckets(searcher, query, share, spare=True)
        for facet in together:
            buckets = answer[facet.field]
            complete = len(buckets) < facet.size + _SPARE
            if complete or buckets[facet.size - 1]["doc_count"] > buckets[-1]["doc_count"]:
                found[facet.field] = _counts(buckets, facet.size)
            else:
                open_ended.append(facet)
        for facet in open_ended:
            buckets = _buckets(searcher, query, [facet], spare=False)[facet.field]
            found[facet.field] = _counts(buckets, facet.size)
    return {name: found[name] for name in asked}


def _shares(facets: list[FacetPlan]) -> Iterator[list[FacetPlan]]:
    """As many facets at once as tantivy takes: its limit is on the values of all together."""
    share: list[FacetPlan] = []
    left = MOST_VALUES
    for facet in facets:
        if share and facet.size + _SPARE > left:
            yield share
            share, left = [], MOST_VALUES
        share.append(facet)
        left -= facet.size + _SPARE
    yield share


def _buckets(
    searcher: tantivy.Searcher, query: tantivy.Query, facets: list[FacetPlan], *, spare: bool
) -> dict[str, list[dict[str, Any]]]:
    wanted = {
        facet.field: {
            "terms": {
                "field": facet.column,
                "size": facet.size + _SPARE if spare else MOST_VALUES,
                # Each segment must give all its values, or the sums over segments are wrong.
                "segment_size": MOST_VALUES,
            }
        }
        for facet in facets
    }
    answer = searcher.aggregate(query, wanted)
    return {facet.field: answer[facet.field]["buckets"] for facet in facets}


def _counts(buckets: list[dict[str, Any]], size: int) -> tuple[FacetCount, ...]:
    ordered = sorted((-bucket["doc_count"], str(bucket["key"])) for bucket in buckets if bucket["doc_count"])
    return tuple(FacetCount(value=value, count=-count) for count, value in ordered[:size])

"""Pages in an exact order on tantivy, which sorts by one column only.

Segments are sorted by id, and of equal projects tantivy gives the first ones of the first segment. So with one segment
(as every version has that was built from nothing) ties are in order by themselves. Otherwise, by sort keys: each key is
walked group by group; a group of equal values is walked by the next key, the id last. After a cursor, texts are walked
by the number that their first bytes make, which tantivy can bound, then as texts. By score: the best are taken to the
end of the tie that a page ends in, and ties are put in order by id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import tantivy
from tantivy import DocAddress, FieldType, Occur, Order, Query

from moisson_shared.adapters.tantivy_columns import ID, NUMBER, head, head_column
from moisson_shared.adapters.tantivy_query import both, numbers_query
from moisson_shared.contracts.project import Scalar
from moisson_shared.querying.plan_query import SortColumn


@dataclass(frozen=True, slots=True)
class _Key:
    """One step of the walk. The number of a text's head and the text itself are two steps of one sort key."""

    column: str
    type: FieldType
    descending: bool = False
    steps: int = 0
    """How many steps to leave out where the value is missing; 0 where it never is."""


_ID_KEYS = (_Key(head_column(ID), FieldType.Integer), _Key(ID, FieldType.Text))


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a query runs on: one consistent state of one index."""

    searcher: tantivy.Searcher
    schema: tantivy.Schema

    @property
    def in_one_piece(self) -> bool:
        """Whether ties come in the order of ids by themselves."""
        return self.searcher.num_segments <= 1


def sorted_page(
    shelf: Shelf, query: Query, sort: tuple[SortColumn, ...], after: tuple[Scalar | None, ...] | None, wanted: int
) -> tuple[int, list[DocAddress]]:
    """How many there are, and the next `wanted` (one or more) by the sort keys, then by id, after a cursor of
    `check_cursor`."""
    unscored = Query.const_score_query(query, 0.0)
    if after is None and shelf.in_one_piece and not sort:
        result = shelf.searcher.search(unscored, wanted)
    elif after is None and shelf.in_one_piece and len(sort) == 1:
        order = Order.Desc if sort[0].descending else Order.Asc
        result = shelf.searcher.search(query, wanted, order_by_field=sort[0].column, order=order)
    else:
        count = total(shelf.searcher.search(unscored, 1))
        steps = None if after is None else _steps(sort, after)
        return count, _walk(shelf, query, _keys(sort, heads=after is not None), steps, wanted)
    return total(result), [address for _, address in result.hits]


def _keys(sort: tuple[SortColumn, ...], *, heads: bool) -> tuple[_Key, ...]:
    keys: list[_Key] = []
    for key in sort:
        if key.numeric:
            keys.append(_Key(key.column, FieldType.Float, key.descending, steps=1))
        elif heads:
            keys.append(_Key(head_column(key.column), FieldType.Integer, key.descending, steps=2))
            keys.append(_Key(key.column, FieldType.Text, key.descending))
        else:
            keys.append(_Key(key.column, FieldType.Text, key.descending, steps=1))
    return (*keys, *_ID_KEYS)


def _steps(sort: tuple[SortColumn, ...], after: tuple[Scalar | None, ...]) -> tuple[Scalar | None, ...]:
    """A cursor's values, one for each key of the walk."""
    steps: list[Scalar | None] = []
    for key, value in zip(sort, after[:-1], strict=True):
        if not key.numeric:
            steps.append(None if value is None else head(str(value)))
        steps.append(value)
    return (*steps, head(str(after[-1])), after[-1])


def _walk(
    shelf: Shelf, query: Query, keys: tuple[_Key, ...], after: tuple[Scalar | None, ...] | None, wanted: int
) -> list[DocAddress]:
    key, rest = keys[0], keys[1:]
    found: list[DocAddress] = []
    bound = after[0] if after else None
    settled = not rest or (rest == _ID_KEYS and shelf.in_one_piece)
    if after and rest:
        if bound is None:
            return _walk(shelf, _without(query, key), keys[key.steps :], after[key.steps :], wanted)
        found += _walk(shelf, _with(shelf, query, key, bound), rest, after[1:], wanted)
    while len(found) < wanted:
        left = wanted - len(found)
        hits, all_seen = _beyond(shelf, query, key, bound, left + 1)
        for value, group in groupby(hits, key=lambda hit: hit[0]):
            members = [address for _, address in group]
            whole = all_seen or value != hits[-1][0]
            if not settled and (len(members) > 1 or not whole):
                members = _walk(shelf, _with(shelf, query, key, value), rest, None, wanted - len(found))
            found += members
            bound = value
            if len(found) >= wanted:
                break
        if all_seen or not hits:
            break
    if key.steps and len(found) < wanted:
        found += _walk(shelf, _without(query, key), keys[key.steps :], None, wanted - len(found))
    return found[:wanted]


def _beyond(
    shelf: Shelf, query: Query, key: _Key, bound: Scalar | None, wanted: int
) -> tuple[list[tuple[Scalar, DocAddress]], bool]:
    """At least `wanted` projects whose value comes after the bound, in order, and whether there are no more."""
    if bound is not None and key.type is not FieldType.Text:
        query = both(query, _range(shelf, key, bound, beyond=True))
    limit = wanted
    order = Order.Desc if key.descending else Order.Asc
    while True:
        hits = shelf.searcher.search(query, limit, count=False, order_by_field=key.column, order=order).hits
        kept = [hit for hit in hits if hit[0] is not None and (bound is None or _comes_after(hit[0], bound, key))]
        all_seen = len(hits) < limit or hits[-1][0] is None
        if all_seen or len(kept) >= wanted:
            return kept, all_seen
        limit *= 2


def _comes_after(value: Scalar, bound: Scalar, key: _Key) -> bool:
    if key.type is not FieldType.Text:
        return value != bound
    return str(value) < str(bound) if key.descending else str(value) > str(bound)


def _range(shelf: Shelf, key: _Key, bound: Scalar, *, beyond: bool) -> Query:
    if not beyond:
        return Query.range_query(shelf.schema, key.column, key.type, bound, bound)
    if key.descending:
        return Query.range_query(shelf.schema, key.column, key.type, upper_bound=bound, include_upper=False)
    return Query.range_query(shelf.schema, key.column, key.type, lower_bound=bound, include_lower=False)


def _with(shelf: Shelf, query: Query, key: _Key, value: Scalar) -> Query:
    if key.type is FieldType.Text:
        return both(query, Query.term_query(shelf.schema, key.column, value, index_option="basic"))
    return both(query, _range(shelf, key, value, beyond=False))


def _without(query: Query, key: _Key) -> Query:
    return Query.boolean_query([(Occur.Must, query), (Occur.MustNot, Query.exists_query(key.column))])


def scored_page(shelf: Shelf, query: Query, offset: int, wanted: int) -> tuple[int, list[tuple[float, DocAddress]]]:
    """How many there are, and the projects from `offset` on by score, best first, ties by id."""
    if shelf.in_one_piece:
        result = shelf.searcher.search(query, wanted, offset=offset)
        return total(result), result.hits
    limit = offset + wanted + 1
    while True:
        result = shelf.searcher.search(query, limit)
        hits = result.hits
        page_end = min(offset + wanted, len(hits))
        if len(hits) < limit or not page_end or hits[page_end - 1][0] != hits[-1][0]:
            break
        limit *= 4
    page: list[tuple[float, DocAddress]] = []
    start = 0
    for score, group in groupby(hits, key=lambda hit: hit[0]):
        members = [address for _, address in group]
        end = start + len(members)
        if end > offset and start < page_end:
            ordered = _by_id(shelf, members) if len(members) > 1 else members
            page += [(score, address) for address in ordered[max(0, offset - start) : page_end - start]]
        start = end
        if start >= page_end:
            break
    return total(result), page


def total(result: tantivy.SearchResult) -> int:
    """How many projects a search that counted has found."""
    count: int = result.count  # type: ignore[attr-defined]  # it is there; the stubs of tantivy 0.27 forget it
    return count


def _by_id(shelf: Shelf, addresses: Sequence[DocAddress]) -> list[DocAddress]:
    """The same projects in the order of their ids."""
    numbers = [
        int(number) for number in shelf.searcher.fast_field_values(NUMBER, list(addresses)) if number is not None
    ]
    members = {(address.segment_ord, address.doc) for address in addresses}
    # Two ids may, against all odds, have one number: only members stay.
    return [
        address
        for address in sorted_page(shelf, numbers_query(shelf.schema, numbers), (), None, len(addresses) + 8)[1]
        if (address.segment_ord, address.doc) in members
    ]

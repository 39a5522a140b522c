"""Selected values that are not among the most frequent ones: listed all the same, with their true counts.

Somebody who has chosen a value must be able to see it and take it back.
"""

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.corpus import Manifest
from moisson_shared.contracts.search import FacetCount, FacetRequest, SearchPage, SearchQuery
from moisson_shared.ports.search_index import SearchIndexReader

_FEW = 4
_WIDEST = 1000


async def complete_facets(
    reader: SearchIndexReader, manifest: Manifest, query: SearchQuery, level: AccessLevel, page: SearchPage
) -> SearchPage:
    """The page, with each selected value in its facet."""
    completed = dict(page.facets)
    for request in query.facets:
        counts = page.facets.get(request.field, ())
        missing = _missing(query, request, counts)
        if missing:
            added = await _counted(reader, manifest, query, level, request, counts, missing)
            completed[request.field] = (*counts, *sorted(added, key=lambda count: (-count.count, count.value)))
    return page if completed == page.facets else page.model_copy(update={"facets": completed})


def _missing(query: SearchQuery, request: FacetRequest, counts: tuple[FacetCount, ...]) -> list[str]:
    listed = {count.value for count in counts}
    return [value for value in query.filters.get(request.field, ()) if value not in listed]


async def _counted(
    reader: SearchIndexReader,
    manifest: Manifest,
    query: SearchQuery,
    level: AccessLevel,
    request: FacetRequest,
    counts: tuple[FacetCount, ...],
    missing: list[str],
) -> list[FacetCount]:
    if len(counts) < request.size:
        # The list is complete: what is not in it is found nowhere.
        return [FacetCount(value=value, count=0) for value in missing]
    found: dict[str, int] = {}
    bare = query.model_copy(update={"size": 0, "after": None, "sort": (), "highlight": False, "facets": ()})
    if len(missing) > _FEW:
        widest = FacetRequest(field=request.field, size=_WIDEST)
        page = await reader.search(manifest, bare.model_copy(update={"facets": (widest,)}), level)
        wide = page.facets.get(request.field, ())
        found = {count.value: count.count for count in wide}
        if len(wide) < _WIDEST:
            return [FacetCount(value=value, count=found.get(value, 0)) for value in missing]
    for value in missing:
        if value not in found:
            alone = bare.model_copy(update={"filters": {**query.filters, request.field: (value,)}})
            found[value] = (await reader.search(manifest, alone, level)).total
    return [FacetCount(value=value, count=found[value]) for value in missing]

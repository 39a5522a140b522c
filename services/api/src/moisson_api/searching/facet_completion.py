"""Facets as readers need them: they say when they were cut, and selected values are listed whatever their counts.

Somebody who has chosen a value must be able to see it and take it back.
"""

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.corpus import Manifest
from moisson_shared.contracts.search import FacetCount, FacetRequest, SearchPage, SearchQuery
from moisson_shared.ports.search_index import SearchIndexReader

_FEW = 4
_WIDEST = 1000


async def search_with_facets(
    reader: SearchIndexReader, manifest: Manifest, query: SearchQuery, level: AccessLevel
) -> tuple[SearchPage, frozenset[str]]:
    """The page, with each selected value in its facet, and the names of the facets that were cut at their size."""
    # One value more than is shown tells whether there are others, on every engine and at no price.
    wider = tuple(FacetRequest(field=request.field, size=request.size + 1) for request in query.facets)
    page = await reader.search(manifest, query.model_copy(update={"facets": wider}), level)
    sizes = {request.field: request.size for request in query.facets}
    cut = frozenset(name for name, counts in page.facets.items() if len(counts) > sizes[name])
    facets = {name: counts[: sizes[name]] for name, counts in page.facets.items()}
    for name in facets:
        if missing := _missing(query, name, facets[name]):
            # What is not in a whole list is found nowhere.
            added = (
                await _counted(reader, manifest, query, level, name, missing)
                if name in cut
                else [FacetCount(value=value, count=0) for value in missing]
            )
            facets[name] = (*facets[name], *sorted(added, key=lambda count: (-count.count, count.value)))
    return page.model_copy(update={"facets": facets}), cut


def _missing(query: SearchQuery, name: str, counts: tuple[FacetCount, ...]) -> list[str]:
    listed = {count.value for count in counts}
    return [value for value in query.filters.get(name, ()) if value not in listed]


async def _counted(
    reader: SearchIndexReader,
    manifest: Manifest,
    query: SearchQuery,
    level: AccessLevel,
    name: str,
    missing: list[str],
) -> list[FacetCount]:
    found: dict[str, int] = {}
    bare = query.model_copy(update={"size": 0, "after": None, "sort": (), "highlight": False, "facets": ()})
    if len(missing) > _FEW:
        widest = FacetRequest(field=name, size=_WIDEST)
        page = await reader.search(manifest, bare.model_copy(update={"facets": (widest,)}), level)
        wide = page.facets.get(name, ())
        found = {count.value: count.count for count in wide}
        if len(wide) < _WIDEST:
            return [FacetCount(value=value, count=found.get(value, 0)) for value in missing]
    for value in missing:
        if value not in found:
            alone = bare.model_copy(update={"filters": {**query.filters, name: (value,)}})
            found[value] = (await reader.search(manifest, alone, level)).total
    return [FacetCount(value=value, count=found[value]) for value in missing]

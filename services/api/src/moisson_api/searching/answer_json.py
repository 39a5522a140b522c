"""Pages, projects and maps as JSON, in the shapes of docs/interfaces.md. Pure, and on the hot path: dicts, then orjson.

Of a project only what the public knows is written; its level, its group key and its provenance stay inside.
"""

from typing import Any

import orjson

from moisson_api.searching.corpus_view import CorpusView, Labels
from moisson_shared.contracts.project import Place, Project
from moisson_shared.contracts.search import FacetCount, Hit, MapPage, SearchPage, SearchQuery


def page_json(
    view: CorpusView,
    query: SearchQuery,
    page: SearchPage,
    cut: frozenset[str],
    labels: Labels,
    following: str | None,
) -> bytes:
    """One page of results; `cut` names the facets that have further values."""
    return orjson.dumps(
        {
            "corpus": view.manifest.layout.corpus,
            "version": view.manifest.version,
            "total": page.total,
            "projects": [_hit(view, hit) for hit in page.hits],
            "facets": {
                name: {
                    **_facet(name, counts, query.filters.get(name, ()), labels),
                    "complete": name not in cut,
                }
                for name, counts in page.facets.items()
            },
            "next": following,
        }
    )


def project_json(view: CorpusView, project: Project) -> bytes:
    """One project, with the corpus and the version it was read from."""
    manifest = view.manifest
    return orjson.dumps({"corpus": manifest.layout.corpus, "version": manifest.version, **_project(view, project)})


def map_json(page: MapPage) -> bytes:
    """A FeatureCollection (RFC 7946): positions are longitude, then latitude."""
    return orjson.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "geometry": {"type": "Point", "coordinates": (point.point.longitude, point.point.latitude)},
                    "properties": {"id": point.project_id, "title": point.title},
                }
                for point in page.points
            ],
            "projects": page.projects,
            "places": page.places,
            "truncated": page.truncated,
        }
    )


def _hit(view: CorpusView, hit: Hit) -> dict[str, Any]:
    written = _project(view, hit.project)
    written["score"] = hit.score
    written["highlights"] = {
        name: [{"text": passage.text, "marks": passage.marks} for passage in passages]
        for name, passages in hit.highlights.items()
    }
    return written


def _project(view: CorpusView, project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "title": project.fields.get(view.manifest.layout.data_schema.title),
        "url": project.url,
        "partner": project.partner,
        "source": project.source,
        "fields": project.fields,
        "places": [_place(place) for place in project.places],
    }


def _place(place: Place) -> dict[str, Any]:
    point = place.point
    position = None if point is None else {"latitude": point.latitude, "longitude": point.longitude}
    return {"point": position, "fields": place.fields}


def _facet(name: str, counts: tuple[FacetCount, ...], selected: tuple[str, ...], labels: Labels) -> dict[str, Any]:
    return {
        "label": labels.fields[name],
        "values": [
            {
                "value": count.value,
                "label": labels.value(name, count.value),
                "count": count.count,
                "selected": count.value in selected,
            }
            for count in counts
        ],
    }

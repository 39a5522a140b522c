"""All that the public API says of a corpus, without what may differ between two equal ones: numbers of versions, times,
scores. Two installations that publish the same give equal dumps."""

from typing import Any

import httpx

QUERIES = ("", "energie", "l'énergie des habitants", "bibliotheque", "vélos", "école de la forêt", '"prix juste"')
BOXES = ("-5,47,-1,49", "4.5,43,7.5,46", "-62,14,-60,17", "0,0,1,1")
DIFFERING = frozenset({"version", "built_at", "score", "highlights"})


def dump_corpus(api: str, corpus: str, token: str | None = None, queries: tuple[str, ...] = QUERIES) -> dict[str, Any]:
    """Corpus, projects one by one, facets, map, and answers to a few questions, as this caller sees them."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    with httpx.Client(base_url=f"{api}/v1/corpora", trust_env=False, timeout=30, headers=headers) as http:
        listed = all_projects(http, corpus)
        return {
            "corpora": _fetch(http, f"{api}/v1/corpora"),
            "corpus": _fetch(http, f"/{corpus}"),
            "listed": listed,
            "projects": {project["id"]: _fetch(http, f"/{corpus}/projects/{project['id']}") for project in listed},
            "facets": _fetch(http, f"/{corpus}/projects", facets="all", facet_size="1000", size="0"),
            "map": _sorted_map(_fetch(http, f"/{corpus}/map")),
            "questions": {query: _answer(http, corpus, q=query) for query in queries},
            "boxes": {box: _answer(http, corpus, bbox=box) for box in BOXES},
            "sorted": [hit["title"] for hit in all_projects(http, corpus, sort="-title")],
        }


def all_projects(http: httpx.Client, corpus: str, **asked: str) -> list[dict[str, Any]]:
    """Every hit, page after page, in the order of the API."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = _fetch(http, f"/{corpus}/projects", **asked, size="50", **({"cursor": cursor} if cursor else {}))
        found += page["projects"]
        cursor = page["next"]
        if cursor is None:
            assert len(found) == page["total"]
            return found


def _answer(http: httpx.Client, corpus: str, **asked: str) -> dict[str, Any]:
    """Total and ids; the order among equals in score is each engine's own business, so ids are a sorted list."""
    hits = all_projects(http, corpus, **{name: value for name, value in asked.items() if value})
    return {"total": len(hits), "ids": sorted(hit["id"] for hit in hits)}


def _sorted_map(collection: dict[str, Any]) -> dict[str, Any]:
    features = sorted(collection["features"], key=lambda f: (f["properties"]["id"], f["geometry"]["coordinates"]))
    return collection | {"features": features}


def _fetch(http: httpx.Client, path: str, **params: str) -> Any:
    answer = http.get(path, params=params)
    assert answer.status_code == httpx.codes.OK, f"{answer.request.url}: {answer.text}"
    return _without(answer.json())


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without(inner) for key, inner in value.items() if key not in DIFFERING}
    if isinstance(value, list):
        return [_without(inner) for inner in value]
    return value

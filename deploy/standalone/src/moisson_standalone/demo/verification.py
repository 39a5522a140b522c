"""Whether the public finds every project that it should: asked of the public API, without signing in."""

from collections.abc import Iterable

import httpx
import orjson

MOST_PER_PAGE = 100


async def missing_projects(
    http: httpx.AsyncClient, api: str, corpus: str, partner: str, titles: Iterable[str]
) -> list[str]:
    """A sentence for each expected title that is not listed, not found by its words, or not shown on its own.

    Also one for each project that nobody expects.
    """
    base = f"{api}/v1/corpora/{corpus}/projects"
    listed = await _listed(http, base, partner)
    expected = sorted(titles)
    complaints = [f"{partner}: nobody expects the project {title!r}" for title in sorted(listed.keys() - set(expected))]
    for title in expected:
        if title not in listed:
            complaints.append(f"{partner}: {title!r} is not in the list")
            continue
        found = await http.get(base, params={"q": title, "partner": partner, "size": MOST_PER_PAGE})
        if not found.is_success or listed[title] not in {hit["id"] for hit in orjson.loads(found.content)["projects"]}:
            complaints.append(f"{partner}: {title!r} is not found by its own words")
        shown = await http.get(f"{base}/{listed[title]}")
        if not shown.is_success or orjson.loads(shown.content)["title"] != title:
            complaints.append(f"{partner}: {title!r} has no page of its own")
    return complaints


async def _listed(http: httpx.AsyncClient, base: str, partner: str) -> dict[str, str]:
    """The titles of a partner's projects with their ids, page after page."""
    listed: dict[str, str] = {}
    cursor: str | None = None
    while True:
        params: dict[str, str | int] = {"partner": partner, "size": MOST_PER_PAGE}
        if cursor:
            params["cursor"] = cursor
        answer = await http.get(base, params=params)
        answer.raise_for_status()
        page = orjson.loads(answer.content)
        listed |= {hit["title"]: hit["id"] for hit in page["projects"]}
        cursor = page["next"]
        if not cursor:
            return listed

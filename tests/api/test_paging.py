"""Walking a result page by page: nothing twice, nothing missing, and cursors that are not ours to follow."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.running_api import Api, api_settings, bearer, running_api
from tests.api.sample_corpus import publish, sample_layout, sample_projects

PROJECTS = "/v1/corpora/essai/projects"


async def walk(api: Api, query_string: str) -> list[str]:
    seen: list[str] = []
    cursor = ""
    for _ in range(50):
        answer = await api.client.get(f"{PROJECTS}?{query_string}{cursor}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        seen += [project["id"] for project in page["projects"]]
        if page["next"] is None:
            return seen
        cursor = f"&cursor={page['next']}"
    pytest.fail("the pages do not end")


@pytest.mark.parametrize(
    "query", ["", "sort=title", "sort=-year", "sort=year,-title", "q=energie", "themes=EMP&sort=-started"]
)
@pytest.mark.parametrize("size", [1, 2, 5, 100])
async def test_pages_hold_everything_once_in_one_order(library: Api, query: str, size: int) -> None:
    whole = (await library.client.get(f"{PROJECTS}?{query}&size=100")).json()
    walked = await walk(library, f"{query}&size={size}")
    assert walked == [project["id"] for project in whole["projects"]]
    assert len(set(walked)) == whole["total"]


async def a_cursor(api: Api, query_string: str = "q=energie", headers: dict[str, str] | None = None) -> str:
    answer = await api.client.get(f"{PROJECTS}?{query_string}&size=1", headers=headers)
    cursor: str = answer.json()["next"]
    return cursor


async def test_page_size_facets_and_language_may_change_on_the_way(library: Api) -> None:
    cursor = await a_cursor(library)
    answer = await library.client.get(f"{PROJECTS}?q=energie&size=50&facets=all&highlight=true&lang=en&cursor={cursor}")
    assert answer.status_code == 200
    assert len(answer.json()["projects"]) == 2


@pytest.mark.parametrize("query_string", ["q=toit", "q=energie&themes=EMP", "q=energie&sort=title", ""])
async def test_a_cursor_of_another_search_is_over(library: Api, query_string: str) -> None:
    cursor = await a_cursor(library)
    answer = await library.client.get(f"{PROJECTS}?{query_string}&cursor={cursor}")
    assert answer.status_code == 410
    assert answer.json()["type"] == "/problems/cursor-expired"


async def test_a_cursor_belongs_to_the_level_it_was_made_for(library: Api, partner: dict[str, Any]) -> None:
    inside = await a_cursor(library, headers=bearer(partner))
    outside = await a_cursor(library)
    assert (await library.client.get(f"{PROJECTS}?q=energie&cursor={inside}")).status_code == 410
    answer = await library.client.get(f"{PROJECTS}?q=energie&cursor={outside}", headers=bearer(partner))
    assert answer.status_code == 410


async def test_forged_cursors_are_refused_with_their_place(library: Api) -> None:
    cursor = await a_cursor(library)
    flipped = ("B" if cursor[0] != "B" else "C") + cursor[1:]
    for forged in (flipped, cursor[:-4], cursor + "AAAA", "", "null"):
        answer = await library.client.get(f"{PROJECTS}?q=energie&cursor={forged}")
        assert answer.status_code == 422
        assert answer.json()["faults"][0]["pointer"] == "/query/cursor"


async def test_a_cursor_of_another_installation_is_refused(
    library: Api, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("other")
    await publish(api_settings(folder).search_url, sample_projects())
    async with running_api(folder) as other:
        foreign = await a_cursor(other)
    assert (await library.client.get(f"{PROJECTS}?q=energie&cursor={foreign}")).status_code == 422


async def test_pages_come_from_one_version_until_it_is_gone(library: Api) -> None:
    url = library.settings.search_url
    cursor = await a_cursor(library, "sort=title")
    renamed = [project.model_copy(update={"fields": {"title": "Tout neuf"}}) for project in sample_projects()]
    await publish(url, renamed)
    first = (await library.client.get(f"{PROJECTS}?sort=title&size=1")).json()
    assert (first["version"], first["projects"][0]["title"]) == (2, "Tout neuf")
    second = (await library.client.get(f"{PROJECTS}?sort=title&size=1&cursor={cursor}")).json()
    assert (second["version"], second["projects"][0]["title"]) == (1, "Colocation étudiante")
    await publish(url, renamed, clear=1)
    assert (await library.client.get(f"{PROJECTS}?sort=title&size=1&cursor={cursor}")).status_code == 410


async def test_a_version_with_another_schema_keeps_its_own_parameters(library: Api) -> None:
    cursor = await a_cursor(library, "year.min=2000&sort=year")
    schema = sample_layout().data_schema
    without_year = schema.model_copy(update={"fields": tuple(each for each in schema.fields if each.name != "year")})
    await publish(
        library.settings.search_url,
        [project for project in sample_projects() if "year" not in project.fields],
        sample_layout(without_year),
    )
    assert (await library.client.get(f"{PROJECTS}?year.min=2000&sort=year")).status_code == 422
    answer = await library.client.get(f"{PROJECTS}?year.min=2000&sort=year&cursor={cursor}")
    assert answer.status_code == 200
    assert answer.json()["total"] == 5


async def test_replicas_follow_each_others_cursors(library: Api, tmp_path: Path) -> None:
    cursor = await a_cursor(library)
    async with running_api(tmp_path) as replica:
        assert (await replica.client.get(f"{PROJECTS}?q=energie&cursor={cursor}")).status_code == 200

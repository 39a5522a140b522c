"""What caches may keep, and what a reader who has an answer already is told."""

from typing import Any

import pytest

from tests.api.running_api import Api, bearer
from tests.api.sample_corpus import publish, sample_projects

PATHS = [
    "/v1/corpora",
    "/v1/corpora/essai",
    "/v1/corpora/essai/projects?q=energie&facets=all",
    "/v1/corpora/essai/projects/p01",
    "/v1/corpora/essai/map",
]


@pytest.mark.parametrize("path", PATHS)
async def test_an_answer_is_kept_until_the_next_version(library: Api, path: str, partner: dict[str, Any]) -> None:
    answer = await library.client.get(path)
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert "Authorization" in answer.headers["vary"]
    tag = answer.headers["etag"]
    for if_none_match in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = await library.client.get(path, headers={"If-None-Match": if_none_match})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert (await library.client.get(path, headers={"If-None-Match": "nonsense"})).status_code == 200
    inside = await library.client.get(path, headers={"If-None-Match": tag, **bearer(partner)})
    assert inside.status_code == 200
    assert inside.headers["cache-control"] == "private, no-cache"
    await publish(library.settings.search_url, sample_projects())
    assert (await library.client.get(path, headers={"If-None-Match": tag})).status_code == 200


@pytest.mark.parametrize("path", [*PATHS, "/.well-known/jwks.json"])
async def test_head_is_answered(library: Api, path: str) -> None:
    head, full = await library.client.head(path), await library.client.get(path)
    assert head.status_code == 200
    for name in ("etag", "cache-control", "content-type", "content-length", "access-control-allow-origin"):
        assert head.headers.get(name) == full.headers.get(name)


async def test_another_language_is_another_answer(library: Api) -> None:
    path = "/v1/corpora/essai/projects?facets=all"
    french = await library.client.get(path, headers={"Accept-Language": "fr"})
    english = await library.client.get(path, headers={"Accept-Language": "en", "If-None-Match": french.headers["etag"]})
    assert english.status_code == 200
    assert english.json()["facets"]["themes"]["label"] == "Themes"


async def test_wrong_questions_are_wrong_even_for_who_has_everything(library: Api) -> None:
    path = "/v1/corpora/essai/projects?xyz=1"
    assert (await library.client.get(path, headers={"If-None-Match": "*"})).status_code == 422

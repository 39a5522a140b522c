"""The same api on MongoDB and Elasticsearch: what rests on the engines' own atomicity, and one walk through search."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pymongo
import pytest

from tests.api.running_api import ADMIN, Api, bearer, running_api
from tests.api.sample_corpus import publish, sample_projects

PROJECTS = "/v1/corpora/essai/projects"
pytestmark = pytest.mark.servers


def server(variable: str) -> str:
    """Where a real server is; fails, and never skips, when nobody says so."""
    url = os.environ.get(variable)
    if not url:
        pytest.fail(f'{variable} is not set: run `make servers`, or `eval "$(deploy/servers/up)"`')
    return url


@pytest.fixture
async def replicas(tmp_path: Path) -> AsyncIterator[tuple[Api, Api]]:
    """Two replicas over one database and one index."""
    mongo, elastic = server("MONGO_URL"), server("ELASTICSEARCH_URL")
    database, prefix = f"moisson_test_{secrets.token_hex(6)}", f"test-{secrets.token_hex(5)}"
    documents_url = urlsplit(mongo)._replace(path=f"/{database}").geturl()
    search_url = f"elasticsearch+{elastic}/{prefix}"
    await publish(search_url, sample_projects())
    async with (
        running_api(tmp_path, documents_url=documents_url, search_url=search_url) as first,
        running_api(tmp_path, documents_url=documents_url, search_url=search_url) as second,
    ):
        yield first, second
    with pymongo.MongoClient[dict[str, object]](mongo, serverSelectionTimeoutMS=5000) as client:
        client.drop_database(database)
    async with httpx.AsyncClient(base_url=elastic) as client_of_elastic:
        for name in (await client_of_elastic.get(f"/{prefix}_*")).json():
            await client_of_elastic.delete(f"/{name}")


async def test_identity_holds_between_replicas(replicas: tuple[Api, Api]) -> None:
    first, second = replicas
    session = await first.first_admin()
    again = {
        "token": second.one_time_token(),
        "email": "x@moisson.example",
        "name": "X",
        "password": "longue phrase ici",
    }
    assert (await second.client.post("/v1/first-admin", json=again)).status_code == 401
    assert (await second.client.get("/v1/me", headers=bearer(session))).json()["email"] == ADMIN
    taken = {"email": ADMIN.upper(), "name": "Double"}
    assert (await second.client.post("/v1/accounts", json=taken, headers=bearer(session))).status_code == 409
    answers = await asyncio.gather(
        *(api.client.post("/v1/refresh", json={"refresh_token": session["refresh_token"]}) for api in replicas * 3)
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[401] * 5]
    await first.account(session, "second@moisson.example", roles=["admin"])
    other = await second.login("second@moisson.example")
    removed = await asyncio.gather(
        first.client.delete(f"/v1/accounts/{other['account']['id']}", headers=bearer(session)),
        second.client.delete(f"/v1/accounts/{session['account']['id']}", headers=bearer(other)),
    )
    assert 204 in {answer.status_code for answer in removed}
    statuses = [(await first.client.get("/v1/accounts", headers=bearer(each))).status_code for each in (session, other)]
    assert sorted(statuses) == [200, 403]


async def test_search_answers_and_pages_across_replicas(replicas: tuple[Api, Api]) -> None:
    seen: list[str] = []
    page: dict[str, Any] = {}
    cursor = ""
    for turn in range(20):
        answer = await replicas[turn % 2].client.get(f"{PROJECTS}?sort=-year,title&size=2&facets=themes{cursor}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        seen += [project["id"] for project in page["projects"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert len(seen) == len(set(seen)) == page["total"] == 11
    assert seen[:3] == ["p08", "p07", "p02"]
    assert [(each["value"], each["count"]) for each in page["facets"]["themes"]["values"]] == [
        ("EMP", 4),
        ("ALI", 3),
        ("LOG", 3),
        ("ENE", 2),
    ]
    for size, complete in ((3, False), (4, True), (1000, True)):
        answer = await replicas[0].client.get(f"{PROJECTS}?size=0&facets=themes&facet_size={size}")
        facet = answer.json()["facets"]["themes"]
        assert (len(facet["values"]), facet["complete"]) == (min(size, 4), complete)
    for question in ("email=recif%40exemple.fr", "sort=email", "facets=step"):
        assert (await replicas[0].client.get(f"{PROJECTS}?{question}")).status_code == 422
    assert (await replicas[0].client.get(f"{PROJECTS}/p12")).status_code == 404
    places = (await replicas[0].client.get("/v1/corpora/essai/map?bbox=170,-20,-170,0")).json()
    assert {feature["properties"]["id"] for feature in places["features"]} == {"p07", "p08"}

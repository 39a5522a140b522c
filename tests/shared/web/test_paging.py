"""Lists and how a reader asks for a page of them."""

import httpx
import orjson
import pytest
from fastapi import APIRouter
from starlette.responses import Response

from moisson_shared.contracts.model import Contract
from moisson_shared.web.app import create_service_app
from moisson_shared.web.paging import PageDep, list_response
from moisson_shared.web.settings import ServiceSettings


class Thing(Contract):
    id: str


def a_client() -> httpx.AsyncClient:
    router = APIRouter()

    @router.get("/things")
    async def things(page: PageDep) -> Response:
        following = f"after {page.after}" if page.after else None
        return list_response([Thing(id="é"), Thing(id=str(page.limit))], following)

    @router.get("/none")
    async def none(_: PageDep) -> Response:
        return list_response([])

    app = create_service_app("sample", ServiceSettings(demo=True), verifier=None, routers=[router])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test")


async def test_a_list_has_items_and_where_to_go_on() -> None:
    async with a_client() as client:
        assert (await client.get("/things")).json() == {"items": [{"id": "é"}, {"id": "50"}], "next": None}
        response = await client.get("/things", params={"limit": 3, "after": 'x"y'})
        assert orjson.loads(response.content) == {"items": [{"id": "é"}, {"id": "3"}], "next": 'after x"y'}
        assert (await client.get("/none")).json() == {"items": [], "next": None}


@pytest.mark.parametrize("parameters", [{"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"after": "x" * 2001}])
async def test_impossible_pages_are_refused(parameters: dict[str, str]) -> None:
    async with a_client() as client:
        response = await client.get("/things", params=parameters)
    assert response.status_code == 422
    (fault,) = response.json()["faults"]
    assert fault["pointer"] == f"/query/{next(iter(parameters))}"

"""A small service over the web kit: routes that answer, fail in each way, and ask who calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

from moisson_shared.contracts.errors import NotFound, TooManyRequests, Unavailable
from moisson_shared.web.app import ServiceApp, create_service_app
from moisson_shared.web.auth import CallerDep, SignedInDep
from moisson_shared.web.health import Probe
from moisson_shared.web.settings import ServiceSettings
from tests.shared.web.tokens import a_key, a_verifier

KEY = a_key()


class Field(BaseModel):
    name: str
    weight: int


class Draft(BaseModel):
    title: str
    fields: list[Field]


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.get("/things/{thing}")
    async def get_thing(thing: str, size: int = 10) -> dict[str, object]:
        if thing == "absent":
            raise NotFound("There is no thing absent.")
        if thing == "busy":
            raise TooManyRequests("Slowly.", retry_after=7)
        if thing == "away":
            raise Unavailable("The store is away.", retry_after=9)
        if thing == "broken":
            raise RuntimeError("secret-detail")
        return {"thing": thing, "size": size}

    @router.post("/drafts")
    async def post_draft(draft: Draft) -> dict[str, str]:
        return {"title": draft.title}

    @router.get("/me")
    async def me(caller: SignedInDep) -> dict[str, str]:
        return {"subject": caller.subject}

    @router.get("/anyone")
    async def anyone(caller: CallerDep) -> dict[str, str]:
        return {"subject": caller.subject}

    return router


def an_app(*probes: Probe, most_body_bytes: int = 1000) -> ServiceApp:
    settings = ServiceSettings(demo=True, most_body_bytes=most_body_bytes)
    return create_service_app("scraper", settings, verifier=a_verifier(KEY), routers=[routes()], probes=probes)


@asynccontextmanager
async def asking(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test") as client:
        yield client

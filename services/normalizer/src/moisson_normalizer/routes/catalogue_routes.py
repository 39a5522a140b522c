"""Schemas, taxonomies, corpora and recipes over HTTP: read, list, create, replace and delete, with their editions."""

import inspect
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Annotated, Any, Generic

from fastapi import APIRouter, Header, Path
from pydantic import BaseModel
from starlette.responses import Response

from moisson_normalizer.catalogue import Catalogue, D, Edition, Shelf
from moisson_normalizer.rights import own_partners, require_own, require_reader, require_steward
from moisson_normalizer.save_documents import DocumentSaver
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import Fault, Invalid
from moisson_shared.contracts.recipe import Recipe, RecipeDraft
from moisson_shared.ports.documents import Expect
from moisson_shared.web.auth import SignedInDep
from moisson_shared.web.conditional import etag, expected_version, not_modified
from moisson_shared.web.paging import PageDep, list_of_json

IdPath = Annotated[str, Path(max_length=63)]
VersionPath = Annotated[int, Path(ge=1)]
Check = Callable[[Any], Awaitable[list[Expect]]]


def catalogue_router(catalogue: Catalogue, saver: DocumentSaver) -> APIRouter:
    """The four kinds of documents."""
    router = APIRouter(prefix="/v1")
    _ShelfRoutes(catalogue.schemas, saver, saver.check_schema).add_to(router, "/schemas")
    _ShelfRoutes(catalogue.taxonomies, saver, saver.check_taxonomy).add_to(router, "/taxonomies")
    _ShelfRoutes(catalogue.corpora, saver, saver.check_corpus).add_to(router, "/corpora")
    _ShelfRoutes(catalogue.recipes, saver, saver.check_recipe).add_to(router, "/recipes")
    return router


class _ShelfRoutes(Generic[D]):
    """The routes of one kind. Recipes have an owner; a partner sees its own ones, and the others as if absent."""

    def __init__(self, shelf: Shelf[D], saver: DocumentSaver, check: Check) -> None:
        self._shelf = shelf
        self._saver = saver
        self._check = check

    def add_to(self, router: APIRouter, path: str) -> None:
        model = self._shelf.current.model.model_fields["value"].annotation
        # FastAPI reads the type of a body at run time; here it depends on the shelf.
        create, replace = _with_body(self._create, model), _with_body(self._replace, model)
        tag: list[str | Enum] = [path.strip("/")]
        router.add_api_route(path, self._list, methods=["GET"], tags=tag)
        router.add_api_route(path, create, methods=["POST"], status_code=201, tags=tag)
        router.add_api_route(f"{path}/{{id_}}", self._get, methods=["GET"], tags=tag)
        router.add_api_route(f"{path}/{{id_}}", replace, methods=["PUT"], tags=tag)
        router.add_api_route(f"{path}/{{id_}}", self._delete, methods=["DELETE"], status_code=204, tags=tag)
        # A corpus has index versions under that address; the editions of its document are not public matter.
        if self._shelf.kind != "corpus":
            router.add_api_route(f"{path}/{{id_}}/versions", self._versions, methods=["GET"], tags=tag)
            router.add_api_route(f"{path}/{{id_}}/versions/{{version}}", self._version, methods=["GET"], tags=tag)

    async def _list(self, caller: SignedInDep, page: PageDep) -> Response:
        require_reader(caller)
        partners = own_partners(caller) if self._shelf.kind == "recipe" else None
        found = await self._shelf.page(page.limit, page.after, partners)
        return list_of_json((_public(stored.value) for stored in found.items), found.next)

    async def _create(self, draft: Any, caller: SignedInDep) -> Response:
        require_steward(caller)
        edition = await self._shelf.create(draft, caller.subject, await self._check(draft))
        return _answer(edition, 201)

    async def _get(
        self, id_: IdPath, caller: SignedInDep, if_none_match: Annotated[str | None, Header()] = None
    ) -> Response:
        require_reader(caller)
        edition = self._own(caller, await self._shelf.get(id_), id_)
        if not_modified(if_none_match, edition.version):
            return Response(status_code=304, headers={"ETag": etag(edition.version)})
        return _answer(edition)

    async def _replace(
        self, id_: IdPath, draft: Any, caller: SignedInDep, if_match: Annotated[str | None, Header()] = None
    ) -> Response:
        require_steward(caller)
        if draft.id != id_:
            raise Invalid("A document keeps its id.", (Fault("/id", f"the address says {id_!r}"),))
        stored = await self._shelf.stored(id_)
        expected_version(if_match, stored.value.version)
        return _answer(await self._shelf.replace(stored, draft, caller.subject, await self._check(draft)))

    async def _delete(
        self, id_: IdPath, caller: SignedInDep, if_match: Annotated[str | None, Header()] = None
    ) -> Response:
        require_steward(caller)
        stored = await self._shelf.stored(id_)
        if if_match is not None:
            expected_version(if_match, stored.value.version)
        await self._saver.check_unused(self._shelf, id_)
        await self._shelf.delete(stored)
        return Response(status_code=204)

    async def _versions(self, id_: IdPath, caller: SignedInDep, page: PageDep) -> Response:
        require_reader(caller)
        found = await self._shelf.versions(id_, page.limit, page.after)
        for stored in found.items:
            self._own(caller, stored.value, id_)
        return list_of_json((_public(stored.value) for stored in found.items), found.next)

    async def _version(self, id_: IdPath, version: VersionPath, caller: SignedInDep) -> Response:
        require_reader(caller)
        return _answer(self._own(caller, await self._shelf.version(id_, version), id_))

    def _own(self, caller: Caller, edition: Edition[D], id_: str) -> Edition[D]:
        if edition.partner is not None:
            require_own(caller, edition.partner, f"{self._shelf.kind} {id_!r}")
        return edition


def _with_body(endpoint: Callable[..., Awaitable[Response]], model: object) -> Callable[..., Awaitable[Response]]:
    """The endpoint as FastAPI should see it: `draft` is a body of this model."""
    signature = inspect.signature(endpoint)
    parameters = [
        parameter.replace(annotation=model) if parameter.name == "draft" else parameter
        for parameter in signature.parameters.values()
    ]

    async def called(**given: Any) -> Response:
        return await endpoint(**given)

    called.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined] # read by inspect
    called.__name__ = endpoint.__name__
    return called


def _answer(edition: Edition[Any], status: int = 200) -> Response:
    headers = {"ETag": etag(edition.version)}
    return Response(_public(edition), status, headers, media_type="application/json")


def _public(edition: Edition[Any]) -> bytes:
    """The document itself; a recipe says its version."""
    value: BaseModel = edition.value
    if isinstance(value, RecipeDraft):
        value = Recipe(**dict(value), version=edition.version)
    return value.model_dump_json().encode()

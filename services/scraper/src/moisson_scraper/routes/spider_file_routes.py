"""`/v1/spiders/export`, `/v1/spiders/import`, `/v1/schemas/spider.json`: spiders as files.

YAML is `application/yaml` (RFC 9512). `?format=` goes before Accept; without either it is JSON.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Header, HTTPException, Query, Request
from starlette.responses import Response

from moisson_scraper.fixtures.check_fixtures import FixturePolicy
from moisson_scraper.keep_spiders import SpiderShelf
from moisson_scraper.routes.answers import JSON, document
from moisson_scraper.spider_files.exchange_spiders import SpiderExchange
from moisson_scraper.spider_files.read_spider_files import FileFormat, read_spider_files
from moisson_scraper.spider_files.spider_schema import spider_schema
from moisson_scraper.spider_files.write_spider_files import as_json, as_yaml
from moisson_shared.contracts.errors import Invalid
from moisson_shared.contracts.model import Slug
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.web.auth import CallerDep, SignedInDep
from moisson_shared.web.conditional import entity_tags

YAML = "application/yaml"
SCHEMA = "application/schema+json"
SCHEMA_PATH = "/v1/schemas/spider.json"
_YAMLS = frozenset({YAML, "application/x-yaml", "text/yaml", "text/x-yaml"})
_ANYTHING = frozenset({"*/*", "application/*", ""})
Format = Annotated[Literal["yaml", "json"] | None, Query()]
Accept = Annotated[str, Header()]


def spider_file_router(exchange: SpiderExchange, shelf: SpiderShelf, public_url: str | None) -> APIRouter:
    """Spiders as files. To be mounted before the routes of `/v1/spiders/{spider_id}`."""
    router = APIRouter(tags=["spiders"])

    @router.get("/v1/spiders/export")
    async def export_spiders(
        request: Request,
        caller: CallerDep,
        partner: Annotated[Slug | None, Query()] = None,
        format: Format = None,  # noqa: A002  # the parameter's name
        accept: Accept = "",
    ) -> Response:
        chosen = format or wanted_format(accept)
        spiders = await exchange.exported(caller, partner)
        return _file(spiders, chosen, partner or "spiders", _schema_url(request, public_url), listed=True)

    @router.get("/v1/spiders/{spider_id}/export")
    async def export_spider(
        request: Request,
        caller: CallerDep,
        spider_id: str,
        format: Format = None,  # noqa: A002  # the parameter's name
        accept: Accept = "",
    ) -> Response:
        chosen = format or wanted_format(accept)
        spider = await shelf.read(caller, spider_id)
        return _file([spider], chosen, spider.id, _schema_url(request, public_url), listed=False)

    @router.post("/v1/spiders/import")
    async def import_spiders(
        request: Request,
        caller: SignedInDep,
        dry_run: Annotated[bool, Query()] = False,
        all_or_none: Annotated[bool, Query()] = False,
        overwrite: Annotated[bool, Query()] = False,
        fixtures: Annotated[FixturePolicy, Query()] = "refuse",
    ) -> Response:
        form = sent_format(request.headers.get("content-type", ""))
        body = await request.body()
        files = await asyncio.to_thread(read_spider_files, body, form)
        answer = await exchange.bring(
            caller, files, dry_run=dry_run, all_or_none=all_or_none, overwrite=overwrite, fixtures=fixtures
        )
        return document(answer)

    @router.get(SCHEMA_PATH)
    async def read_spider_schema(request: Request, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        body = orjson.dumps(spider_schema(_schema_url(request, public_url)), option=orjson.OPT_INDENT_2)
        tag = hashlib.blake2b(body, digest_size=16).hexdigest()
        headers = {"ETag": f'"{tag}"', "Cache-Control": "public, max-age=3600"}
        if if_none_match is not None and _has(if_none_match, tag):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=SCHEMA)

    return router


def wanted_format(accept: str) -> FileFormat:
    """The best of what an Accept header names (RFC 9110, 12.5.1). Raises 406 where it names neither."""
    best: tuple[float, FileFormat] | None = None
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = _weight(parameters)
        form: FileFormat | None = "yaml" if name in _YAMLS else "json" if name in {JSON, *_ANYTHING} else None
        if form is not None and weight > 0 and (best is None or weight > best[0]):
            best = (weight, form)
    if best is None:
        raise HTTPException(406, f"Spiders are exported as {YAML} or {JSON}.")
    return best[1]


def _weight(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def sent_format(content_type: str) -> FileFormat:
    """By the body's media type. Raises 415 for another one."""
    name = content_type.partition(";")[0].strip().lower()
    if name in _YAMLS:
        return "yaml"
    if name == JSON:
        return "json"
    raise HTTPException(415, f"Send spiders as {YAML} or {JSON}, and say so in Content-Type.")


def _schema_url(request: Request, public_url: str | None) -> str:
    return (public_url or str(request.base_url)).rstrip("/") + SCHEMA_PATH


def _file(spiders: list[SpiderConfig], form: FileFormat, name: str, schema_url: str, *, listed: bool) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.spider.{form}"', "Vary": "Accept"}
    if form == "yaml":
        return Response(as_yaml(spiders, schema_url, listed=listed), headers=headers, media_type=YAML)
    return Response(as_json(spiders, listed=listed), headers=headers, media_type=JSON)


def _has(if_none_match: str, tag: str) -> bool:
    if if_none_match.strip() == "*":
        return True
    try:
        return any(opaque == tag for _, opaque in entity_tags(if_none_match))
    except Invalid:
        return False

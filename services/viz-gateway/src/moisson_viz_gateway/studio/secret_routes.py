"""The secrets of a JSON source: their names, and a form that takes values and never shows them."""

import re

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from moisson_shared.contracts.errors import Conflict, Invalid
from moisson_shared.contracts.sources import Source
from moisson_viz_gateway.gateway import FormDep, Gateway, GatewayDep, Member, MemberDep

router = APIRouter(prefix="/studio/spiders", include_in_schema=False)
_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_PLACE = re.compile(r"\{secret:([a-z][a-z0-9-]{0,62})\}")


@router.get("/{spider_id}/secrets")
async def secrets_page(request: Request, spider_id: str, gateway: GatewayDep, member: MemberDep) -> Response:
    """Names, and where, when and by whom each was put."""
    return await _page(request, gateway, member, spider_id)


@router.post("/{spider_id}/secrets")
async def put_secret(
    request: Request, spider_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep
) -> Response:
    """Keeps a value. It is not written into the page again, whatever comes of it."""
    words = gateway.pages.wording(member.visitor.language)
    name = form.get("name", "").strip()
    if not _NAME.fullmatch(name):
        return await _page(request, gateway, member, spider_id, status=422, name=name, message=words("secret.bad_name"))
    try:
        await gateway.scraper.inputs.put_secret(member.token, spider_id, name, form.get("value", ""))
    except Invalid:
        return await _page(
            request, gateway, member, spider_id, status=422, name=name, message=words("secret.bad_value")
        )
    except Conflict as error:
        return await _page(
            request, gateway, member, spider_id, status=409, message=words("secret.not_kept"), own=str(error)
        )
    return RedirectResponse(f"/studio/spiders/{spider_id}/secrets", 303)


@router.post("/{spider_id}/secrets/{name}/delete")
async def delete_secret(spider_id: str, name: str, gateway: GatewayDep, member: MemberDep, form: FormDep) -> Response:
    """Forgets a value."""
    await gateway.scraper.inputs.delete_secret(member.token, spider_id, name)
    return RedirectResponse(f"/studio/spiders/{spider_id}/secrets", 303)


def secrets_named(source: Source) -> list[str]:
    """The secrets that a source names in its query, headers or body, each once."""
    return list(dict.fromkeys(_PLACE.findall(source.model_dump_json())))


async def _page(
    request: Request,
    gateway: Gateway,
    member: Member,
    spider_id: str,
    *,
    status: int = 200,
    name: str = "",
    message: str = "",
    own: str = "",
) -> Response:
    spider = (await gateway.scraper.spider(member.token, spider_id)).spider
    kept = await gateway.scraper.inputs.secrets(member.token, spider_id)
    known = {one.name for one in kept}
    return gateway.pages.page(
        "studio/secrets.html",
        request,
        member.visitor,
        status=status,
        section="spiders",
        spider=spider,
        manages=member.session.manages(spider.partner),
        secrets=kept,
        missing=[one for one in secrets_named(spider.source) if one not in known],
        name=name,
        message=message,
        own=own,
    )

"""The file of a spider that reads an uploaded one: what is there, and the form that replaces it."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from moisson_shared.contracts.errors import TooLarge
from moisson_viz_gateway.gateway import Gateway, GatewayDep, Member, MemberDep, own_form

router = APIRouter(prefix="/studio/spiders", include_in_schema=False)
UPLOAD_PATH = r"/studio/spiders/[^/]+/upload"
"""A regular expression for the whole path, whose bodies may be larger than others."""
_PIECE = 256 * 1024
_MOST_NAME = 200


@router.get("/{spider_id}/upload")
async def upload_page(
    request: Request, spider_id: str, gateway: GatewayDep, member: MemberDep, done: bool = False
) -> Response:
    """What is there."""
    return await _page(request, gateway, member, spider_id, done=done)


@router.post("/{spider_id}/upload")
async def replace_upload(request: Request, spider_id: str, gateway: GatewayDep, member: MemberDep) -> Response:
    """Sends the file on, piece by piece. The form is read once the sender is known."""
    words = gateway.pages.wording(member.visitor.language)
    async with own_form(request, gateway, files=1) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename or not file.size:
            return await _page(request, gateway, member, spider_id, status=422, message=words("upload.no_file"))
        name, content_type = file.filename[-_MOST_NAME:], file.content_type or "application/octet-stream"
        try:
            await gateway.scraper.inputs.put_upload(member.token, spider_id, name, content_type, _pieces(file))
        except TooLarge:
            return await _page(request, gateway, member, spider_id, status=413, message=words("upload.too_large"))
    return RedirectResponse(f"/studio/spiders/{spider_id}/upload?done=1", 303)


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_PIECE):
        yield piece


async def _page(
    request: Request,
    gateway: Gateway,
    member: Member,
    spider_id: str,
    *,
    status: int = 200,
    done: bool = False,
    message: str = "",
) -> Response:
    spider = (await gateway.scraper.spider(member.token, spider_id)).spider
    return gateway.pages.page(
        "studio/upload.html",
        request,
        member.visitor,
        status=status,
        section="spiders",
        spider=spider,
        manages=member.session.manages(spider.partner),
        upload=await gateway.scraper.inputs.upload(member.token, spider_id),
        most_bytes=gateway.settings.upload_max_bytes,
        done=done,
        message=message,
    )

"""The form in which a spider is written as text, with its faults at their lines and its preview below."""

from fastapi import Request
from starlette.responses import Response

from moisson_shared.contracts.spider_preview import SpiderPreview
from moisson_viz_gateway.gateway import Gateway, Member
from moisson_viz_gateway.studio.document_text import PlacedFault


def editor_page(
    request: Request,
    gateway: Gateway,
    member: Member,
    text: str,
    *,
    spider_id: str | None,
    etag: str,
    status: int = 200,
    faults: list[PlacedFault] | None = None,
    message: str = "",
    preview: SpiderPreview | None = None,
) -> Response:
    """The page; `spider_id` is None for a spider that is not saved yet."""
    return gateway.pages.page(
        "studio/spider_edit.html",
        request,
        member.visitor,
        status=status,
        section="spiders",
        text=text,
        spider_id=spider_id,
        etag=etag,
        faults=faults or [],
        message=message,
        preview=preview,
    )

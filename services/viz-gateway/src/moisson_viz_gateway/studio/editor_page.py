"""The form in which a spider is written as text, with its faults at their lines and its preview below."""

from collections.abc import Sequence

from fastapi import Request
from starlette.responses import Response

from moisson_viz_gateway.gateway import Gateway, Member
from moisson_viz_gateway.studio.difference_words import CheckedFixture
from moisson_viz_gateway.studio.document_text import PlacedFault
from moisson_viz_gateway.studio.preview_view import PreviewView


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
    preview: PreviewView | None = None,
    checked: Sequence[CheckedFixture] = (),
) -> Response:
    """The page; `spider_id` is None for a spider that is not saved yet, `checked` are fixtures that the text would read
    otherwise."""
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
        checked=checked,
    )

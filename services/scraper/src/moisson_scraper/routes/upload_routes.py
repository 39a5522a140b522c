"""`/v1/spiders/{id}/upload`: the file that a spider without an address reads."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from moisson_scraper.keep_uploads import UploadShelf
from moisson_scraper.routes.answers import document
from moisson_shared.web.auth import CallerDep

UPLOAD_PATH = r"/v1/spiders/[^/]+/upload"
"""A regular expression for the whole path."""
_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file itself, as it is; its Content-Type helps to tell the format.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def upload_router(shelf: UploadShelf) -> APIRouter:
    """Members of the partner and admins upload; who may read the spider sees what is there."""
    router = APIRouter(prefix="/v1/spiders/{spider_id}/upload", tags=["spiders"])

    @router.get("")
    async def read_upload(caller: CallerDep, spider_id: str) -> Response:
        return document(await shelf.read(caller, spider_id))

    @router.put("", openapi_extra=_BODY)
    async def replace_upload(
        caller: CallerDep, spider_id: str, request: Request, name: Annotated[str, Query(max_length=200)] = ""
    ) -> Response:
        content_type = request.headers.get("content-type", "")[:200]
        return document(await shelf.replace(caller, spider_id, name, content_type, request.stream()))

    return router

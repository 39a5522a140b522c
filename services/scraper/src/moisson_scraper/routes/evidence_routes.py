"""What runs leave to look at: logs, the pages of errors, archived pages. Pages of others are shown as text only."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query
from starlette.responses import PlainTextResponse, Response

from moisson_scraper.reading.source_reader import FetchedPage
from moisson_scraper.routes.answers import document
from moisson_scraper.show_archive import ArchiveShelf
from moisson_scraper.show_run_evidence import RunEvidenceShelf
from moisson_shared.web.auth import CallerDep

Key = Annotated[str, Query(max_length=4000)]
Ordinal = Annotated[int, Query(ge=0)]
_AS_TEXT = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": "inline",
    "Cache-Control": "no-store",
}


def evidence_router(shelf: RunEvidenceShelf, archives: ArchiveShelf) -> APIRouter:
    """For who may read the run's or the spider's partner."""
    router = APIRouter(prefix="/v1", tags=["runs"])

    @router.get("/runs/{run_id}/log")
    async def read_log(caller: CallerDep, run_id: str, accept: Annotated[str, Header()] = "*/*") -> Response:
        log = await shelf.log(caller, run_id)
        if accept.strip().startswith("text/plain"):
            return PlainTextResponse(log.text(), headers=_AS_TEXT)
        return document(log)

    @router.get("/runs/{run_id}/errors")
    async def read_errors(caller: CallerDep, run_id: str) -> Response:
        return document(await shelf.errors(caller, run_id))

    @router.get("/runs/{run_id}/errors/{code}/page")
    async def read_error_page(caller: CallerDep, run_id: str, code: Annotated[str, Path(max_length=100)]) -> Response:
        page = await shelf.error_page(caller, run_id, code)
        return _as_text(page.content(), page.content_type)

    @router.get("/spiders/{spider_id}/raw-records/archive")
    async def read_archived(caller: CallerDep, spider_id: str, key: Key, ordinal: Ordinal = 0) -> Response:
        return document(await archives.behind(caller, spider_id, key, ordinal))

    @router.get("/spiders/{spider_id}/raw-records/archive/page")
    async def read_archived_page(caller: CallerDep, spider_id: str, key: Key, ordinal: Ordinal = 0) -> Response:
        page: FetchedPage = await archives.page(caller, spider_id, key, ordinal)
        return _as_text(page.body, page.content_type)

    return router


def _as_text(body: bytes, content_type: str) -> Response:
    """Whatever it was, no browser takes it for anything but text; its encoding is said where the page said one."""
    charset = content_type.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    known = charset if charset.replace("-", "").replace("_", "").isalnum() and charset.isascii() else "utf-8"
    return Response(body, headers={**_AS_TEXT, "Content-Type": f"text/plain; charset={known}"})

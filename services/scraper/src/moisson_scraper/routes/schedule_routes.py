"""`/v1/spiders/{id}/schedule`: when a spider runs by itself."""

from fastapi import APIRouter
from starlette.responses import Response

from moisson_scraper.routes.answers import document
from moisson_scraper.scheduling.show_schedule import ScheduleShelf
from moisson_shared.web.auth import CallerDep


def schedule_router(shelf: ScheduleShelf) -> APIRouter:
    """Schedules, to be read; they are written with their spiders."""
    router = APIRouter(prefix="/v1/spiders", tags=["spiders"])

    @router.get("/{spider_id}/schedule")
    async def read_schedule(caller: CallerDep, spider_id: str) -> Response:
        return document(await shelf.read(caller, spider_id))

    return router

"""`/v1/spiders/suggest`: a spider proposed from an address."""

from fastapi import APIRouter
from starlette.responses import Response

from moisson_scraper.routes.answers import document
from moisson_scraper.suggest_spider import SpiderSuggester
from moisson_shared.contracts.spider_suggestion import SuggestionOrder
from moisson_shared.web.auth import CallerDep


def suggestion_router(suggester: SpiderSuggester) -> APIRouter:
    """Suggestions. To be mounted before the routes of `/v1/spiders/{spider_id}`."""
    router = APIRouter(tags=["spiders"])

    @router.post("/v1/spiders/suggest")
    async def suggest_spider(caller: CallerDep, order: SuggestionOrder) -> Response:
        return document(await suggester.suggest(caller, order))

    return router

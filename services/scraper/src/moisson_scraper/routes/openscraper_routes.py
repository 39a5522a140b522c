"""`/v1/partners/{partner}/imports/openscraper`: spiders that a partner had in OpenScraper."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from moisson_scraper.openscraper.import_spiders import OpenScraperExport, OpenScraperImports
from moisson_scraper.routes.answers import document
from moisson_shared.web.auth import CallerDep


def openscraper_router(imports: OpenScraperImports) -> APIRouter:
    """The import: for members of the partner and admins."""
    router = APIRouter(prefix="/v1/partners", tags=["spiders"])

    @router.post("/{partner_id}/imports/openscraper")
    async def import_from_openscraper(
        caller: CallerDep, partner_id: str, export: OpenScraperExport, save: Annotated[bool, Query()] = False
    ) -> Response:
        return document(await imports.bring(caller, partner_id, export, save=save))

    return router

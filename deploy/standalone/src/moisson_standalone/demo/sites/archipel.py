"""Archipel commun: a JSON API with offset paging, and a page per initiative for people."""

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from moisson_standalone.demo.sites.pages import PARTNERS, html_page, robots, template_environment

INITIATIVES = PARTNERS / "archipel" / "initiatives.json"
MOST_PER_PAGE = 15


def read_initiatives() -> list[dict[str, Any]]:
    """The initiatives as the API gives them: a partner's own JSON."""
    initiatives: list[dict[str, Any]] = json.loads(INITIATIVES.read_bytes())
    return initiatives


def archipel_site() -> Starlette:
    """The API and its pages as an ASGI app."""
    environment = template_environment()
    initiatives = read_initiatives()
    by_id = {initiative["id"]: initiative for initiative in initiatives}

    async def page_of_initiatives(request: Request) -> Response:
        offset, limit = request.query_params.get("offset", "0"), request.query_params.get("limit", str(MOST_PER_PAGE))
        if not (offset.isdecimal() and limit.isdecimal() and int(limit) > 0):
            return JSONResponse({"erreur": "offset et limit sont des nombres entiers"}, status_code=400)
        first = int(offset)
        base = str(request.base_url)
        shown = [
            {**initiative, "lien": f"{base}initiatives/{initiative['id']}"}
            for initiative in initiatives[first : first + min(int(limit), MOST_PER_PAGE)]
        ]
        return JSONResponse({"total": len(initiatives), "offset": first, "initiatives": shown})

    async def initiative_page(request: Request) -> Response:
        initiative = by_id.get(request.path_params["id"])
        if initiative is None:
            return html_page(environment, "archipel_missing.html", status=404)
        return html_page(environment, "archipel_initiative.html", initiative=initiative)

    async def welcome(request: Request) -> Response:
        return html_page(environment, "archipel_welcome.html", initiatives=initiatives)

    return Starlette(
        routes=[
            robots(),
            Route("/", welcome),
            Route("/api/initiatives", page_of_initiatives),
            Route("/initiatives/{id}", initiative_page),
        ]
    )

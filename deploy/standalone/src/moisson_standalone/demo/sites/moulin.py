"""Moulin aux idées: one CSV file, a row per place, as a spreadsheet on an older desktop writes it (Windows-1252)."""

import csv
import io

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from moisson_standalone.demo.sites.pages import PARTNERS, html_page, robots, template_environment

PLACES = PARTNERS / "moulin" / "places.csv"
FILE_ADDRESS = "/donnees/lieux-du-moulin.csv"


def read_places() -> list[dict[str, str]]:
    """The rows of the file by their column names."""
    return list(csv.DictReader(io.StringIO(PLACES.read_text(encoding="utf-8")), delimiter=";"))


def moulin_site() -> Starlette:
    """The page that offers the file, and the file, as an ASGI app."""
    environment = template_environment()
    content = PLACES.read_text(encoding="utf-8").replace("\n", "\r\n").encode("cp1252")
    rows = read_places()

    async def welcome(request: Request) -> Response:
        projects = len({row["N° fiche"] for row in rows})
        return html_page(environment, "moulin_welcome.html", places=len(rows), projects=projects, address=FILE_ADDRESS)

    async def file(request: Request) -> Response:
        return Response(
            content,
            media_type="text/csv; charset=windows-1252",
            headers={"content-disposition": 'attachment; filename="lieux-du-moulin.csv"'},
        )

    return Starlette(routes=[robots(), Route("/", welcome), Route(FILE_ADDRESS, file)])

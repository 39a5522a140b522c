"""Réseau Tilleul: a directory in HTML, ten cards a page, one detail page per project.

As real directories do, it has a card whose page is gone, one without a name, and drafts that robots.txt closes.
"""

from pathlib import Path

from pydantic import BaseModel, TypeAdapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from moisson_standalone.demo.sites.pages import PARTNERS, html_page, robots, template_environment

DIRECTORY = PARTNERS / "tilleul" / "directory.json"
CARDS_PER_PAGE = 10


class Entry(BaseModel):
    """A project of the directory, as the site keeps it."""

    reference: str
    slug: str
    title: str
    family: str
    town: str
    carrier: str = ""
    year: str = ""
    text: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    street: str = ""
    postcode: str = ""
    department: str = ""
    department_code: str = ""
    region: str = ""
    latitude: float | None = None
    longitude: float | None = None
    site: str = ""
    email: str = ""
    phone: str = ""
    missing_page: bool = False
    draft: bool = False

    @property
    def path(self) -> str:
        return f"/{'brouillons' if self.draft else 'projets'}/{self.slug}"


def read_directory(file: Path = DIRECTORY) -> tuple[Entry, ...]:
    """The entries in the order of the listing."""
    return TypeAdapter(tuple[Entry, ...]).validate_json(file.read_bytes())


def tilleul_site() -> Starlette:
    """The site as an ASGI app."""
    environment = template_environment()
    entries = read_directory()
    pages = {entry.path: entry for entry in entries if not entry.missing_page}
    last = -(-len(entries) // CARDS_PER_PAGE)

    async def listing(request: Request) -> Response:
        asked = request.query_params.get("page", "1")
        number = int(asked) if asked.isdecimal() else 0
        if not 1 <= number <= last:
            return html_page(environment, "tilleul_missing.html", status=404)
        cards = entries[(number - 1) * CARDS_PER_PAGE : number * CARDS_PER_PAGE]
        return html_page(environment, "tilleul_listing.html", cards=cards, number=number, last=last, total=len(entries))

    async def project(request: Request) -> Response:
        entry = pages.get(request.url.path)
        if entry is None:
            return html_page(environment, "tilleul_missing.html", status=404)
        return html_page(environment, "tilleul_project.html", entry=entry)

    return Starlette(
        routes=[
            robots("/brouillons/"),
            Route("/", listing),
            Route("/projets", listing),
            Route("/projets/{slug}", project),
            Route("/brouillons/{slug}", project),
        ]
    )

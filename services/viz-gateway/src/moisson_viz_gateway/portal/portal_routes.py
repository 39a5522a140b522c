"""The public pages: the way in, search, map, one project, and the style sheet of a portal's colours."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from moisson_shared.contracts.errors import NotFound
from moisson_shared.contracts.model import localized
from moisson_viz_gateway.gateway import Gateway, GatewayDep, VisitorDep, language_of
from moisson_viz_gateway.neighbours.api_client import CorpusAnswer, SearchAnswer
from moisson_viz_gateway.pages import LANGUAGE_COOKIE, Visitor
from moisson_viz_gateway.portal.field_display import FieldDisplay
from moisson_viz_gateway.portal.portal_document import Portal
from moisson_viz_gateway.portal.project_view import project_view
from moisson_viz_gateway.portal.search_address import SearchAddress, read_address
from moisson_viz_gateway.portal.search_view import (
    FACET_SIZE,
    cards_of,
    chips_of,
    facet_names,
    facets_of,
    region_field,
    sort_options,
)
from moisson_viz_gateway.security_headers import content_policy

router = APIRouter(include_in_schema=False)
YEAR = 365 * 24 * 3600
BESIDE_MAP = 12
"""Projects in the list beside the map."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A portal as one reader sees it: its corpus, the language, the search in the address."""

    gateway: Gateway
    portal: Portal
    version: int
    corpus: CorpusAnswer
    visitor: Visitor
    address: SearchAddress

    @property
    def root(self) -> str:
        return f"/{self.visitor.language}/{self.portal.id}"

    @property
    def display(self) -> FieldDisplay:
        return FieldDisplay(self.corpus, self.gateway.pages.wording(self.visitor.language))

    async def found(self, *, size: int, facets: list[str], page: bool = True) -> SearchAnswer:
        """What the api finds for the address."""
        parameters = [*(self.address.api_items() if page else self.address.map_items()), ("size", str(size))]
        parameters += [("lang", self.visitor.language)]
        if facets:
            parameters += [("facets", ",".join(facets)), ("facet_size", str(FACET_SIZE))]
        if self.address.text:
            parameters.append(("highlight", "true"))
        return await self.gateway.api.search(self.portal.corpus, parameters, self.visitor.token)

    def shell(self, page: str, path: str = "") -> dict[str, object]:
        """What the frame around every page of the portal needs."""
        language = self.visitor.language
        query = self.address.query()
        return {
            "portal": self.portal,
            "portal_version": self.version,
            "corpus": self.corpus,
            "root": self.root,
            "view": page,
            "page_path": path,
            "query": query,
            "address": self.address,
            "facet_size": FACET_SIZE,
            "title": localized(self.portal.titles, language),
            "tagline": localized(self.portal.taglines, language),
            "intro": localized(self.portal.intros, language),
            "footer": localized(self.portal.footers, language),
        }


async def reading_of(
    request: Request, language: str, portal_id: str, gateway: GatewayDep, visitor: VisitorDep
) -> Reading:
    """The portal that an address names. `NotFound` for a portal or a language that it does not have."""
    portal, version = await gateway.portals.portal(portal_id)
    if language not in portal.languages:
        raise NotFound("This portal does not speak that language.")
    corpus = await gateway.portals.corpus(portal.corpus, visitor.token)
    reader = Visitor(language, visitor.session, visitor.token, visitor.form_token)
    address = read_address(request.query_params.multi_items(), corpus.data_schema)
    return Reading(gateway, portal, version, corpus, reader, address)


ReadingDep = Annotated[Reading, Depends(reading_of)]


@router.get("/")
async def way_in(request: Request, gateway: GatewayDep) -> Response:
    """To the default portal, in the reader's language."""
    portal, _ = await gateway.portals.portal(gateway.settings.default_portal)
    wanted = language_of(request)
    language = wanted if wanted in portal.languages else portal.languages[0]
    headers = {"Vary": "Accept-Language, Cookie", "Cache-Control": "no-cache"}
    return RedirectResponse(f"/{language}/{portal.id}", 302, headers=headers)


@router.get("/favicon.ico")
async def favicon(gateway: GatewayDep) -> Response:
    """Browsers ask here whatever a page says."""
    return RedirectResponse(gateway.assets.address("favicon.svg"), 302, headers={"Cache-Control": "max-age=86400"})


@router.get("/robots.txt")
async def robots() -> Response:
    """Portals are for everybody; filters, and the studio, are no pages to index."""
    return Response("User-agent: *\nDisallow: /studio\nDisallow: /*?\n", media_type="text/plain")


@router.get("/static/{name}")
async def static_file(name: str, request: Request, gateway: GatewayDep) -> Response:
    """A built file."""
    return gateway.assets.response(name, request)


@router.get("/portals/{portal_id}.css")
async def portal_colours(portal_id: str, gateway: GatewayDep) -> Response:
    """The portal's colours; models accept nothing but hexadecimal digits there. The accent is made for white paper."""
    portal, _ = await gateway.portals.portal(portal_id)
    colours = portal.colours
    accent = f"@media (prefers-color-scheme:light){{:root{{--accent:{colours.accent}}}}}"
    style = f":root{{--banner:{colours.banner};--banner-ink:{colours.banner_ink}}}{accent}"
    return Response(style, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


@router.get("/{language}/{portal_id}")
async def search_page(request: Request, reading: ReadingDep) -> Response:
    """Search, facets, list."""
    names = facet_names(reading.portal, reading.corpus)
    found = await reading.found(size=reading.portal.page_size, facets=names)
    words = reading.gateway.pages.wording(reading.visitor.language)
    display = reading.display
    before = reading.address.preceding()
    response = reading.gateway.pages.page(
        "portal/list.html",
        request,
        reading.visitor,
        shell=reading.shell("list"),
        found=found,
        cards=cards_of(found, reading.portal, reading.corpus, display),
        facets=facets_of(found, names, reading.address, display),
        chips=chips_of(reading.address, display, words),
        sorts=sort_options(reading.corpus, reading.address, display, words),
        before=before.query() if before else None,
        has_before=before is not None,
        after=reading.address.following(found.next).query() if found.next else None,
        first=(reading.address.page - 1) * reading.portal.page_size + 1,
    )
    return _remembering(request, response, reading)


@router.get("/{language}/{portal_id}/map")
async def map_page(request: Request, reading: ReadingDep) -> Response:
    """The map, a list beside it, and places in words for those without script."""
    names = facet_names(reading.portal, reading.corpus)
    region = region_field(reading.portal, reading.corpus)
    asked = names if region is None or region in names else [*names, region]
    found = await reading.found(size=BESIDE_MAP, facets=asked, page=False)
    words = reading.gateway.pages.wording(reading.visitor.language)
    display = reading.display
    origin = reading.portal.map.tile_origin
    regions = (
        [
            (value, reading.address.with_value(region, value.value).query())
            for value in (found.facets[region].values if region in found.facets else ())
        ]
        if region
        else []
    )
    response = reading.gateway.pages.page(
        "portal/map.html",
        request,
        reading.visitor,
        headers={"Content-Security-Policy": content_policy((origin,) if origin else ())},
        shell=reading.shell("map", "/map"),
        found=found,
        cards=cards_of(found, reading.portal, reading.corpus, display),
        facets=facets_of(found, names, reading.address, display),
        chips=chips_of(reading.address, display, words),
        regions=regions,
        regions_cut=region in found.facets and not found.facets[region].complete,
        region_label=display.label(region) if region else "",
        map_query=_query_of(reading.address),
    )
    return _remembering(request, response, reading)


@router.get("/{language}/{portal_id}/map.geojson")
async def map_places(reading: ReadingDep) -> Response:
    """The places of all that is found: what the api says, for the search that the address says."""
    body = await reading.gateway.api.places(
        reading.portal.corpus, [*reading.address.map_items(), ("lang", reading.visitor.language)], reading.visitor.token
    )
    kept = "no-store" if reading.visitor.session else "no-cache"
    return Response(body, media_type="application/geo+json", headers={"Cache-Control": kept, "Vary": "Cookie"})


@router.get("/{language}/{portal_id}/projects/{project_id}")
async def project_page(request: Request, project_id: str, reading: ReadingDep) -> Response:
    """One project; the search that led here stays in the address."""
    gateway = reading.gateway
    language = reading.visitor.language
    project = await gateway.api.project(reading.portal.corpus, project_id, language, reading.visitor.token)
    origin = reading.portal.map.tile_origin
    images = ("https:",) if reading.portal.show_images else ()
    address = f"{(gateway.settings.public_url or str(request.base_url)).rstrip('/')}{request.url.path}"
    response = gateway.pages.page(
        "portal/project.html",
        request,
        reading.visitor,
        headers={"Content-Security-Policy": content_policy((*((origin,) if origin else ()), *images))},
        shell=reading.shell("project", f"/projects/{quote(project_id, safe='')}"),
        project=project_view(project, reading.portal, reading.corpus, gateway.pages.wording(language), address),
    )
    return _remembering(request, response, reading)


def _query_of(address: SearchAddress) -> str:
    return SearchAddress(text=address.text, filters=address.filters, bounds=address.bounds).query()


def _remembering(request: Request, response: Response, reading: Reading) -> Response:
    """The language of the last page read is the one that `/` and the studio open in."""
    if request.cookies.get(LANGUAGE_COOKIE) == reading.visitor.language:
        return response
    secure = reading.gateway.settings.secure
    response.set_cookie(
        LANGUAGE_COOKIE, reading.visitor.language, max_age=YEAR, samesite="lax", secure=secure, httponly=True
    )
    return response

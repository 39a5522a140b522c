"""What every route of the gateway stands on, and how a route learns who asks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from moisson_shared.contracts.errors import Forbidden, Unauthenticated
from moisson_shared.ports.documents import DocumentStore
from moisson_viz_gateway.assets import Assets
from moisson_viz_gateway.neighbours.api_client import ApiClient
from moisson_viz_gateway.neighbours.normalizer_client import NormalizerClient
from moisson_viz_gateway.neighbours.scraper_client import ScraperClient
from moisson_viz_gateway.pages import LANGUAGE_COOKIE, Pages, Visitor
from moisson_viz_gateway.portal.portal_shelf import PortalShelf
from moisson_viz_gateway.sealing import Seal
from moisson_viz_gateway.sessions import Session, Sessions
from moisson_viz_gateway.settings import VizGatewaySettings
from moisson_viz_gateway.wording.catalogue import LANGUAGES, preferred_language

MOST_FORM_FIELDS = 300


@dataclass(frozen=True, slots=True)
class Gateway:
    """The parts of a running gateway."""

    settings: VizGatewaySettings
    store: DocumentStore
    assets: Assets
    pages: Pages
    seal: Seal
    sessions: Sessions
    portals: PortalShelf
    api: ApiClient
    scraper: ScraperClient
    normalizer: NormalizerClient

    def cookie(self, name: str) -> str:
        """A cookie's name; with https it is bound to this host (RFC 6265bis, 4.1.3.2)."""
        return f"__Host-{name}" if self.settings.secure else name

    def set_cookie(self, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
        """A cookie that no script can read and no other site's form can use."""
        response.set_cookie(
            self.cookie(name), value, max_age=seconds, httponly=True, samesite="lax", secure=self.settings.secure
        )

    def drop_cookie(self, response: Response, name: str) -> None:
        """Makes the browser forget a cookie."""
        response.delete_cookie(self.cookie(name), httponly=True, samesite="lax", secure=self.settings.secure)


SESSION_COOKIE = "moisson_session"
FORM_COOKIE = "moisson_form"


def gateway_of(request: Request) -> Gateway:
    """The gateway that serves this request."""
    return cast("Gateway", request.app.state.gateway)


GatewayDep = Annotated[Gateway, Depends(gateway_of)]


def language_of(request: Request) -> str:
    """The language of a page whose address does not say it: chosen before, else what the browser asks for."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else preferred_language(request.headers.get("accept-language", ""), LANGUAGES)


async def visitor_of(request: Request, gateway: GatewayDep) -> Visitor:
    """Who reads; a session that is over is nobody."""
    number = request.cookies.get(gateway.cookie(SESSION_COOKIE), "")
    language = language_of(request)
    found = await gateway.sessions.find(number) if number else None
    if found is None:
        bound_to = request.cookies.get(gateway.cookie(FORM_COOKIE), "")
        return Visitor(language, form_token=gateway.seal.form_token(bound_to) if bound_to else "")
    session, token = found
    return Visitor(language, session, token, gateway.seal.form_token(number))


VisitorDep = Annotated[Visitor, Depends(visitor_of)]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who signed in, with all that a call in their name needs."""

    visitor: Visitor
    session: Session
    token: str


async def member_of(visitor: VisitorDep) -> Member:
    """Who works in the studio. Raises `Unauthenticated`, which leads to the login page."""
    if visitor.session is None or visitor.token is None:
        raise Unauthenticated("Sign in first.")
    return Member(visitor, visitor.session, visitor.token)


MemberDep = Annotated[Member, Depends(member_of)]


async def steward_of(member: MemberDep) -> Member:
    """A steward or an admin. Raises `Forbidden` for others."""
    if not member.session.steward:
        raise Forbidden("This is for stewards and admins.")
    return member


StewardDep = Annotated[Member, Depends(steward_of)]


@asynccontextmanager
async def own_form(request: Request, gateway: Gateway, *, files: int = 0) -> AsyncIterator[FormData]:
    """A form that came from one of our own pages, its files open until the end of the block. Raises `Forbidden` for any
    other (CSRF)."""
    number = request.cookies.get(gateway.cookie(SESSION_COOKIE), "")
    bound_to = number or request.cookies.get(gateway.cookie(FORM_COOKIE), "")
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise Forbidden("This form was sent from another site.")
    async with request.form(max_files=files, max_fields=MOST_FORM_FIELDS) as form:
        token = form.get("form_token", "")
        if not isinstance(token, str) or not gateway.seal.form_holds(token, bound_to):
            raise Forbidden("This form is too old, or came from elsewhere: open the page again and send it once more.")
        yield form


async def form_of(request: Request, gateway: GatewayDep) -> dict[str, str]:
    """The fields of a form of our own, without files."""
    async with own_form(request, gateway) as form:
        return {name: value for name, value in form.items() if isinstance(value, str) and name != "form_token"}


FormDep = Annotated[dict[str, str], Depends(form_of)]

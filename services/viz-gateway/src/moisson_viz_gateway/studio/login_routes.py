"""Coming in and going out: login, logout, the first admin, the language."""

import secrets

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from moisson_shared.contracts.errors import AlreadyExists, Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from moisson_viz_gateway.gateway import FORM_COOKIE, SESSION_COOKIE, FormDep, Gateway, GatewayDep, VisitorDep
from moisson_viz_gateway.pages import LANGUAGE_COOKIE, Visitor, local_path
from moisson_viz_gateway.wording.catalogue import LANGUAGES

router = APIRouter(prefix="/studio", include_in_schema=False)
YEAR = 365 * 24 * 3600


@router.get("/login")
async def login_page(request: Request, gateway: GatewayDep, visitor: VisitorDep, next: str = "") -> Response:  # noqa: A002 - the word that addresses use
    """The login form."""
    wanted = local_path(next, "/studio")
    if visitor.session is not None:
        return RedirectResponse(wanted, 303)
    return _form(request, gateway, visitor, "studio/login.html", wanted=wanted, email="", fault="")


@router.post("/login")
async def log_in(request: Request, gateway: GatewayDep, visitor: VisitorDep, form: FormDep) -> Response:
    """Opens a session under a new number; one that was there before ends, so nobody's number is fixed in advance."""
    wanted = local_path(form.get("next"), "/studio")
    email = form.get("email", "").strip()
    try:
        tokens = await gateway.api.log_in(
            email, form.get("password", ""), request.client.host if request.client else None
        )
    except (Unauthenticated, Invalid):
        fault = gateway.pages.wording(visitor.language)("login.wrong")
        return _form(
            request, gateway, visitor, "studio/login.html", status=401, wanted=wanted, email=email, fault=fault
        )
    if (before := request.cookies.get(gateway.cookie(SESSION_COOKIE))) is not None:
        await gateway.sessions.end(before)
    response = RedirectResponse(wanted, 303)
    number = await gateway.sessions.open(tokens)
    gateway.set_cookie(response, SESSION_COOKIE, number, seconds=gateway.settings.session_hours * 3600)
    gateway.drop_cookie(response, FORM_COOKIE)
    return response


@router.post("/logout")
async def log_out(request: Request, gateway: GatewayDep, form: FormDep) -> Response:
    """Ends the session, here and at the api."""
    if (number := request.cookies.get(gateway.cookie(SESSION_COOKIE))) is not None:
        await gateway.sessions.end(number)
    response = RedirectResponse("/studio/login", 303)
    gateway.drop_cookie(response, SESSION_COOKIE)
    return response


@router.get("/first-admin")
async def first_admin_page(request: Request, gateway: GatewayDep, visitor: VisitorDep, token: str = "") -> Response:
    """The page of the one-time link."""
    known = {"token": token, "email": "", "name": ""}
    return _form(request, gateway, visitor, "studio/first_admin.html", known=known, faults=(), fault="")


@router.post("/first-admin")
async def make_first_admin(request: Request, gateway: GatewayDep, visitor: VisitorDep, form: FormDep) -> Response:
    """Makes the first admin, then asks to sign in."""
    known = {name: form.get(name, "") for name in ("token", "email", "name")}
    words = gateway.pages.wording(visitor.language)
    try:
        await gateway.api.first_admin(
            known["token"], known["email"].strip(), known["name"].strip(), form.get("password", "")
        )
    except Invalid as error:
        return _form(
            request,
            gateway,
            visitor,
            "studio/first_admin.html",
            status=422,
            known=known,
            faults=error.faults,
            fault=words("first_admin.invalid"),
        )
    except (Unauthenticated, Forbidden, NotFound, Conflict, AlreadyExists):
        return _form(
            request,
            gateway,
            visitor,
            "studio/first_admin.html",
            status=403,
            known=known,
            faults=(),
            fault=words("first_admin.spent"),
        )
    return RedirectResponse("/studio/login", 303)


@router.get("/language/{language}")
async def choose_language(language: str, gateway: GatewayDep, next: str = "") -> Response:  # noqa: A002 - as above
    """Remembers a language, and goes back."""
    if language not in LANGUAGES:
        raise NotFound("We do not speak that language.")
    response = RedirectResponse(local_path(next, "/studio"), 303)
    response.set_cookie(
        LANGUAGE_COOKIE, language, max_age=YEAR, samesite="lax", secure=gateway.settings.secure, httponly=True
    )
    return response


def _form(
    request: Request, gateway: Gateway, visitor: Visitor, template: str, *, status: int = 200, **context: object
) -> Response:
    """A form for people without a session: its token is bound to a cookie that it brings along."""
    bound_to = request.cookies.get(gateway.cookie(SESSION_COOKIE)) or request.cookies.get(gateway.cookie(FORM_COOKIE))
    fresh = None if bound_to else secrets.token_urlsafe(24)
    reader = Visitor(visitor.language, form_token=gateway.seal.form_token(bound_to or fresh or ""))
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    response = gateway.pages.page(template, request, reader, status=status, headers=headers, shell=context)
    if fresh is not None:
        gateway.set_cookie(response, FORM_COOKIE, fresh)
    return response

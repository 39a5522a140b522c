"""The page behind the one-time link of the first start: a form that makes the first admin. Works without script.

French first, English beside it. The token stands in the form, not in any link out of the page.
"""

from html import escape
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import HTMLResponse, Response

from moisson_api.identity.identity import Identity
from moisson_api.routes.session_bodies import FirstAdminBody
from moisson_shared.contracts.errors import Invalid, MoissonError
from moisson_shared.contracts.faults import message_of
from moisson_shared.web.problems import problem_of

PAGE_PATH = "/first-admin"
_MOST_BYTES = 8192
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'",
}
_STYLE = (
    "body{font:1.05rem/1.5 system-ui,sans-serif;max-width:28rem;margin:8vh auto;padding:0 1rem;color:#1d2b24}"
    "label{display:block;margin:1rem 0 .2rem}input{width:100%;box-sizing:border-box;font:inherit;padding:.5rem;"
    "border:1px solid #8a978f;border-radius:.4rem}button{margin-top:1.5rem;font:inherit;padding:.6rem 1.2rem;border:0;"
    "border-radius:.4rem;background:#1f6b45;color:#fff}small{color:#56655c}"
    "[role=alert]{border-left:.3rem solid #b3261e;padding:.2rem .8rem;background:#fdf1f0}"
)
_FIELDS = (
    ("name", "text", "Nom", "Name", "name"),
    ("email", "email", "Adresse électronique", "E-mail address", "username"),
    (
        "password",
        "password",
        "Mot de passe (12 caractères au moins)",
        "Password (at least 12 characters)",
        "new-password",
    ),
)


def first_admin_page_router(identity: Identity) -> APIRouter:
    """The page and what its form posts to."""
    router = APIRouter(include_in_schema=False)

    @router.get(PAGE_PATH)
    async def page(token: str = "") -> Response:
        return _page(_form({"token": token}))

    @router.post(PAGE_PATH)
    async def create(request: Request) -> Response:
        sent = dict(parse_qsl((await request.body())[:_MOST_BYTES].decode(errors="replace"), keep_blank_values=True))
        known = {name: sent.get(name, "") for name in ("token", "email", "name", "password")}
        try:
            body = FirstAdminBody.model_validate(known)
            account = await identity.first_admin.redeem(body.token, body.draft())
        except ValidationError as error:
            faults = [f"{detail['loc'][0]}: {message_of(detail)}" for detail in error.errors(include_url=False)]
            return _page(_alert("; ".join(faults)) + _form(known), 422)
        except MoissonError as error:
            status = problem_of(error)[1].status
            again = _form(known) if isinstance(error, Invalid) else ""
            return _page(_alert(str(error)) + again, status)
        done = f"<p>Le compte d'administration de {escape(account.email)} est créé. Vous pouvez vous connecter.</p>"
        return _page(f"{done}<p lang='en'><small>The admin account is made. You can sign in.</small></p>", 201)

    return router


def _page(content: str, status: int = 200) -> Response:
    html = (
        "<!doctype html><html lang='fr'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>Moisson</title><style>{_STYLE}</style><main><h1>Premier compte d'administration</h1>"
        f"<p lang='en'><small>First admin account</small></p>{content}</main></html>"
    )
    return HTMLResponse(html, status, _HEADERS)


def _alert(message: str) -> str:
    return f"<p role='alert'>{escape(message)}</p>"


def _form(values: dict[str, str]) -> str:
    inputs = "".join(
        f"<label for='{name}'>{french} <small lang='en'>{english}</small></label>"
        f"<input id='{name}' name='{name}' type='{kind}' autocomplete='{hint}' required"
        f" value='{'' if name == 'password' else escape(values.get(name, ''), quote=True)}'>"
        for name, kind, french, english, hint in _FIELDS
    )
    token = escape(values.get("token", ""), quote=True)
    return (
        f"<form method='post' action='{PAGE_PATH}'><input type='hidden' name='token' value='{token}'>{inputs}"
        "<button>Créer le compte <span lang='en'>/ Create</span></button></form>"
    )

"""Signing in and out, the keys that verify, one's own account, and the first admin."""

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from moisson_api.identity.account import Account, AccountView
from moisson_api.identity.identity import Identity
from moisson_api.identity.throttle import address_key
from moisson_api.routes.session_bodies import Credentials, FirstAdminBody, PasswordChange, RefreshToken, SessionView
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import Forbidden, NotFound, Unauthenticated
from moisson_shared.contracts.model import Contract
from moisson_shared.web.auth import SignedInDep

_JWKS_FRESH_SECONDS = 300
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""RFC 6749, 5.1: nobody keeps an answer with tokens."""


def session_router(identity: Identity) -> APIRouter:
    """The routes over one installation's identity."""
    router = APIRouter(tags=["sessions"])
    sign_in = identity.sign_in

    @router.get("/.well-known/jwks.json", summary="Public signing keys (RFC 7517)")
    @router.head("/.well-known/jwks.json", include_in_schema=False)
    async def jwks() -> Response:
        keys = [key.model_dump() for key in await identity.keyring.jwks()]
        headers = {"Cache-Control": f"public, max-age={_JWKS_FRESH_SECONDS}"}
        return Response(orjson.dumps({"keys": keys}), media_type="application/json", headers=headers)

    @router.post("/v1/login", response_model=SessionView, summary="Sign in with e-mail and password")
    async def login(body: Credentials, request: Request) -> Response:
        address = address_key(request.client.host if request.client else "")
        session = await sign_in.login(body.email, body.password.get_secret_value(), address)
        return _private(SessionView.of(session))

    @router.post("/v1/refresh", response_model=SessionView, summary="The next pair of tokens; the old one dies")
    async def refresh(body: RefreshToken) -> Response:
        return _private(SessionView.of(await sign_in.refresh(body.refresh_token)))

    @router.post("/v1/logout", status_code=204, summary="End the session of a refresh token")
    async def logout(body: RefreshToken) -> Response:
        await sign_in.logout(body.refresh_token)
        return Response(status_code=204)

    @router.get("/v1/me", response_model=AccountView, summary="The account of the caller")
    async def me(caller: SignedInDep) -> Response:
        return _private(AccountView.of(await _own(identity, caller)))

    @router.put("/v1/me/password", status_code=204, summary="Change one's own password; ends all sessions")
    async def change_password(body: PasswordChange, caller: SignedInDep) -> Response:
        await _own(identity, caller)
        current, new = body.current_password.get_secret_value(), body.new_password.get_secret_value()
        await sign_in.change_password(caller.subject, current, new)
        return Response(status_code=204)

    @router.post("/v1/first-admin", status_code=201, response_model=AccountView, summary="The first admin, once")
    async def first_admin(body: FirstAdminBody) -> Response:
        account = await identity.first_admin.redeem(body.token, body.draft())
        return _private(AccountView.of(account), status=201)

    return router


async def _own(identity: Identity, caller: Caller) -> Account:
    """The caller's account as it is now; a token outlives a closed account by ten minutes at most, but not here."""
    if not caller.roles:
        raise Forbidden("this token speaks for a service, which has no account")
    try:
        account = (await identity.accounts.get(caller.subject)).value
    except NotFound:
        raise Unauthenticated("this account is closed") from None
    if account.disabled:
        raise Unauthenticated("this account is closed")
    return account


def _private(body: Contract, status: int = 200) -> Response:
    return Response(body.model_dump_json(), status, NO_STORE, "application/json")

"""Who is calling: from a bearer token (RFC 6750, RFC 7519, RFC 8725) to a Caller, and what a caller may do.

Algorithm, issuer, audience and times are pinned. Nothing in a token decides how it is verified, but for the id of the
key, which is only ever looked up among the issuer's keys.
"""

import time
from dataclasses import dataclass
from typing import Annotated

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from moisson_shared.contracts.access import ANONYMOUS, ANONYMOUS_SUBJECT, Caller, PartnerRole, Role
from moisson_shared.contracts.errors import Forbidden, MoissonError, Unauthenticated
from moisson_shared.contracts.model import Slug
from moisson_shared.contracts.request_id import current_request_id
from moisson_shared.web.jwks import KeySource
from moisson_shared.web.observing import CALLER_KEY, QUIET_ROUTES
from moisson_shared.web.problems import Asked, error_response

MOST_TOKEN_CHARACTERS = 8192
LEEWAY_SECONDS = 10
MOST_VERIFIED = 1000
_ALGORITHMS = ("EdDSA",)
_REQUIRED = ("iss", "aud", "exp", "iat", "sub")


class _Claims(BaseModel):
    """What we read of a token; others (jti, name) are not ours to judge."""

    model_config = ConfigDict(frozen=True, strict=False)

    exp: float
    sub: Annotated[str, Field(min_length=1, max_length=200)]
    roles: frozenset[Role] = frozenset()
    partners: frozenset[Slug] = frozenset()
    partner_roles: dict[Slug, PartnerRole] = {}
    scope: str = ""


@dataclass(frozen=True, slots=True)
class _Verified:
    """What a signature check found: it holds as long as the token lives and its key is the same."""

    kid: str
    key: Ed25519PublicKey
    expires: float
    caller: Caller


class TokenVerifier:
    """Tells who a token speaks for. `audience` is this service's. A signature is checked once per token and key."""

    def __init__(self, keys: KeySource, *, issuer: str, audience: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._verified: dict[str, _Verified] = {}

    async def verify(self, token: str) -> Caller:
        """The caller. Raises `Unauthenticated` with a reason, or `Unavailable` while no key is known."""
        if len(token) > MOST_TOKEN_CHARACTERS:
            raise Unauthenticated("This token is too long to be one of ours.")
        known = self._verified.get(token)
        kid = known.kid if known is not None else _key_id(token)
        key = await self._keys.key(kid)
        if key is None:
            raise Unauthenticated("This token is not signed by a key of our issuer.")
        if known is not None and known.key is key and time.time() < known.expires:
            return known.caller
        claims = self._claims(token, key)
        scopes = frozenset(claims.scope.split())
        caller = Caller(
            subject=claims.sub,
            roles=claims.roles,
            partners=claims.partners,
            partner_roles=claims.partner_roles,
            scopes=scopes,
        )
        if len(self._verified) >= MOST_VERIFIED:
            del self._verified[next(iter(self._verified))]
        self._verified[token] = _Verified(kid, key, claims.exp, caller)
        return caller

    def _claims(self, token: str, key: Ed25519PublicKey) -> _Claims:
        try:
            payload = jwt.decode(
                token,
                key,
                algorithms=_ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": list(_REQUIRED)},
            )
            claims = _Claims.model_validate(payload)
        except jwt.PyJWTError as error:
            raise Unauthenticated(_reason(error)) from error
        except ValidationError as error:
            raise Unauthenticated("This token does not say who it is for in a way we know.") from error
        if claims.sub == ANONYMOUS_SUBJECT:
            raise Unauthenticated("This token speaks for nobody.")
        return claims


def _key_id(token: str) -> str:
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except jwt.PyJWTError as error:
        raise Unauthenticated("This is not a token.") from error
    return kid if isinstance(kid, str) else ""


def _reason(error: jwt.PyJWTError) -> str:
    if isinstance(error, jwt.ExpiredSignatureError):
        return "This token has expired: sign in again, or refresh it."
    if isinstance(error, jwt.ImmatureSignatureError):
        return "This token is not valid yet."
    if isinstance(error, jwt.InvalidAudienceError):
        return "This token is for another service."
    if isinstance(error, jwt.InvalidIssuerError):
        return "This token is of another issuer."
    if isinstance(error, jwt.MissingRequiredClaimError):
        return f"This token lacks the claim {error.claim}."
    return "This token does not hold."


def bearer_token(header: str | None) -> str | None:
    """The token of an `Authorization` header; None without one. Raises `Unauthenticated` for another scheme."""
    if header is None:
        return None
    scheme, _, token = header.strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or " " in token:
        raise Unauthenticated("Authorization must be: Bearer <token>.")
    return token


class AuthenticatingMiddleware:
    """Pure ASGI: puts the caller in the scope. A bad token is refused even where none is needed, so nobody works on
    believing to be known. Health and metrics must answer whatever is sent to them."""

    def __init__(self, app: ASGIApp, verifier: TokenVerifier) -> None:
        self._app = app
        self._verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the request as its caller's, or answers 401 or 503."""
        if scope["type"] == "http" and scope["path"] not in QUIET_ROUTES:
            headers = Headers(scope=scope)
            try:
                given = headers.getlist("authorization")
                if len(given) > 1:
                    raise Unauthenticated("Authorization is given twice.")
                token = bearer_token(given[0] if given else None)
                if token is not None:
                    scope[CALLER_KEY] = await self._verifier.verify(token)
            except MoissonError as error:
                asked = Asked(current_request_id() or "", headers.get("accept-language", ""))
                await error_response(error, asked)(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def caller_of(request: Request) -> Caller:
    """Who is asking; anonymous without a token."""
    caller: Caller = request.scope.get(CALLER_KEY, ANONYMOUS)
    return caller


async def signed_in(request: Request) -> Caller:
    """Who is asking; raises `Unauthenticated` without a token."""
    caller: Caller = request.scope.get(CALLER_KEY, ANONYMOUS)
    if caller.anonymous:
        raise Unauthenticated("Sign in first: this needs a token.")
    return caller


CallerDep = Annotated[Caller, Depends(caller_of)]
"""For routes that anybody may call."""
SignedInDep = Annotated[Caller, Depends(signed_in)]
"""For routes that need a token, whoever it speaks for."""


def require_roles(caller: Caller, *roles: Role) -> None:
    """Raises `Unauthenticated` for nobody, and `Forbidden` unless the caller has one of the roles."""
    _require_known(caller)
    if caller.roles.isdisjoint(roles):
        raise Forbidden(f"This is for {' or '.join(roles)} only.")


def require_scope(caller: Caller, scope: str) -> None:
    """Raises `Unauthenticated` for nobody, and `Forbidden` unless the token has the scope."""
    _require_known(caller)
    if scope not in caller.scopes:
        raise Forbidden(f"This needs a token with the scope {scope}.")


def _require_known(caller: Caller) -> None:
    if caller.anonymous:
        raise Unauthenticated("Sign in first: this needs a token.")

"""Access tokens: what stands in them (docs/interfaces.md, Tokens) and their signature. Pure but for the random id."""

import secrets
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from moisson_api.identity.account import Account

ACCESS_TOKEN_LIFE = timedelta(minutes=10)
USER_AUDIENCES = ("api", "scraper", "normalizer")
SERVICE_AUDIENCES = frozenset(USER_AUDIENCES)
TOKEN_TYPE = "Bearer"  # noqa: S105 -- the name of a scheme (RFC 6750), not a secret


def user_claims(account: Account) -> dict[str, Any]:
    """The claims of a person's token."""
    return {
        "aud": list(USER_AUDIENCES),
        "sub": account.id,
        "name": account.name,
        "roles": sorted(role.value for role in account.roles),
        "partners": sorted(account.partners),
        "partner_roles": {partner: role.value for partner, role in sorted(account.partner_roles.items())},
        "scope": "",
    }


def service_claims(client_id: str, audience: str, scopes: frozenset[str]) -> dict[str, Any]:
    """The claims of a service's token, for one audience."""
    return {
        "aud": [audience],
        "sub": client_id,
        "name": client_id,
        "roles": [],
        "partners": [],
        "scope": " ".join(sorted(scopes)),
    }


def sign(claims: dict[str, Any], issuer: str, kid: str, key: Ed25519PrivateKey, now: datetime) -> str:
    """A signed token that holds for ten minutes (RFC 7519, EdDSA of RFC 8037)."""
    complete = {
        **claims,
        "iss": issuer,
        "iat": int(now.timestamp()),
        "exp": int((now + ACCESS_TOKEN_LIFE).timestamp()),
        "jti": secrets.token_urlsafe(12),
    }
    return jwt.encode(complete, key, algorithm="EdDSA", headers={"kid": kid})

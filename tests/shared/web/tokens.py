"""Signing keys and tokens as an issuer would make them, for tests of those who verify."""

import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from moisson_shared.contracts.model import JsonObject
from moisson_shared.web.auth import TokenVerifier
from moisson_shared.web.jwks import KeySource

ISSUER = "http://issuer.test"


def a_key() -> Ed25519PrivateKey:
    """A fresh signing key."""
    return Ed25519PrivateKey.generate()


def jwks(**keys: Ed25519PrivateKey) -> JsonObject:
    """The public key set of signing keys by id."""
    algorithm = jwt.algorithms.OKPAlgorithm()
    members = []
    for kid, key in keys.items():
        public: dict[str, Any] = algorithm.to_jwk(key.public_key(), as_dict=True)
        members.append({**public, "kid": kid, "use": "sig", "alg": "EdDSA"})
    return {"keys": members}


def claims(**changes: object) -> dict[str, object]:
    """A user token's claims; a change to None leaves the claim out."""
    now = int(time.time())
    made: dict[str, object] = {
        "iss": ISSUER,
        "aud": ["api", "scraper", "normalizer"],
        "sub": "ada",
        "iat": now,
        "exp": now + 600,
        "jti": "1",
        "name": "Ada",
        "roles": ["partner"],
        "partners": ["ronce"],
        "scope": "",
    }
    return {name: value for name, value in {**made, **changes}.items() if value is not None}


def a_token(key: Ed25519PrivateKey, kid: str = "k1", **changes: object) -> str:
    """A signed user token."""
    return jwt.encode(claims(**changes), key, algorithm="EdDSA", headers={"kid": kid})


def a_verifier(key: Ed25519PrivateKey, kid: str = "k1", audience: str = "scraper") -> TokenVerifier:
    """A verifier that knows one key."""

    async def fetch() -> JsonObject:
        return jwks(**{kid: key})

    return TokenVerifier(KeySource(fetch), issuer=ISSUER, audience=audience)

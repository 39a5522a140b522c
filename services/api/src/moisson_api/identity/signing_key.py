"""Signing keys as values: which one signs now, which are published, when the next is due. Pure.

A key is published before it signs, so that every service knows it when its first token arrives, and stays published
after it has signed its last token for as long as that token lives.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel

from moisson_shared.adapters.sealing import Sealer
from moisson_shared.contracts.model import Contract, Instant
from moisson_shared.ports.documents import Collection

PUBLISHED_AHEAD = timedelta(hours=1)
"""Longer than any service keeps a JWKS without asking again."""
PUBLISHED_AFTER = timedelta(hours=1)
"""Longer than any token lives."""
_PURPOSE = "signing key "


class SigningKey(Contract):
    """One Ed25519 key pair. `number` counts up, so of two replicas that make the next key only one can."""

    number: int
    kid: str
    x: str
    """The public key, base64url (RFC 8037, 2)."""
    sealed_private: str
    signs_from: Instant
    created_at: Instant


SIGNING_KEYS = Collection(name="signing_keys", model=SigningKey, key=lambda key: f"{key.number:06d}")


class PublicJwk(BaseModel):
    """A public key in a JWKS (RFC 7517, RFC 8037)."""

    kid: str
    x: str
    kty: str = "OKP"
    crv: str = "Ed25519"
    alg: str = "EdDSA"
    use: str = "sig"


def new_signing_key(number: int, signs_from: datetime, now: datetime, sealer: Sealer) -> SigningKey:
    """A fresh key pair; its id is its thumbprint (RFC 7638)."""
    private = Ed25519PrivateKey.generate()
    x = _base64url(private.public_key().public_bytes_raw())
    members = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'
    kid = _base64url(hashlib.sha256(members.encode()).digest())
    sealed = sealer.seal(private.private_bytes_raw(), _PURPOSE + kid)
    return SigningKey(number=number, kid=kid, x=x, sealed_private=sealed, signs_from=signs_from, created_at=now)


def private_key(key: SigningKey, sealer: Sealer) -> Ed25519PrivateKey:
    """The key that signs."""
    return Ed25519PrivateKey.from_private_bytes(sealer.open(key.sealed_private, _PURPOSE + key.kid))


def public_octets(key: SigningKey) -> bytes:
    """The 32 octets of the public key."""
    return urlsafe_b64decode(key.x + "=")


def signing_now(keys: Sequence[SigningKey], now: datetime) -> SigningKey | None:
    """The newest key whose time has come."""
    begun = [key for key in keys if key.signs_from <= now]
    return max(begun, key=lambda key: key.number, default=None)


def published(keys: Sequence[SigningKey], now: datetime) -> list[SigningKey]:
    """The key that signs, those to come, and those that may have signed a token that still lives; by number."""
    ordered = sorted(keys, key=lambda key: key.number)
    following = [*ordered[1:], None]
    return [
        key
        for key, successor in zip(ordered, following, strict=True)
        if successor is None or successor.signs_from > now - PUBLISHED_AFTER
    ]


def rotation_due(keys: Sequence[SigningKey], now: datetime, lifetime: timedelta) -> bool:
    """Whether the next key must be published now, to sign when the newest one has signed for its lifetime."""
    newest = max(keys, key=lambda key: key.number, default=None)
    return newest is not None and now >= newest.signs_from + lifetime - PUBLISHED_AHEAD


def jwk(key: SigningKey) -> PublicJwk:
    return PublicJwk(kid=key.kid, x=key.x)


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()

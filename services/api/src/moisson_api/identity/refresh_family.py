"""Refresh tokens: opaque, kept as hashes, each good for one use. Knows sessions, not what they may do.

All tokens that follow from one sign-in are a family. Using one again means that two people hold it, so the whole family
dies (RFC 9700, 4.14.2). A token is `<family>.<secret>`; the family keeps the hash of the secret that is next.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from moisson_shared.contracts.errors import Unauthenticated, VersionConflict
from moisson_shared.contracts.model import Contract, Count, Instant
from moisson_shared.ports.documents import (
    Collection,
    Delete,
    DeleteWhere,
    DocumentStore,
    Equal,
    Expect,
    Insert,
    Range,
    Replace,
)

ABSOLUTE_LIFE = timedelta(days=30)
"""From sign-in to the day on which the password is asked for again, however busy the session."""
_SECRET_SIZE = 32
_LONGEST_TOKEN = 200


class RefreshFamily(Contract):
    """One signed-in session."""

    id: str
    account_id: str
    secret_hash: str
    used: Count = 0
    created_at: Instant
    expires_at: Instant


REFRESH_FAMILIES = Collection(
    name="refresh_families",
    model=RefreshFamily,
    key=lambda family: family.id,
    indexed=("account_id", "expires_at"),
)


@dataclass(frozen=True, slots=True)
class Renewed:
    """A family whose token was just used, and the one token that is good now."""

    account_id: str
    token: str


class RefreshFamilies:
    """The sessions of all accounts."""

    def __init__(self, documents: DocumentStore, clock: Callable[[], datetime]) -> None:
        self._documents = documents
        self._clock = clock

    async def begin(self, account_id: str, *, unchanged: tuple[Expect, ...]) -> str:
        """The first token of a new family, written only if what was signed in with is still so (`VersionConflict`)."""
        now = self._clock()
        secret = _new_secret()
        family = RefreshFamily(
            id=secrets.token_urlsafe(16),
            account_id=account_id,
            secret_hash=_hashed(secret),
            created_at=now,
            expires_at=now + ABSOLUTE_LIFE,
        )
        await self._documents.apply([*unchanged, Insert(REFRESH_FAMILIES, family)])
        return f"{family.id}.{secret}"

    async def renew(self, token: str) -> Renewed:
        """Uses a token: its successor and the account.

        Raises `Unauthenticated` for a token that is unknown, over, or used before; the last revokes its family. Of
        two uses at one moment the store lets one win, so the other is a use of a used token.
        """
        family_id, secret = _parts(token)
        stored = await self._documents.get(REFRESH_FAMILIES, family_id)
        if stored is None:
            raise _refused()
        family = stored.value
        if family.expires_at <= self._clock():
            await self._documents.apply([Delete(REFRESH_FAMILIES, family_id)])
            raise _refused()
        if not hmac.compare_digest(family.secret_hash, _hashed(secret)):
            await self._documents.apply([Delete(REFRESH_FAMILIES, family_id)])
            raise _refused()
        following = _new_secret()
        renewed = family.model_copy(update={"secret_hash": _hashed(following), "used": family.used + 1})
        try:
            await self._documents.apply([Replace(REFRESH_FAMILIES, renewed, expected=stored.version)])
        except VersionConflict:
            await self._documents.apply([Delete(REFRESH_FAMILIES, family_id)])
            raise _refused() from None
        return Renewed(account_id=family.account_id, token=f"{family_id}.{following}")

    async def end(self, token: str) -> None:
        """Signs out: the family of this token dies. An unknown token is no error, there is nothing left to end."""
        try:
            family_id, secret = _parts(token)
        except Unauthenticated:
            return
        if secret:
            await self._documents.apply([Delete(REFRESH_FAMILIES, family_id)])

    async def remove_expired(self) -> None:
        """Forgets the families whose life is over."""
        await self._documents.apply([DeleteWhere(REFRESH_FAMILIES, (Range("expires_at", at_most=self._clock()),))])


def revoke_all(account_id: str) -> DeleteWhere:
    """The operation that ends every session of an account, for the batch that changes it."""
    return DeleteWhere(REFRESH_FAMILIES, (Equal("account_id", account_id),))


def _new_secret() -> str:
    return secrets.token_urlsafe(_SECRET_SIZE)


def _hashed(secret: str) -> str:
    # The secret has 256 random bits: nobody guesses it, so a fast hash is enough.
    return hashlib.sha256(secret.encode()).hexdigest()


def _parts(token: str) -> tuple[str, str]:
    family_id, dot, secret = token.partition(".")
    if not (dot and family_id and secret and len(token) <= _LONGEST_TOKEN and token.isascii()):
        raise _refused()
    return family_id, secret


def _refused() -> Unauthenticated:
    return Unauthenticated("this refresh token does not hold; sign in again")

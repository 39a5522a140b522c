"""The signing keys of this installation: kept in the store, shared by all replicas, renewed in time.

Knows nothing of accounts and tokens. Reads the store again after `FRESH_FOR`, or for a key it has not seen.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from moisson_api.identity.signing_key import (
    PUBLISHED_AHEAD,
    SIGNING_KEYS,
    PublicJwk,
    SigningKey,
    jwk,
    new_signing_key,
    private_key,
    public_octets,
    published,
    rotation_due,
    signing_now,
)
from moisson_shared.adapters.sealing import Sealer
from moisson_shared.contracts.errors import AlreadyExists, Unavailable
from moisson_shared.ports.documents import Delete, DocumentStore, Find, Insert, Operation

FRESH_FOR = timedelta(seconds=60)
"""Well below `PUBLISHED_AHEAD`: every replica knows a key before it signs."""
_MOST_KEYS = 1000


class Keyring:
    """The keys as this process last read them."""

    def __init__(
        self, documents: DocumentStore, sealer: Sealer, clock: Callable[[], datetime], lifetime: timedelta
    ) -> None:
        self._documents = documents
        self._sealer = sealer
        self._clock = clock
        self._lifetime = lifetime
        self._keys: tuple[SigningKey, ...] = ()
        self._read_at: datetime | None = None
        self._private: dict[str, Ed25519PrivateKey] = {}

    async def refresh(self) -> None:
        """Reads the keys, makes the first one or the next one where it is due, and removes those long out of use."""
        now = self._clock()
        await self._read()
        if not self._keys:
            await self._add(number=1, signs_from=now)
        elif rotation_due(self._keys, now, self._lifetime):
            newest = self._keys[-1]
            await self._add(newest.number + 1, max(now + PUBLISHED_AHEAD, newest.signs_from + self._lifetime))
        out_of_use = [key for key in self._keys if key not in published(self._keys, now)]
        if out_of_use:
            await self._documents.apply([Delete(SIGNING_KEYS, SIGNING_KEYS.key(key)) for key in out_of_use])
            await self._read()

    async def rotate(self, *, compromised: bool = False) -> SigningKey:
        """Publishes a new key that signs in an hour. Of a compromised one nothing is kept: the new key signs at once,
        and tokens signed with any earlier key hold no longer than services keep their JWKS."""
        await self.refresh()
        now = self._clock()
        newest = self._keys[-1]
        signs_from = now if compromised else max(now + PUBLISHED_AHEAD, newest.signs_from)
        fresh = new_signing_key(newest.number + 1, signs_from, now, self._sealer)
        operations: list[Operation] = [Insert(SIGNING_KEYS, fresh)]
        if compromised:
            operations += [Delete(SIGNING_KEYS, SIGNING_KEYS.key(key)) for key in self._keys]
        await self._documents.apply(operations)
        await self._read()
        return fresh

    async def signing(self) -> tuple[str, Ed25519PrivateKey]:
        """The id of the key that signs now, and the key."""
        await self._freshen()
        key = signing_now(self._keys, self._clock())
        if key is None:
            raise Unavailable("no signing key is in force yet; try again shortly")
        if key.kid not in self._private:
            self._private[key.kid] = private_key(key, self._sealer)
        return key.kid, self._private[key.kid]

    async def jwks(self) -> list[PublicJwk]:
        """The public keys that verify: those of tokens alive, and those about to sign."""
        await self._freshen()
        return [jwk(key) for key in published(self._keys, self._clock())]

    async def public(self, kid: str) -> Ed25519PublicKey | None:
        """The published key of this id, or None."""
        await self._freshen()
        for key in published(self._keys, self._clock()):
            if key.kid == kid:
                return Ed25519PublicKey.from_public_bytes(public_octets(key))
        return None

    async def _freshen(self) -> None:
        now = self._clock()
        if self._read_at is not None and self._keys and now - self._read_at < FRESH_FOR:
            return
        try:
            await self.refresh()
        except Unavailable:
            if not self._keys:
                raise
            # The store is away: the keys of a minute ago are still the keys.

    async def _read(self) -> None:
        page = await self._documents.find(SIGNING_KEYS, Find(limit=_MOST_KEYS))
        self._keys = tuple(sorted((stored.value for stored in page.items), key=lambda key: key.number))
        self._read_at = self._clock()
        known = {key.kid for key in self._keys}
        self._private = {kid: private for kid, private in self._private.items() if kid in known}

    async def _add(self, number: int, signs_from: datetime) -> None:
        fresh = new_signing_key(number, signs_from, self._clock(), self._sealer)
        with suppress(AlreadyExists):  # another replica was first; its key is as good
            await self._documents.apply([Insert(SIGNING_KEYS, fresh)])
        await self._read()

"""The issuer's public keys (RFC 7517, RFC 8037): fetched when needed, remembered across restarts.

It is given a function that fetches, so it knows neither the issuer nor an HTTP client; and a document store, so that a
service that starts while the issuer is away still recognises its callers.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt import PyJWK, PyJWTError

from moisson_shared.contracts.errors import MoissonError, Unavailable
from moisson_shared.contracts.model import Contract, JsonObject
from moisson_shared.ports.documents import Collection, DocumentStore, Put

FetchKeys = Callable[[], Awaitable[JsonObject]]
"""The issuer's key set as JSON; raises a domain error when it cannot be had."""

FRESH_SECONDS = 300.0
"""After this, keys are asked for again in the background, so that a withdrawn one is forgotten."""
PAUSE_SECONDS = 10.0
"""At least this long between two attempts: tokens with invented key ids must not become requests to the issuer."""


class SeenKeys(Contract):
    """The last key set seen, as the issuer wrote it."""

    id: str = "jwks"
    keys: tuple[JsonObject, ...]


SEEN_KEYS = Collection("seen_keys", SeenKeys, key=lambda seen: seen.id)
"""To be opened by a service beside its own collections."""


def usable_keys(jwks: JsonObject) -> dict[str, Ed25519PublicKey]:
    """The Ed25519 keys of a set by id; others (another type, another use, no id, malformed) are left out."""
    found: dict[str, Ed25519PublicKey] = {}
    members = jwks.get("keys")
    for member in members if isinstance(members, list | tuple) else ():
        if not isinstance(member, dict) or member.get("kty") != "OKP" or member.get("crv") != "Ed25519":
            continue
        kid = member.get("kid")
        if not isinstance(kid, str) or not kid or member.get("use", "sig") != "sig":
            continue
        public = {name: member[name] for name in ("kty", "crv", "x") if name in member}
        try:
            key = PyJWK(public, algorithm="EdDSA").key
        except PyJWTError:
            continue
        if isinstance(key, Ed25519PublicKey):
            found[kid] = key
    return found


class KeySource:
    """Keys by id. One fetch at a time, at most one every few seconds; the old keys hold until new ones are there."""

    def __init__(
        self,
        fetch: FetchKeys,
        documents: DocumentStore | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._documents = documents
        self._clock = clock
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._recalled = documents is None
        self._lock = asyncio.Lock()
        self._background: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> Ed25519PublicKey | None:
        """The key, or None for an id the issuer does not have. Raises `Unavailable` while no key at all is known."""
        known = self._keys.get(kid)
        if known is None:
            await self._renew(because_of=kid)
            known = self._keys.get(kid)
        elif self._stale():
            self._renew_in_background()
        if not self._keys:
            raise Unavailable("The keys that tokens are signed with are not known yet: their issuer does not answer.")
        return known

    async def check(self) -> None:
        """For a readiness probe: raises `Unavailable` while no key is known."""
        await self.key("")

    async def close(self) -> None:
        """Ends what it does in the background; safe to repeat."""
        if self._background is not None:
            self._background.cancel()
            await asyncio.gather(self._background, return_exceptions=True)
            self._background = None

    def _stale(self) -> bool:
        return self._fetched_at is None or self._clock() - self._fetched_at > FRESH_SECONDS

    def _may_try(self) -> bool:
        return self._tried_at is None or self._clock() - self._tried_at >= PAUSE_SECONDS

    def _renew_in_background(self) -> None:
        if self._may_try() and (self._background is None or self._background.done()):
            self._background = asyncio.create_task(self._renew())

    async def _renew(self, because_of: str | None = None) -> None:
        async with self._lock:
            await self._recall()
            if because_of in self._keys or not self._may_try():
                return
            self._tried_at = self._clock()
            try:
                jwks = await self._fetch()
            except MoissonError as error:
                structlog.get_logger().warning("keys not renewed", reason=str(error))
                return
            await self._accept(jwks)

    async def _accept(self, jwks: JsonObject) -> None:
        keys = usable_keys(jwks)
        if not keys:
            structlog.get_logger().warning("keys not renewed", reason="the issuer's set has no usable Ed25519 key")
            return
        changed = keys.keys() != self._keys.keys()
        self._keys = keys
        self._fetched_at = self._clock()
        if changed and self._documents is not None:
            try:
                await self._documents.apply([Put(SEEN_KEYS, SeenKeys(keys=tuple(jwks["keys"])))])
            except MoissonError as error:
                structlog.get_logger().warning("keys not remembered", reason=str(error))

    async def _recall(self) -> None:
        if self._recalled or self._documents is None:
            return
        try:
            seen = await self._documents.get(SEEN_KEYS, "jwks")
        except MoissonError as error:
            structlog.get_logger().warning("keys not recalled", reason=str(error))
            return
        self._recalled = True
        if seen is not None and not self._keys:
            self._keys = usable_keys({"keys": seen.value.keys})

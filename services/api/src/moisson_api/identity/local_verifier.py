"""The api verifies the tokens it issued: with the keys of its own store, and each token once while it is in use."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from moisson_api.identity.keyring import Keyring
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.model import JsonObject
from moisson_shared.web.auth import TokenVerifier
from moisson_shared.web.jwks import KeySource

_MOST_TOKENS = 10_000
_REMEMBERED_SECONDS = 60.0
"""So long a withdrawn key may still be believed: as long as the keyring believes what it has read."""


class LocalKeys(KeySource):
    """The published keys, without HTTP between."""

    def __init__(self, keyring: Keyring) -> None:
        super().__init__(self._fetched)
        self._keyring = keyring

    async def key(self, kid: str) -> Ed25519PublicKey | None:
        """The key, or None; what an unknown id costs is a look at the keys already read."""
        return await self._keyring.public(kid)

    async def _fetched(self) -> JsonObject:
        return {"keys": [key.model_dump() for key in await self._keyring.jwks()]}


class LocalVerifier(TokenVerifier):
    """A verifier that remembers for a minute, and never past its end, what a token said."""

    def __init__(self, keyring: Keyring, *, issuer: str, audience: str, clock: Callable[[], datetime]) -> None:
        super().__init__(LocalKeys(keyring), issuer=issuer, audience=audience)
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, Caller]] = OrderedDict()

    async def verify(self, token: str) -> Caller:
        """The caller, as `TokenVerifier.verify` has it."""
        now = self._clock().timestamp()
        known = self._known.get(token)
        if known is not None and now < known[0]:
            return known[1]
        caller = await super().verify(token)
        expires = float(jwt.decode(token, options={"verify_signature": False})["exp"])
        self._known[token] = (min(expires, now + _REMEMBERED_SECONDS), caller)
        self._known.move_to_end(token)
        if len(self._known) > _MOST_TOKENS:
            self._known.popitem(last=False)
        return caller

"""Random secrets that all replicas of this installation share, made by whoever needs one first."""

import secrets
from contextlib import suppress

from moisson_shared.adapters.sealing import Sealer
from moisson_shared.contracts.errors import AlreadyExists, Unavailable
from moisson_shared.contracts.model import Contract
from moisson_shared.ports.documents import Collection, DocumentStore, Insert

_SIZE = 32


class InstallationSecret(Contract):
    """One secret, named for its purpose."""

    purpose: str
    sealed: str


INSTALLATION_SECRETS = Collection(
    name="installation_secrets", model=InstallationSecret, key=lambda secret: secret.purpose
)


class SharedSecret:
    """One secret of 32 octets, read or made at its first use, then remembered."""

    def __init__(self, documents: DocumentStore, sealer: Sealer, purpose: str) -> None:
        self._documents = documents
        self._sealer = sealer
        self._purpose = purpose
        self._octets: bytes | None = None

    async def octets(self) -> bytes:
        """The secret; `Unavailable` while the store is away and it was never read."""
        if self._octets is None:
            self._octets = await self._read() or await self._make()
        return self._octets

    async def _read(self) -> bytes | None:
        stored = await self._documents.get(INSTALLATION_SECRETS, self._purpose)
        return None if stored is None else self._sealer.open(stored.value.sealed, self._purpose)

    async def _make(self) -> bytes:
        sealed = self._sealer.seal(secrets.token_bytes(_SIZE), self._purpose)
        with suppress(AlreadyExists):  # another replica was first; everybody uses the one in the store
            await self._documents.apply(
                [Insert(INSTALLATION_SECRETS, InstallationSecret(purpose=self._purpose, sealed=sealed))]
            )
        made = await self._read()
        if made is None:
            raise Unavailable("a secret that was just written is not there")
        return made

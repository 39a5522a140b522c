"""Secrets at rest: sealed with a secret from the settings where there is one, else as they are."""

from base64 import b64decode, b64encode

from moisson_shared.contracts.errors import Unavailable

_PLAIN, _SEALED = "plain:", "aes256gcm:"


class Sealer:
    """Seals and opens octets for one purpose each, so that a sealed key cannot stand where another belongs.

    `what` names what a service keeps (`api keys`): the same secret gives each of them a key of its own.
    """

    def __init__(self, secret: str | None, what: str) -> None:
        self._what = what
        self._cipher = None
        if secret:
            # Here, because most crawling processes have no secret to seal with, and the library takes 8 MiB.
            from moisson_shared.adapters.sealing_cipher import SealingCipher

            self._cipher = SealingCipher(secret, what)

    @property
    def seals(self) -> bool:
        """Whether there is a secret to seal with."""
        return self._cipher is not None

    def seal(self, plain: bytes, purpose: str) -> str:
        """A text for the store."""
        if self._cipher is None:
            return _PLAIN + b64encode(plain).decode()
        return _SEALED + b64encode(self._cipher.seal(plain, purpose)).decode()

    def open(self, text: str, purpose: str) -> bytes:
        """What was sealed. `Unavailable` when the secret of the settings is not the one it was sealed with."""
        if text.startswith(_PLAIN):
            return b64decode(text.removeprefix(_PLAIN))
        if self._cipher is None:
            raise Unavailable(f"the {self._what} in the store are sealed; set the secret they were sealed with", 60)
        opened = self._cipher.open(b64decode(text.removeprefix(_SEALED)), purpose)
        if opened is None:
            message = f"the {self._what} in the store were sealed with another secret than this one"
            raise Unavailable(message, 60)
        return opened

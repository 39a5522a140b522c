"""Secrets at rest: sealed with a secret from the settings where there is one, else as they are.

AES-256-GCM under a key derived by HKDF-SHA256 (RFC 5869). Pure but for the nonce, which is random.
"""

import os
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from moisson_shared.contracts.errors import Unavailable

_PLAIN, _SEALED = "plain:", "aes256gcm:"
_NONCE_SIZE = 12


class Sealer:
    """Seals and opens octets for one purpose each, so that a sealed key cannot stand where another belongs.

    `what` names what a service keeps (`api keys`): the same secret gives each of them a key of its own.
    """

    def __init__(self, secret: str | None, what: str) -> None:
        self._what = what
        self._cipher = AESGCM(_derive(secret, what)) if secret else None

    @property
    def seals(self) -> bool:
        """Whether there is a secret to seal with."""
        return self._cipher is not None

    def seal(self, plain: bytes, purpose: str) -> str:
        """A text for the store."""
        if self._cipher is None:
            return _PLAIN + b64encode(plain).decode()
        nonce = os.urandom(_NONCE_SIZE)
        return _SEALED + b64encode(nonce + self._cipher.encrypt(nonce, plain, purpose.encode())).decode()

    def open(self, text: str, purpose: str) -> bytes:
        """What was sealed. `Unavailable` when the secret of the settings is not the one it was sealed with."""
        if text.startswith(_PLAIN):
            return b64decode(text.removeprefix(_PLAIN))
        if self._cipher is None:
            raise Unavailable(f"the {self._what} in the store are sealed; set the secret they were sealed with", 60)
        raw = b64decode(text.removeprefix(_SEALED))
        try:
            return self._cipher.decrypt(raw[:_NONCE_SIZE], raw[_NONCE_SIZE:], purpose.encode())
        except InvalidTag:
            message = f"the {self._what} in the store were sealed with another secret than this one"
            raise Unavailable(message, 60) from None


def _derive(secret: str, what: str) -> bytes:
    info = f"moisson {what} at rest".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())

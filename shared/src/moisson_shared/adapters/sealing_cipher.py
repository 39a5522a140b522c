"""AES-256-GCM under a key derived by HKDF-SHA256 (RFC 5869). Pure but for the nonce, which is random."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_SIZE = 12


class SealingCipher:
    """Of one secret, for one kind of things that are sealed."""

    def __init__(self, secret: str, what: str) -> None:
        info = f"moisson {what} at rest".encode()
        self._cipher = AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode()))

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Nonce and sealed octets."""
        nonce = os.urandom(_NONCE_SIZE)
        return nonce + self._cipher.encrypt(nonce, plain, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes | None:
        """What was sealed; None where that was done with another secret, for another purpose, or is damaged."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], purpose.encode())
        except InvalidTag:
            return None

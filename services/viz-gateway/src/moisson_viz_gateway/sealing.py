"""Seals what must not be read by whoever reads the store, and signs what a form must bring back."""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken

_SALT_SIZE = 16


class Seal:
    """Keys drawn from one secret, one for each purpose (HMAC as a key derivation, NIST SP 800-108)."""

    def __init__(self, secret: str) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(_derive(secret, b"tokens")))
        self._forms = _derive(secret, b"forms")

    def seal(self, text: str) -> str:
        """The text, unreadable."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """The text again; None if another secret sealed it."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None

    def form_token(self, bound_to: str) -> str:
        """A token for a form of whoever holds `bound_to`; never the same twice, so compression betrays nothing."""
        salt = secrets.token_hex(_SALT_SIZE)
        return f"{salt}.{self._sign(salt, bound_to)}"

    def form_holds(self, token: str, bound_to: str) -> bool:
        """Whether this token was made for `bound_to`."""
        salt, _, signature = token.partition(".")
        return bool(bound_to) and hmac.compare_digest(signature.encode(), self._sign(salt, bound_to).encode())

    def _sign(self, salt: str, bound_to: str) -> str:
        return hmac.new(self._forms, f"{salt}\0{bound_to}".encode(), hashlib.sha256).hexdigest()


def _derive(secret: str, purpose: bytes) -> bytes:
    return hmac.new(secret.encode(), b"moisson viz-gateway " + purpose, hashlib.sha256).digest()

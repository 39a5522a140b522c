"""Passwords: what a good enough one is, and their argon2id hashes, made off the event loop and few at a time.

One hash takes about 50 ms of a core and 64 MB (RFC 9106, second recommended option), so a crowd at the door must queue.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from moisson_shared.contracts.errors import Fault, Invalid, TooManyRequests

R = TypeVar("R")

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
_LONGEST_QUEUE = 64


def check_password(password: str, email: str, where: str = "/password") -> None:
    """`Invalid` unless the password may be used: 12 to 256 characters, and neither the e-mail nor one character."""
    message = _objection(password, email)
    if message:
        raise Invalid(message, (Fault(where, message),))


def _objection(password: str, email: str) -> str | None:
    if len(password) < SHORTEST_PASSWORD:
        return f"the password is too short; take at least {SHORTEST_PASSWORD} characters"
    if len(password) > LONGEST_PASSWORD:
        return f"the password is too long; take at most {LONGEST_PASSWORD} characters"
    if password.strip().casefold() == email.strip().casefold():
        return "the password is the e-mail address; take another one"
    if len(set(password)) == 1:
        return "the password is one character repeated; take another one"
    return None


class PasswordHashing:
    """Makes and checks hashes in its own threads; `close` gives them back."""

    def __init__(self, concurrency: int = 2, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._threads = ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="argon2")
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """An encoded argon2id hash with its salt and parameters."""
        return await self._run(self._hash, password)

    async def matches(self, hashed: str | None, password: str) -> bool:
        """Whether the password is the one hashed; without a hash the same work is done and the answer is no."""
        if hashed is None:
            await self.hash(password)
            return False
        return await self._run(self._verify, hashed, password)

    def outdated(self, hashed: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(hashed)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[..., R], *arguments: str) -> R:
        if self._waiting >= _LONGEST_QUEUE:
            raise TooManyRequests("too many people sign in at once; try again in a few seconds", retry_after=5)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._waiting -= 1

    def _hash(self, password: str) -> str:
        return self._hasher.hash(_composed(password))

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, _composed(password))
        except (VerificationError, InvalidHashError):
            return False


def _composed(password: str) -> str:
    """One form for what keyboards write in two: RFC 8265, 4.2 (NFC)."""
    return unicodedata.normalize("NFC", password)

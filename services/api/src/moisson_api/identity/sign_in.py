"""Signing in, staying signed in, signing out. Never says whether it was the address or the password.

Knows accounts, sessions and keys; knows no HTTP. The same work is done for an address nobody has.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from moisson_api.identity.access_token import service_claims, sign, user_claims
from moisson_api.identity.account import ACCOUNTS, CREDENTIALS, Account, Credential
from moisson_api.identity.accounts import Accounts
from moisson_api.identity.email import email_key
from moisson_api.identity.keyring import Keyring
from moisson_api.identity.passwords import PasswordHashing
from moisson_api.identity.refresh_family import RefreshFamilies, revoke_all
from moisson_api.identity.service_client import ServiceClient
from moisson_api.identity.throttle import Throttle
from moisson_shared.contracts.errors import NotNow, Unauthenticated, VersionConflict
from moisson_shared.ports.documents import DocumentStore, Expect, Replace, Stored


@dataclass(frozen=True, slots=True)
class Session:
    """What a person gets: a token for ten minutes, one to renew it with, and who they are."""

    access_token: str
    refresh_token: str
    account: Account


class TokenIssuer:
    """Signs access tokens with the key in force."""

    def __init__(self, keyring: Keyring, issuer: str, clock: Callable[[], datetime]) -> None:
        self._keyring = keyring
        self._issuer = issuer
        self._clock = clock

    async def for_account(self, account: Account) -> str:
        kid, key = await self._keyring.signing()
        return sign(user_claims(account), self._issuer, kid, key, self._clock())

    async def for_service(self, client: ServiceClient, audience: str) -> str:
        kid, key = await self._keyring.signing()
        return sign(service_claims(client.id, audience, client.scopes), self._issuer, kid, key, self._clock())


@dataclass(frozen=True, slots=True)
class Throttles:
    """How often sign-ins may fail: per account (also one that does not exist) and per client address."""

    account: Throttle
    address: Throttle


class SignIn:
    """The sessions of people."""

    def __init__(
        self,
        documents: DocumentStore,
        accounts: Accounts,
        hashing: PasswordHashing,
        families: RefreshFamilies,
        issuer: TokenIssuer,
        throttles: Throttles,
    ) -> None:
        self._documents = documents
        self._accounts = accounts
        self._hashing = hashing
        self._families = families
        self._issuer = issuer
        self._throttles = throttles

    async def login(self, email: str, password: str, address: str) -> Session:
        """1. count the attempt; 2. compare, with equal work for everybody; 3. begin a family, if nothing changed.

        Raises `TooManyRequests`, or `Unauthenticated` without saying what was wrong.
        """
        who = email_key(email)
        self._throttles.address.attempt(address)
        self._throttles.account.attempt(who)
        account = await self._accounts.by_email(email)
        credential = await self._documents.get(CREDENTIALS, account.key) if account else None
        right = await self._hashing.matches(credential.value.password_hash if credential else None, password)
        if account is None or credential is None or not right or account.value.disabled:
            structlog.get_logger().info("sign-in refused", address=address)
            raise Unauthenticated("the e-mail address or the password is not right")
        self._throttles.address.forgive(address)
        self._throttles.account.forgive(who)
        try:
            version = await self._renewed_hash(credential, password)
            unchanged = (Expect(ACCOUNTS, account.key, account.version), Expect(CREDENTIALS, account.key, version))
            refresh_token = await self._families.begin(account.key, unchanged=unchanged)
        except VersionConflict:
            raise NotNow("the account was changed at this moment; sign in again") from None
        structlog.get_logger().info("signed in", account=account.key)
        return await self._session(account.value, refresh_token)

    async def refresh(self, refresh_token: str) -> Session:
        """The next pair of tokens; the account is read again, so changed roles hold from here on."""
        renewed = await self._families.renew(refresh_token)
        account = await self._documents.get(ACCOUNTS, renewed.account_id)
        if account is None or account.value.disabled:
            await self._documents.apply([revoke_all(renewed.account_id)])
            raise Unauthenticated("this account is closed")
        return await self._session(account.value, renewed.token)

    async def logout(self, refresh_token: str) -> None:
        """Ends the session of this token; safe to repeat."""
        await self._families.end(refresh_token)

    async def change_password(self, account_id: str, current: str, new: str) -> None:
        """A person changes their own password; guessing the current one is throttled like signing in."""
        account = await self._accounts.get(account_id)
        who = account.value.email_key
        self._throttles.account.attempt(who)
        await self._accounts.change_password(account_id, current, new)
        self._throttles.account.forgive(who)

    async def _session(self, account: Account, refresh_token: str) -> Session:
        return Session(await self._issuer.for_account(account), refresh_token, account)

    async def _renewed_hash(self, credential: Stored[Credential], password: str) -> int:
        """The credential's version, after its hash was made anew where parameters have changed since."""
        if not self._hashing.outdated(credential.value.password_hash):
            return credential.version
        renewed = Credential(account_id=credential.key, password_hash=await self._hashing.hash(password))
        await self._documents.apply([Replace(CREDENTIALS, renewed, expected=credential.version)])
        return credential.version + 1

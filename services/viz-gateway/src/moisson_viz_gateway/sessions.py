"""Sessions of people: the browser holds a random number, the store holds who that is and their sealed tokens.

The number itself is not stored, only its hash: whoever reads the store cannot sign in with it. Tokens are refreshed by
one request at a time, over all replicas: the first one claims it in the document, the others wait for what it brings.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from moisson_shared.contracts.access import PartnerRole, Role
from moisson_shared.contracts.errors import NotFound, Unauthenticated, Unavailable, VersionConflict
from moisson_shared.contracts.model import Contract, Instant
from moisson_shared.ports.documents import (
    Collection,
    Delete,
    DeleteWhere,
    DocumentStore,
    Insert,
    Range,
    Replace,
    Stored,
)
from moisson_viz_gateway.neighbours.api_client import ApiClient, TokensAnswer
from moisson_viz_gateway.sealing import Seal

EARLY = timedelta(seconds=30)
"""How long before its end an access token is renewed."""
CLAIM = timedelta(seconds=15)
"""How long a request may take to refresh before another one tries."""
WAIT = 0.05
TOUCH = timedelta(minutes=10)
"""How often the use of a session is written down."""


class Session(Contract):
    """A person's session. Tokens are sealed; `refreshing_until` is the claim of the request that refreshes."""

    hashed: str
    account: str
    name: str
    email: str
    roles: frozenset[Role]
    partners: frozenset[str]
    partner_roles: dict[str, PartnerRole] = {}
    """Of some of the partners: of the others this person is an editor."""
    access_token: str
    refresh_token: str
    access_until: Instant
    ends_at: Instant
    refreshing_until: Instant | None = None

    def has(self, *roles: Role) -> bool:
        """Whether this person has one of the roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def steward(self) -> bool:
        return self.has(Role.ADMIN, Role.STEWARD)

    @property
    def admin(self) -> bool:
        return self.has(Role.ADMIN)

    def role_in(self, partner: str) -> PartnerRole | None:
        """What this person is to `partner`; None for who does not belong to it."""
        if not self.has(Role.PARTNER) or partner not in self.partners:
            return None
        return self.partner_roles.get(partner, PartnerRole.EDITOR)

    def manages(self, partner: str) -> bool:
        """Whether this person may change what belongs to `partner`: its owners and editors, and admins."""
        return self.admin or self.role_in(partner) in {PartnerRole.OWNER, PartnerRole.EDITOR}

    def owns(self, partner: str) -> bool:
        """Whether this person says who belongs to `partner`."""
        return self.admin or self.role_in(partner) is PartnerRole.OWNER

    @property
    def manages_any(self) -> bool:
        """Whether there is a partner whose things this person may change."""
        return self.admin or any(self.manages(partner) for partner in self.partners)


SESSIONS = Collection(name="sessions", model=Session, key=lambda session: session.hashed, indexed=("ends_at",))


class Sessions:
    """Opens, finds, refreshes and ends sessions."""

    def __init__(
        self, store: DocumentStore, api: ApiClient, seal: Seal, *, lasts: timedelta, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._api = api
        self._seal = seal
        self._lasts = lasts
        self._now = now

    async def open(self, tokens: TokensAnswer) -> str:
        """A new session for a person who signed in; the number that the browser is to keep."""
        number = secrets.token_urlsafe(32)
        now = self._now()
        session = Session(
            hashed=_hash(number),
            account=tokens.account.id,
            name=tokens.account.name,
            email=tokens.account.email,
            roles=tokens.account.roles,
            partners=tokens.account.partners,
            partner_roles=tokens.account.partner_roles,
            access_token=self._seal.seal(tokens.access_token),
            refresh_token=self._seal.seal(tokens.refresh_token),
            access_until=now + timedelta(seconds=tokens.expires_in),
            ends_at=now + self._lasts,
        )
        over = DeleteWhere(SESSIONS, (Range("ends_at", below=now),))
        await self._store.apply([over, Insert(SESSIONS, session)])
        return number

    async def find(self, number: str) -> tuple[Session, str] | None:
        """The session and an access token that holds; None when it is over, was revoked, or never was.

        Raises `Unavailable` when the token must be renewed and the api does not answer.
        """
        key = _hash(number)
        for _ in range(round(CLAIM.total_seconds() / WAIT)):
            stored = await self._store.get(SESSIONS, key)
            now = self._now()
            if stored is None or stored.value.ends_at <= now:
                return None
            session = stored.value
            if now < session.access_until - EARLY:
                token = self._seal.open(session.access_token)
                return None if token is None else (await self._touched(stored), token)
            if session.refreshing_until is None or session.refreshing_until <= now:
                await self._refresh(stored)
            else:
                await asyncio.sleep(WAIT)
        raise Unavailable("The session could not be renewed in time.", 2)

    async def end(self, number: str) -> None:
        """Ends a session here and at the api; a browser's cookie is worth nothing from now on."""
        stored = await self._store.get(SESSIONS, _hash(number))
        await self._store.apply([Delete(SESSIONS, _hash(number))])
        refresh_token = None if stored is None else self._seal.open(stored.value.refresh_token)
        if refresh_token is not None:
            try:
                await self._api.log_out(refresh_token)
            except (Unavailable, Unauthenticated, NotFound):
                return  # it ends here all the same; there it ends by age

    async def _touched(self, stored: Stored[Session]) -> Session:
        ends = self._now() + self._lasts
        if ends - stored.value.ends_at < TOUCH:
            return stored.value
        touched = stored.value.model_copy(update={"ends_at": ends})
        try:
            await self._store.apply([Replace(SESSIONS, touched, stored.version)])
        except VersionConflict:
            return stored.value
        return touched

    async def _refresh(self, stored: Stored[Session]) -> None:
        """Renews the tokens, if this request is the one that gets the claim; else does nothing."""
        claimed = stored.value.model_copy(update={"refreshing_until": self._now() + CLAIM})
        try:
            await self._store.apply([Replace(SESSIONS, claimed, stored.version)])
        except VersionConflict:
            return
        version = stored.version + 1
        refresh_token = self._seal.open(claimed.refresh_token)
        if refresh_token is None:  # sealed with another secret
            await self._store.apply([Delete(SESSIONS, claimed.hashed)])
            return
        try:
            tokens = await self._api.refresh(refresh_token)
        except Unauthenticated:
            await self._store.apply([Delete(SESSIONS, claimed.hashed)])
            return
        except Exception:
            released = claimed.model_copy(update={"refreshing_until": None})
            await self._write(released, version)
            raise
        renewed = claimed.model_copy(
            update={
                "name": tokens.account.name,
                "email": tokens.account.email,
                "roles": tokens.account.roles,
                "partners": tokens.account.partners,
                "partner_roles": tokens.account.partner_roles,
                "access_token": self._seal.seal(tokens.access_token),
                "refresh_token": self._seal.seal(tokens.refresh_token),
                "access_until": self._now() + timedelta(seconds=tokens.expires_in),
                "refreshing_until": None,
            }
        )
        await self._write(renewed, version)

    async def _write(self, session: Session, version: int) -> None:
        try:
            await self._store.apply([Replace(SESSIONS, session, version)])
        except VersionConflict:
            return  # it was ended meanwhile, and stays so


def _hash(number: str) -> str:
    return hashlib.sha256(number.encode()).hexdigest()

"""The first admin: made once, with a one-time token that only who can read the log of the first start has.

Never "first to register". A token is kept as a hash, for a day; all of them die as soon as there is an admin.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from moisson_api.identity.account import Account, AccountDraft
from moisson_api.identity.accounts import Accounts, check_draft_for_admin
from moisson_shared.contracts.errors import NotNow, Unauthenticated
from moisson_shared.contracts.model import Contract, Instant
from moisson_shared.ports.documents import Collection, DeleteWhere, DocumentStore, Exists, Insert, Range

TICKET_LIFE = timedelta(days=1)


class FirstAdminTicket(Contract):
    """The hash of a printed token. Each start without any account prints a new one; the earlier ones still hold."""

    token_hash: str
    expires_at: Instant


TICKETS = Collection(
    name="first_admin_tickets",
    model=FirstAdminTicket,
    key=lambda ticket: ticket.token_hash,
    indexed=("expires_at",),
)


class FirstAdmin:
    """Offers the token, and redeems it."""

    def __init__(self, documents: DocumentStore, accounts: Accounts, clock: Callable[[], datetime]) -> None:
        self._documents = documents
        self._accounts = accounts
        self._clock = clock

    async def offer(self) -> str | None:
        """A token to print, or None where somebody has an account already."""
        if not await self._accounts.none_yet():
            return None
        token = secrets.token_urlsafe(32)
        expires_at = self._clock() + TICKET_LIFE
        await self._documents.apply(
            [Insert(TICKETS, FirstAdminTicket(token_hash=_hashed(token), expires_at=expires_at))]
        )
        return token

    async def redeem(self, token: str, draft: AccountDraft) -> Account:
        """The first admin. `Unauthenticated` for a token that is unknown, over, or outlived by an admin."""
        ticket = await self._documents.get(TICKETS, _hashed(token))
        if ticket is None or ticket.value.expires_at <= self._clock():
            raise _refused()
        check_draft_for_admin(draft)
        try:
            return await self._accounts.create(draft, first_admin_with=(DeleteWhere(TICKETS, (Exists("expires_at"),)),))
        except NotNow:
            await self._documents.apply([DeleteWhere(TICKETS, (Exists("expires_at"),))])
            raise _refused() from None

    async def remove_expired(self) -> None:
        """Forgets the tokens nobody used."""
        await self._documents.apply([DeleteWhere(TICKETS, (Range("expires_at", at_most=self._clock()),))])


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _refused() -> Unauthenticated:
    return Unauthenticated("this one-time token does not hold; the log of the latest start has the one that does")

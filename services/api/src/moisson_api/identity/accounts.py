"""The accounts of this installation: who there is, and changes that never leave it without an admin.

The one writer of accounts, credentials and the roster of admins. Knows no HTTP; what a caller may do is decided before.
"""

import uuid
from collections.abc import Callable
from datetime import datetime

from moisson_api.identity.account import (
    ACCOUNTS,
    ADMIN_ROSTER,
    CREDENTIALS,
    ROSTER_KEY,
    Account,
    AccountDraft,
    AdminRoster,
    Credential,
    drafted,
)
from moisson_api.identity.email import email_key
from moisson_api.identity.member_trail import MEMBER_CHANGES, member_changes
from moisson_api.identity.passwords import PasswordHashing, check_password
from moisson_api.identity.refresh_family import revoke_all
from moisson_shared.contracts.audit import AuditEntry
from moisson_shared.contracts.errors import AlreadyExists, Fault, Forbidden, Invalid, NotFound, NotNow, VersionConflict
from moisson_shared.ports.documents import (
    Delete,
    DocumentStore,
    Equal,
    Find,
    Insert,
    Operation,
    Order,
    Page,
    Put,
    Replace,
    Stored,
)

Precondition = Callable[[int], int]
"""Given the present version, the version that may be replaced; raises when the caller has read another one."""
_ATTEMPTS = 5


class Accounts:
    """Every change is one batch: account, credential, sessions, roster and trail change together or not at all."""

    def __init__(self, documents: DocumentStore, hashing: PasswordHashing, clock: Callable[[], datetime]) -> None:
        self._documents = documents
        self._hashing = hashing
        self._clock = clock

    async def get(self, account_id: str) -> Stored[Account]:
        """The account, or `NotFound`."""
        stored = await self._documents.get(ACCOUNTS, account_id)
        if stored is None:
            raise NotFound("there is no such account")
        return stored

    async def page(self, limit: int, after: str | None) -> Page[Account]:
        """Accounts, the oldest first."""
        return await self._documents.find(ACCOUNTS, Find(order=(Order("created_at"),), limit=limit, after=after))

    async def by_email(self, email: str) -> Stored[Account] | None:
        """The account with this address, capitals set aside."""
        page = await self._documents.find(ACCOUNTS, Find(where=(Equal("email_key", email_key(email)),), limit=1))
        return page.items[0] if page.items else None

    async def member_changes(self, partner: str, limit: int, after: str | None) -> Page[AuditEntry]:
        """Who changed who belongs to a partner, the newest change first."""
        newest = (Order("id", descending=True),)
        return await self._documents.find(MEMBER_CHANGES, Find((Equal("partner", partner),), newest, limit, after))

    async def none_yet(self) -> bool:
        """Whether nobody has an account here."""
        return await self._documents.count(ACCOUNTS) == 0

    async def require_admin_still(self, account_id: str) -> None:
        """`Forbidden` for somebody whose token says admin, but who is one no more."""
        roster = await self._roster()
        if account_id not in roster.value.accounts:
            raise Forbidden("this account administers no more")

    async def create(
        self, draft: AccountDraft, by: str | None = None, *, first_admin_with: tuple[Operation, ...] | None = None
    ) -> Account:
        """A new account. 1. password rules and hash; 2. account, credential, roster and trail in one batch.

        `by` is who makes it; None for somebody who makes their own.

        With `first_admin_with`, only while there is no admin (`NotNow` else), together with these operations.
        Raises `AlreadyExists` when the address is taken.
        """
        password_hash = await self._hash(draft)
        account = drafted(draft, uuid.uuid4().hex, self._clock())
        for _ in range(_ATTEMPTS):
            roster = await self._roster()
            if first_admin_with is not None and roster.value.accounts:
                raise NotNow("there is an admin already; ask them for an account")
            operations: list[Operation] = [Insert(ACCOUNTS, account)]
            if password_hash:
                operations.append(Insert(CREDENTIALS, Credential(account_id=account.id, password_hash=password_hash)))
            operations += _roster_change(roster, account.id, admin=account.is_admin and password_hash is not None)
            operations += member_changes(None, account, by or account.id, account.created_at)
            operations += first_admin_with or ()
            if await self._applied(operations):
                return account
        raise _busy()

    async def replace(
        self, account_id: str, draft: AccountDraft, precondition: Precondition, by: str
    ) -> Stored[Account]:
        """The account as drafted. A new password or a disabled account ends all its sessions."""
        await self.get(account_id)
        password_hash = await self._hash(draft)
        for _ in range(_ATTEMPTS):
            stored = await self.get(account_id)
            roster = await self._roster()
            account = drafted(draft, account_id, self._clock(), stored.value)
            operations: list[Operation] = [Replace(ACCOUNTS, account, expected=precondition(stored.version))]
            can_sign_in = password_hash is not None or await self._has_password(account_id)
            operations += _roster_change(roster, account_id, admin=account.is_admin and can_sign_in)
            operations += member_changes(stored.value, account, by, account.changed_at)
            if password_hash:
                operations.append(Put(CREDENTIALS, Credential(account_id=account_id, password_hash=password_hash)))
            if password_hash or account.disabled:
                operations.append(revoke_all(account_id))
            if await self._applied(operations):
                return await self.get(account_id)
        raise _busy()

    async def change(self, account_id: str, change: Callable[[Account], Account], by: str) -> Account:
        """The account after a change that leaves address and password alone, made of the account as it is now."""
        for _ in range(_ATTEMPTS):
            stored = await self.get(account_id)
            account = change(stored.value)
            if account == stored.value:
                return account
            account = account.model_copy(update={"changed_at": self._clock()})
            roster = await self._roster()
            operations: list[Operation] = [Replace(ACCOUNTS, account, expected=stored.version)]
            administers = account.is_admin and await self._has_password(account_id)
            operations += _roster_change(roster, account_id, admin=administers)
            operations += member_changes(stored.value, account, by, account.changed_at)
            if await self._applied(operations):
                return account
        raise _busy()

    async def remove(self, account_id: str, precondition: Precondition, by: str) -> None:
        """Deletes the account, its credential and its sessions."""
        for _ in range(_ATTEMPTS):
            stored = await self.get(account_id)
            roster = await self._roster()
            operations: list[Operation] = [Delete(ACCOUNTS, account_id, expected=precondition(stored.version))]
            operations += _roster_change(roster, account_id, admin=False)
            operations += member_changes(stored.value, None, by, self._clock())
            operations += [Delete(CREDENTIALS, account_id), revoke_all(account_id)]
            if await self._applied(operations):
                return
        raise _busy()

    async def change_password(self, account_id: str, current: str, new: str) -> None:
        """A person changes their own password; `Forbidden` when the current one is not right. Ends all sessions."""
        stored = await self.get(account_id)
        credential = await self._documents.get(CREDENTIALS, account_id)
        known = credential.value.password_hash if credential else None
        if credential is None or not await self._hashing.matches(known, current):
            raise Forbidden("the current password is not right")
        check_password(new, stored.value.email, "/new_password")
        changed = Credential(account_id=account_id, password_hash=await self._hashing.hash(new))
        await self._documents.apply(
            [Replace(CREDENTIALS, changed, expected=credential.version), revoke_all(account_id)]
        )

    async def _hash(self, draft: AccountDraft) -> str | None:
        if draft.password is None:
            return None
        password = draft.password.get_secret_value()
        check_password(password, draft.email)
        return await self._hashing.hash(password)

    async def _has_password(self, account_id: str) -> bool:
        return await self._documents.get(CREDENTIALS, account_id) is not None

    async def _roster(self) -> Stored[AdminRoster]:
        stored = await self._documents.get(ADMIN_ROSTER, ROSTER_KEY)
        return stored or Stored(key=ROSTER_KEY, version=0, value=AdminRoster())

    async def _applied(self, operations: list[Operation]) -> bool:
        """Whether the batch was written; False when somebody wrote at the same moment: read again, decide again."""
        try:
            await self._documents.apply(operations)
        except VersionConflict:
            return False
        except AlreadyExists as error:
            message = "there is an account with this e-mail address already"
            raise AlreadyExists(message) from error
        return True


def _roster_change(roster: Stored[AdminRoster], account_id: str, *, admin: bool) -> list[Operation]:
    before = roster.value.accounts
    after = before | {account_id} if admin else before - {account_id}
    if after == before:
        return []
    if not after:
        raise NotNow("this is the last admin; make somebody else an admin first")
    return [Replace(ADMIN_ROSTER, AdminRoster(accounts=after), expected=roster.version)]


def _busy() -> NotNow:
    return NotNow("the accounts are being changed by others at this moment; try again")


def check_draft_for_admin(draft: AccountDraft) -> None:
    """`Invalid` for an admin who could not sign in."""
    if draft.password is None:
        message = "give a password"
        raise Invalid(message, (Fault("/password", message),))

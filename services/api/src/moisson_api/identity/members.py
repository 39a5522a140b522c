"""Who belongs to a partner, and as what: kept by admins, and by the partner's owners for their own partner.

What somebody may do is decided by their account as it is now: a token is up to ten minutes older. That a partner exists
is the scraper's to know; here a partner is a name on accounts.
"""

from typing import Annotated

from pydantic import Field

from moisson_api.identity.account import MOST_PARTNERS, Account
from moisson_api.identity.accounts import Accounts
from moisson_shared.contracts.access import Caller, PartnerRole, Role
from moisson_shared.contracts.audit import AuditEntry
from moisson_shared.contracts.errors import Fault, Forbidden, Invalid, NotFound, TooLarge
from moisson_shared.contracts.model import Contract, Slug
from moisson_shared.ports.documents import Page

_AT_ONCE = 500
_NOBODY = "nobody has an account with this address: an admin makes one first"


class MemberDraft(Contract):
    """Who is to belong to the partner, by the address of an account that exists, and as what."""

    email: Annotated[str, Field(max_length=254)]
    role: PartnerRole = PartnerRole.EDITOR


class Member(Contract):
    """Somebody who belongs to a partner."""

    account: str
    email: str
    name: str
    role: PartnerRole


class Members:
    """The use cases."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def listed(self, caller: Caller, partner: Slug) -> list[Member]:
        """All members, by address; for members, stewards and admins. Raises `NotFound` for everybody else."""
        await self._require(caller, partner, changing=False)
        found: list[Member] = []
        after: str | None = None
        while True:
            page = await self._accounts.page(_AT_ONCE, after)
            found += (_member(one.value, partner) for one in page.items if partner in one.value.partners)
            after = page.next
            if after is None:
                return sorted(found, key=lambda member: member.email)

    async def put(self, caller: Caller, partner: Slug, draft: MemberDraft) -> Member:
        """Makes the account a member, or changes what it is there. Raises `Invalid` where there is no such account."""
        await self._require(caller, partner, changing=True)
        known = await self._accounts.by_email(draft.email)
        if known is None:
            raise Invalid("There is no such account.", (Fault("/email", _NOBODY),))
        changed = await self._accounts.change(
            known.key, lambda account: joined(account, partner, draft.role), caller.subject
        )
        return _member(changed, partner)

    async def remove(self, caller: Caller, partner: Slug, account_id: str) -> None:
        """The account belongs to the partner no more; it holds from its next token on. `NotFound` for no member."""
        await self._require(caller, partner, changing=True)
        await self._accounts.change(account_id, lambda account: left(account, partner), caller.subject)

    async def changes(self, caller: Caller, partner: Slug, limit: int, after: str | None) -> Page[AuditEntry]:
        """Who changed who belongs to the partner, the newest change first; for those who may read its members."""
        await self._require(caller, partner, changing=False)
        return await self._accounts.member_changes(partner, limit, after)

    async def _require(self, caller: Caller, partner: str, *, changing: bool) -> None:
        if Role.ADMIN in caller.roles:
            await self._accounts.require_admin_still(caller.subject)
            return
        account = await self._own(caller)
        role = account.role_in(partner) if account is not None else None
        steward = account is not None and Role.STEWARD in account.roles
        if role is None and not steward:
            raise NotFound(f"There is no partner {partner}, or you do not belong to it.")
        if changing and role is not PartnerRole.OWNER:
            raise Forbidden(f"Only owners of {partner} and admins say who belongs to it.")

    async def _own(self, caller: Caller) -> Account | None:
        try:
            account = (await self._accounts.get(caller.subject)).value
        except NotFound:
            return None  # a service, or an account that was closed
        return None if account.disabled else account


def joined(account: Account, partner: str, role: PartnerRole) -> Account:
    """The account as a member. Pure. Raises `TooLarge` beyond 500 partners."""
    roles = {name: known for name, known in account.partner_roles.items() if name != partner}
    if role is not PartnerRole.EDITOR:
        roles[partner] = role
    partners = account.partners | {partner}
    if len(partners) > MOST_PARTNERS:
        raise TooLarge(f"An account belongs to {MOST_PARTNERS} partners at most.")
    update = {"partners": partners, "partner_roles": roles, "roles": account.roles | {Role.PARTNER}}
    return account.model_copy(update=update)


def left(account: Account, partner: str) -> Account:
    """The account without the partner; without any it is a user's. Pure. Raises `NotFound`."""
    if partner not in account.partners:
        raise NotFound(f"This account does not belong to {partner}.")
    partners = account.partners - {partner}
    roles = account.roles if partners else (account.roles - {Role.PARTNER}) or frozenset({Role.USER})
    kept = {name: role for name, role in account.partner_roles.items() if name != partner}
    return account.model_copy(update={"partners": partners, "partner_roles": kept, "roles": roles})


def _member(account: Account, partner: str) -> Member:
    role = account.role_in(partner) or PartnerRole.EDITOR
    return Member(account=account.id, email=account.email, name=account.name, role=role)

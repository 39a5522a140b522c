"""An account, as it is kept, as it is drafted by an admin, and as it is shown. Knows no password hash."""

import unicodedata
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from moisson_api.identity.email import check_email, email_key
from moisson_shared.contracts.access import PartnerRole, Role
from moisson_shared.contracts.model import Contract, Instant, Slug
from moisson_shared.ports.documents import Collection


def _one_line(text: str) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    if not text or not text.isprintable():
        raise ValueError("write a name on one line")
    return text


PersonName = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
MOST_PARTNERS = 500
Email = Annotated[str, Field(max_length=254), AfterValidator(check_email)]


class Account(Contract):
    """A person's account. `email_key` is the address as it is compared; `email` as it is written."""

    id: str
    email: Email
    email_key: str
    name: PersonName
    roles: frozenset[Role]
    partners: frozenset[Slug] = frozenset()
    partner_roles: dict[Slug, PartnerRole] = {}
    """Of partners where the account is something else than an editor."""
    disabled: bool = False
    created_at: Instant
    changed_at: Instant

    def role_in(self, partner: str) -> PartnerRole | None:
        """What the account is to a partner; None for one that does not belong to it."""
        return self.partner_roles.get(partner, PartnerRole.EDITOR) if partner in self.partners else None

    @property
    def is_admin(self) -> bool:
        """Whether this account may administer now; a disabled one may not."""
        return Role.ADMIN in self.roles and not self.disabled


class AccountDraft(Contract):
    """What an admin writes. Without a password a change keeps the old one, and a new account cannot sign in yet."""

    email: Email
    name: PersonName
    roles: Annotated[frozenset[Role], Field(min_length=1)] = frozenset({Role.USER})
    partners: Annotated[frozenset[Slug], Field(max_length=MOST_PARTNERS)] = frozenset()
    partner_roles: Annotated[dict[Slug, PartnerRole], Field(max_length=MOST_PARTNERS)] = {}
    disabled: bool = False
    password: SecretStr | None = None

    @model_validator(mode="after")
    def _partners_go_with_the_role(self) -> Self:
        if (Role.PARTNER in self.roles) != bool(self.partners):
            raise ValueError("the role partner goes with at least one partner, and partners with that role")
        if others := self.partner_roles.keys() - self.partners:
            raise ValueError(f"roles for partners that the account does not belong to: {', '.join(sorted(others))}")
        return self


class AccountView(Contract):
    """What is shown of an account."""

    id: str
    email: str
    name: str
    roles: tuple[Role, ...]
    partners: tuple[Slug, ...]
    partner_roles: dict[Slug, PartnerRole]
    """What the account is to each of its partners."""
    disabled: bool
    created_at: Instant
    changed_at: Instant

    @classmethod
    def of(cls, account: Account) -> Self:
        return cls(
            id=account.id,
            email=account.email,
            name=account.name,
            roles=tuple(sorted(account.roles, key=lambda role: role.value)),
            partners=tuple(sorted(account.partners)),
            partner_roles={
                partner: account.partner_roles.get(partner, PartnerRole.EDITOR) for partner in sorted(account.partners)
            },
            disabled=account.disabled,
            created_at=account.created_at,
            changed_at=account.changed_at,
        )


def drafted(draft: AccountDraft, account_id: str, now: Instant, earlier: Account | None = None) -> Account:
    """The account that a draft asks for."""
    return Account(
        id=account_id,
        email=draft.email,
        email_key=email_key(draft.email),
        name=draft.name,
        roles=draft.roles,
        partners=draft.partners,
        partner_roles={
            partner: role for partner, role in draft.partner_roles.items() if role is not PartnerRole.EDITOR
        },
        disabled=draft.disabled,
        created_at=earlier.created_at if earlier else now,
        changed_at=now,
    )


class Credential(Contract):
    """The password hash of one account, apart from it: whatever shows accounts cannot show a hash."""

    account_id: str
    password_hash: str


class AdminRoster(Contract):
    """The accounts that can administer: admins who have a password, for nobody else could sign in to do it.

    In one document: two admins cannot remove each other at the same moment.
    """

    id: str = "admins"
    accounts: frozenset[str] = frozenset()


ACCOUNTS = Collection(
    name="accounts",
    model=Account,
    key=lambda account: account.id,
    indexed=("email_key", "created_at"),
    unique=(("email_key",),),
)
CREDENTIALS = Collection(name="credentials", model=Credential, key=lambda credential: credential.account_id)
ADMIN_ROSTER = Collection(name="admin_roster", model=AdminRoster, key=lambda roster: roster.id)
ROSTER_KEY = "admins"

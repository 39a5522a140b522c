"""Who may see what: four access levels, five roles, and the caller who carries them."""

from enum import StrEnum
from typing import Self

from moisson_shared.contracts.model import Contract, Slug


class AccessLevel(StrEnum):
    """`opendata < commons < collective < private`. A caller who reaches a level sees it and all below."""

    rank: int
    """0 for opendata to 3 for private: the form in which engines compare levels."""

    OPENDATA = "opendata", 0
    COMMONS = "commons", 1
    COLLECTIVE = "collective", 2
    PRIVATE = "private", 3

    def __new__(cls, value: str, rank: int) -> Self:
        """A level, at its place in the order."""
        level = str.__new__(cls, value)
        level._value_ = value
        level.rank = rank
        return level

    # All four, because str has them already and would compare by letters.
    def __lt__(self, other: str) -> bool:
        return self.rank < _level(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= _level(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > _level(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= _level(other).rank


def _level(text: str) -> AccessLevel:
    # Levels are compared for every field of every project shown: a lookup by value would be most of the cost.
    return text if isinstance(text, AccessLevel) else AccessLevel[text.upper()]


def most_restrictive(*levels: AccessLevel) -> AccessLevel:
    """The level that holds where several apply (partner, source, schema)."""
    return max(levels, default=AccessLevel.OPENDATA)


class Role(StrEnum):
    """What a person is in this installation; a person may have several roles."""

    ADMIN = "admin"
    STEWARD = "steward"
    PARTNER = "partner"
    CONTRIBUTOR = "contributor"
    USER = "user"


class PartnerRole(StrEnum):
    """What a member may do for one partner. A member of whom nothing is said is an editor."""

    OWNER = "owner"
    """Whatever an editor may, and says who belongs to the partner."""
    EDITOR = "editor"
    """Changes and runs what is the partner's."""
    VIEWER = "viewer"
    """Reads and previews."""


class Caller(Contract):
    """Who asks. `subject` is an account id, a client id, or `anonymous`; scopes are those of service tokens."""

    subject: str
    roles: frozenset[Role] = frozenset()
    partners: frozenset[Slug] = frozenset()
    partner_roles: dict[Slug, PartnerRole] = {}
    """Of some of the partners: of the others the caller is an editor."""
    scopes: frozenset[str] = frozenset()

    @property
    def anonymous(self) -> bool:
        return self.subject == ANONYMOUS_SUBJECT

    @property
    def level(self) -> AccessLevel:
        """The highest level this caller reaches in public search."""
        if self.roles & {Role.ADMIN, Role.STEWARD}:
            return AccessLevel.PRIVATE
        if Role.PARTNER in self.roles:
            return AccessLevel.COLLECTIVE
        if self.roles:
            return AccessLevel.COMMONS
        return AccessLevel.OPENDATA

    def role_in(self, partner: str) -> PartnerRole | None:
        """What this caller is to `partner`; None for who does not belong to it."""
        if Role.PARTNER not in self.roles or partner not in self.partners:
            return None
        return self.partner_roles.get(partner, PartnerRole.EDITOR)

    def manages(self, partner: str) -> bool:
        """Whether this caller may change what belongs to `partner`: its owners and editors, and admins."""
        return Role.ADMIN in self.roles or self.role_in(partner) in {PartnerRole.OWNER, PartnerRole.EDITOR}


ANONYMOUS_SUBJECT = "anonymous"
ANONYMOUS = Caller(subject=ANONYMOUS_SUBJECT)

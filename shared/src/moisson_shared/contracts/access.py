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


class Caller(Contract):
    """Who asks. `subject` is an account id, a client id, or `anonymous`; scopes are those of service tokens."""

    subject: str
    roles: frozenset[Role] = frozenset()
    partners: frozenset[Slug] = frozenset()
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

    def manages(self, partner: str) -> bool:
        """Whether this caller may change what belongs to `partner`: its own members, and admins."""
        return Role.ADMIN in self.roles or (Role.PARTNER in self.roles and partner in self.partners)


ANONYMOUS_SUBJECT = "anonymous"
ANONYMOUS = Caller(subject=ANONYMOUS_SUBJECT)

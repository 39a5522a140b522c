"""Who may do what here: stewards and admins everything, partners read what is about their own sources."""

from moisson_shared.contracts.access import Caller, Role
from moisson_shared.contracts.errors import NotFound
from moisson_shared.web.auth import require_roles


def require_steward(caller: Caller) -> None:
    """For writing, and for what is about a whole corpus."""
    require_roles(caller, Role.STEWARD, Role.ADMIN)


def require_reader(caller: Caller) -> None:
    """For reading: stewards, admins and partners."""
    require_roles(caller, Role.STEWARD, Role.ADMIN, Role.PARTNER)


def sees_all(caller: Caller) -> bool:
    """Whether the caller reads what is about every partner."""
    return not caller.roles.isdisjoint({Role.STEWARD, Role.ADMIN})


def own_partners(caller: Caller) -> tuple[str, ...] | None:
    """The partners whose things the caller reads; None for all."""
    return None if sees_all(caller) else tuple(sorted(caller.partners))


def require_own(caller: Caller, partner: str, what: str) -> None:
    """Raises `NotFound` for what is about somebody else's source: hidden and absent look the same."""
    require_reader(caller)
    if not sees_all(caller) and partner not in caller.partners:
        raise NotFound(f"There is no {what}.")

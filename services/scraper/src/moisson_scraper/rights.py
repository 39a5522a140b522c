"""Who may do what to whose things: partners what is theirs, admins all; stewards read all and keep the cards. Of a
partner's members, viewers only read. Pure.

What somebody may not read looks to them as if it were not there.
"""

from moisson_shared.contracts.access import Caller, Role
from moisson_shared.contracts.errors import Forbidden, NotFound, Unauthenticated

READ_RECORDS = "raw-records:read"
READ_PARTNERS = "partners:read"


def require_known(caller: Caller) -> None:
    """Raises `Unauthenticated` for nobody."""
    if caller.anonymous:
        raise Unauthenticated("Sign in first: this needs a token.")


def reads_all(caller: Caller) -> bool:
    """Admins and stewards."""
    return not caller.roles.isdisjoint({Role.ADMIN, Role.STEWARD})


def reads(caller: Caller, partner: str) -> bool:
    """Whether the caller may read what belongs to the partner."""
    return reads_all(caller) or caller.role_in(partner) is not None


def readable_partners(caller: Caller, scope: str | None = None) -> tuple[str, ...] | None:
    """The partners whose things the caller may list; None for all. `scope` lets a service read all.

    Raises `Unauthenticated` and, for somebody who is nobody's member, `Forbidden`.
    """
    require_known(caller)
    if reads_all(caller) or (scope is not None and scope in caller.scopes):
        return None
    if Role.PARTNER not in caller.roles:
        raise Forbidden("This is for partners, stewards and admins.")
    return tuple(sorted(caller.partners))


def require_reader(caller: Caller, partner: str | None, what: str, scope: str | None = None) -> None:
    """Raises `Unauthenticated`, `Forbidden` for a role that reads nothing here, and `NotFound` for what is others'.

    `partner` is None where the thing is not there at all.
    """
    readable = readable_partners(caller, scope)
    if partner is None or (readable is not None and partner not in readable):
        raise NotFound(f"There is no {what}, or it is not yours to see.")


def require_manager(caller: Caller, partner: str | None, what: str) -> None:
    """The same for changes; who may only read gets `Forbidden`."""
    require_reader(caller, partner, what)
    if partner is None or not caller.manages(partner):
        raise Forbidden(
            f"You may read the {what}, but only owners and editors of its partner, and admins, may change it."
        )


def require_keeper(caller: Caller, partner: str | None, what: str) -> None:
    """As `require_manager`, for a partner's card: stewards may replace it too."""
    require_reader(caller, partner, what)
    if partner is None or not (caller.manages(partner) or reads_all(caller)):
        raise Forbidden(f"You may read the {what}, but only its owners and editors, stewards and admins may change it.")


def require_loosener(caller: Caller, what: str) -> None:
    """Raises `Forbidden` for who may not open data to more readers than before."""
    if not reads_all(caller):
        raise Forbidden(f"{what}: a stricter one is yours to set, a looser one is for stewards.")


def require_admin(caller: Caller) -> None:
    """Raises `Unauthenticated` or `Forbidden`."""
    require_known(caller)
    if Role.ADMIN not in caller.roles:
        raise Forbidden("This is for admins only.")

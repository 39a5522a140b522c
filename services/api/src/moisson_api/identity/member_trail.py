"""Who changed who belongs to a partner: an entry for each that came, changed or went. Pure but for its number.

Accounts are named by their id alone: an address would outlive the account that was deleted.
"""

import secrets
from datetime import datetime

from moisson_api.identity.account import Account
from moisson_shared.contracts.audit import AuditChange, AuditEntry, entry_id
from moisson_shared.ports.documents import Collection, Insert, Operation

MEMBER_CHANGES = Collection(
    name="member_changes", model=AuditEntry, key=lambda entry: entry.id, indexed=("id", "partner")
)


def member_changes(before: Account | None, after: Account | None, who: str, now: datetime) -> list[Operation]:
    """The entries of one change of an account, to be part of its batch; `before` is None for a new account, `after` for
    one that is deleted."""
    known = [account for account in (before, after) if account is not None]
    operations: list[Operation] = []
    for partner in sorted(frozenset[str]().union(*(account.partners for account in known))):
        role_before, role_after = _role(before, partner), _role(after, partner)
        if role_before == role_after:
            continue
        entry = AuditEntry(
            id=entry_id(now, secrets.token_hex(6)),
            at=now,
            who=who,
            verb="created" if role_before is None else "deleted" if role_after is None else "replaced",
            kind="member",
            document=known[0].id,
            partner=partner,
            changes=(AuditChange(pointer="/role", before=role_before, after=role_after),),
        )
        operations.append(Insert(MEMBER_CHANGES, entry))
    return operations


def _role(account: Account | None, partner: str) -> str | None:
    role = account.role_in(partner) if account is not None else None
    return role.value if role is not None else None

"""What is kept of partners beside their cards: secrets, quotas, what was used of them, and who changed what."""

from datetime import date
from typing import Any

from moisson_shared.contracts.audit import AuditEntry
from moisson_shared.contracts.model import Contract, Count, Slug
from moisson_shared.contracts.quota import Quota
from moisson_shared.contracts.spider_secret import SpiderSecret
from moisson_shared.ports.documents import Collection


class KeptSecret(SpiderSecret):
    """A secret with its sealed value."""

    spider_id: Slug
    partner: Slug
    sealed: str

    def shown(self) -> SpiderSecret:
        """As everybody reads it."""
        return SpiderSecret(name=self.name, origin=self.origin, put_at=self.put_at, put_by=self.put_by)


class KeptQuota(Contract):
    """What an admin has stated for a partner."""

    partner: Slug
    quota: Quota = Quota()


class DayUsage(Contract):
    """What the runs of a partner have used on one day of UTC."""

    place: str
    """Partner and day; orders as text as the days do."""
    partner: Slug
    day: date
    runs: Count = 0
    pages: Count = 0
    bytes: Count = 0


class RunCharge(Contract):
    """How much of what a run counts stands in its partner's usage already, on whatever days: it is counted once,
    however often the run is begun again and counts from nothing."""

    run_id: str
    pages: Count = 0
    bytes: Count = 0


def secret_key(spider_id: str, name: str) -> str:
    """The document key of a secret."""
    return f"{spider_id}/{name}"


def usage_key(partner: str, day: date) -> str:
    """The document key of a partner's day."""
    return f"{partner}@{day.isoformat()}"


SECRETS = Collection(
    "spider_secrets",
    KeptSecret,
    key=lambda secret: secret_key(secret.spider_id, secret.name),
    indexed=("spider_id",),
)
QUOTAS = Collection("quotas", KeptQuota, key=lambda kept: kept.partner)
USAGE = Collection("quota_usage", DayUsage, key=lambda usage: usage.place, indexed=("place",))
CHARGES = Collection("run_charges", RunCharge, key=lambda charge: charge.run_id)
AUDIT = Collection("audit", AuditEntry, key=lambda entry: entry.id, indexed=("id", "partner", "spider"))

TENANCY: tuple[Collection[Any], ...] = (SECRETS, QUOTAS, USAGE, CHARGES, AUDIT)
"""To be opened at the start."""

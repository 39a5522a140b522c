"""How much of the installation a partner may use, and how much of it it has used."""

from datetime import date
from typing import Annotated

from pydantic import Field

from moisson_shared.contracts.model import Contract, Count, Slug

Limit = Annotated[int, Field(ge=0, lt=2**53)]


class Quota(Contract):
    """Limits for all spiders of a partner together. None: no limit is stated. Days are those of UTC."""

    runs_per_day: Limit | None = None
    """Runs that begin."""
    pages_per_day: Limit | None = None
    """Pages that are asked for, whatever came back."""
    bytes_per_day: Limit | None = None
    """What these brought over the wire."""
    documents: Limit | None = None
    """What is kept: records, deleted ones included, their earlier states, visits of pages, and archived pages."""


class QuotaUsage(Contract):
    """What was used on a day until now, and what is kept now."""

    day: date
    runs: Count = 0
    pages: Count = 0
    bytes: Count = 0
    documents: Count = 0


class PartnerQuota(Contract):
    """A partner's quota as it is answered."""

    partner: Slug
    stated: Quota
    """What an admin has stated for this partner."""
    limits: Quota
    """What holds: where nothing is stated, the installation's own."""
    usage: QuotaUsage

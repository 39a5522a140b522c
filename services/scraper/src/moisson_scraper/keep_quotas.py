"""Quotas as people meet them: stated by admins, read with what was used by whoever may read the partner."""

from moisson_scraper.keeping.audit_trail import audited
from moisson_scraper.keeping.collections import PARTNERS
from moisson_scraper.keeping.tenancy import QUOTAS, KeptQuota
from moisson_scraper.quota_book import QuotaBook
from moisson_scraper.rights import require_admin, require_reader
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import NotFound
from moisson_shared.contracts.quota import PartnerQuota, Quota, QuotaUsage
from moisson_shared.ports.documents import DocumentStore, Expect, Replace, Stored
from moisson_shared.web.conditional import expected_version

_WHAT = "partner of that id"


class QuotaShelf:
    """The use cases. A quota that was never stated has version 0."""

    def __init__(self, store: DocumentStore, book: QuotaBook) -> None:
        self._store = store
        self._book = book

    async def read(self, caller: Caller, partner: str) -> Stored[PartnerQuota]:
        """What is stated, what holds, and what was used today."""
        stored = await self._store.get(PARTNERS, partner)
        require_reader(caller, partner if stored else None, _WHAT)
        return await self._shown(partner)

    async def state(self, caller: Caller, partner: str, quota: Quota, if_match: str | None) -> Stored[PartnerQuota]:
        """States a quota; runs that it lets go on do so within moments. Raises `VersionRequired` and
        `VersionConflict`."""
        known = await self._store.get(PARTNERS, partner)
        require_reader(caller, partner if known else None, _WHAT)
        require_admin(caller)
        if known is None:
            raise NotFound(f"There is no {_WHAT}.")
        stored = await self._store.get(QUOTAS, partner) or Stored(partner, 0, KeptQuota(partner=partner))
        kept = KeptQuota(partner=partner, quota=quota)
        version = expected_version(if_match, stored.version)
        entry = audited(caller, "replaced", stored.value, kept, self._book.now(), version=version)
        await self._store.apply([Expect(PARTNERS, partner, known.version), Replace(QUOTAS, kept, version), entry])
        return await self._shown(partner)

    async def _shown(self, partner: str) -> Stored[PartnerQuota]:
        stored = await self._store.get(QUOTAS, partner)
        day = (await self._book.today(partner)).value
        usage = QuotaUsage(
            day=day.day,
            runs=day.runs,
            pages=day.pages,
            bytes=day.bytes,
            documents=await self._book.documents(partner),
        )
        shown = PartnerQuota(
            partner=partner,
            stated=stored.value.quota if stored is not None else Quota(),
            limits=await self._book.limits(partner),
            usage=usage,
        )
        return Stored(partner, stored.version if stored is not None else 0, shown)

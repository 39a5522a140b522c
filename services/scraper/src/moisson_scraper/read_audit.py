"""The audit trail as it is read: by members of the partner, stewards and admins, the newest change first."""

from moisson_scraper.keeping.tenancy import AUDIT
from moisson_scraper.rights import readable_partners
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.audit import AuditEntry
from moisson_shared.ports.documents import Condition, DocumentReader, Equal, Find, In, Order, Page


class AuditShelf:
    """The use case."""

    def __init__(self, store: DocumentReader) -> None:
        self._store = store

    async def listed(
        self, caller: Caller, partner: str | None, spider: str | None, limit: int, after: str | None
    ) -> Page[AuditEntry]:
        """A page of what the caller may read, of one partner or spider, or of all. Deleted ones stay."""
        readable = readable_partners(caller)
        where: list[Condition] = []
        if partner is not None:
            if readable is not None and partner not in readable:
                return Page(())
            where.append(Equal("partner", partner))
        elif readable is not None:
            where.append(In("partner", readable))
        if spider is not None:
            where.append(Equal("spider", spider))
        newest = (Order("id", descending=True),)
        return await self._store.find(AUDIT, Find(tuple(where), newest, limit, after or None))

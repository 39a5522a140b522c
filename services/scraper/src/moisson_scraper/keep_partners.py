"""Partners: created and deleted by admins, replaced by their members and stewards too, read by whoever may."""

from collections.abc import Callable
from datetime import datetime

from moisson_scraper.keeping.audit_trail import audited
from moisson_scraper.keeping.collections import PARTNERS, SPIDERS
from moisson_scraper.keeping.tenancy import QUOTAS
from moisson_scraper.openscraper.keep_data_models import DATA_MODELS
from moisson_scraper.rights import (
    READ_PARTNERS,
    readable_partners,
    require_admin,
    require_keeper,
    require_loosener,
    require_reader,
)
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import Fault, Invalid, NotFound, NotNow
from moisson_shared.contracts.partner import Partner
from moisson_shared.ports.documents import Delete, DocumentStore, Equal, Find, Insert, Page, Replace, Stored
from moisson_shared.web.conditional import expected_version

_WHAT = "partner of that id"


class PartnerShelf:
    """The use cases of partners."""

    def __init__(self, store: DocumentStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    async def listed(self, caller: Caller, limit: int, after: str | None) -> Page[Partner]:
        """A page of the partners that the caller may read, by id."""
        readable = readable_partners(caller, READ_PARTNERS)
        if readable is None:
            return await self._store.find(PARTNERS, Find(limit=limit, after=after or None))
        found = await self._store.get_many(PARTNERS, readable)
        return Page(tuple(found[key] for key in sorted(found)))

    async def read(self, caller: Caller, partner: str) -> Stored[Partner]:
        """One partner."""
        stored = await self._store.get(PARTNERS, partner)
        require_reader(caller, partner if stored else None, _WHAT, READ_PARTNERS)
        return _there(stored)

    async def create(self, caller: Caller, partner: Partner) -> Stored[Partner]:
        """A new one. Raises `AlreadyExists`."""
        require_admin(caller)
        applied = await self._store.apply(
            [Insert(PARTNERS, partner), audited(caller, "created", None, partner, self._now())]
        )
        return Stored(partner.id, applied.versions[PARTNERS.name, partner.id], partner)

    async def replace(self, caller: Caller, key: str, partner: Partner, if_match: str | None) -> Stored[Partner]:
        """Another card under the same id. Raises `VersionRequired` and `VersionConflict`.

        A member may close its data, but not open it: `Forbidden` for a looser level, which is for stewards and admins.
        """
        stored = await self._store.get(PARTNERS, key)
        require_keeper(caller, key if stored else None, _WHAT)
        if partner.id != key:
            raise Invalid("An id cannot be changed.", (Fault("/id", f"this partner is {key}"),))
        current = _there(stored)
        if partner.default_level < current.value.default_level:
            require_loosener(caller, f"This partner's level is {current.value.default_level.value}")
        expected = expected_version(if_match, current.version)
        entry = audited(caller, "replaced", current.value, partner, self._now(), version=expected)
        applied = await self._store.apply([Replace(PARTNERS, partner, expected), entry])
        return Stored(key, applied.versions[PARTNERS.name, key], partner)

    async def delete(self, caller: Caller, partner: str) -> None:
        """Raises `NotNow` while it has spiders."""
        require_admin(caller)
        stored = _there(await self._store.get(PARTNERS, partner))
        spiders = await self._store.count(SPIDERS, (Equal("partner", partner),))
        if spiders:
            raise NotNow(f"This partner still has {spiders} spiders: delete them first.")
        entry = audited(caller, "deleted", stored.value, None, self._now(), version=stored.version)
        await self._store.apply(
            [Delete(PARTNERS, partner, stored.version), Delete(DATA_MODELS, partner), Delete(QUOTAS, partner), entry]
        )


def _there(stored: Stored[Partner] | None) -> Stored[Partner]:
    if stored is None:
        raise NotFound(f"There is no {_WHAT}.")
    return stored

"""Secrets of spiders: put and deleted by whoever may change the spider, listed without their values, never read."""

from collections.abc import Callable
from datetime import datetime

from moisson_scraper.keeping.audit_trail import audited
from moisson_scraper.keeping.collections import SPIDERS
from moisson_scraper.keeping.tenancy import SECRETS, KeptSecret, secret_key
from moisson_scraper.rights import require_manager, require_reader
from moisson_scraper.secret_book import origin_of_source, seal_secret
from moisson_shared.adapters.sealing import Sealer
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import NotFound, NotNow
from moisson_shared.contracts.sources import JsonSource
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.contracts.spider_secret import SecretDraft, SpiderSecret
from moisson_shared.ports.documents import (
    Delete,
    DocumentStore,
    Equal,
    Expect,
    Find,
    Replace,
    Stored,
)

MOST_SECRETS = 50
_WHAT = "spider of that id"


class SecretShelf:
    """The use cases. `variable` is the setting that holds the key."""

    def __init__(self, store: DocumentStore, sealer: Sealer, variable: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._sealer = sealer
        self._variable = variable
        self._now = now

    async def listed(self, caller: Caller, spider: str) -> list[SpiderSecret]:
        """The names, and where, when and by whom each was put."""
        stored = await self._store.get(SPIDERS, spider)
        require_reader(caller, stored.value.partner if stored else None, _WHAT)
        return [kept.shown() for kept in await self._of(spider)]

    async def put(self, caller: Caller, spider: str, name: str, draft: SecretDraft) -> SpiderSecret:
        """Keeps the value, in place of an earlier one, for the origin that the spider's source has now.

        Raises `NotNow` where this installation has no key to seal with, and for a source that takes no secrets.
        """
        stored = await self._managed(caller, spider)
        config = stored.value
        if not self._sealer.seals:
            raise NotNow(f"No secrets are kept here: the operator of this installation has not set {self._variable}.")
        if not isinstance(config.source, JsonSource):
            raise NotNow("Only sources of the kind json take secrets: in their query, headers and body.")
        earlier = await self._store.get(SECRETS, secret_key(spider, name))
        if earlier is None and len(await self._of(spider)) >= MOST_SECRETS:
            raise NotNow(f"A spider has {MOST_SECRETS} secrets at most: delete those that it does not need.")
        origin = origin_of_source(config.source)
        now = self._now()
        kept = KeptSecret(
            name=name,
            origin=origin,
            put_at=now,
            put_by=caller.subject,
            spider_id=spider,
            partner=config.partner,
            sealed=seal_secret(self._sealer, draft.value.get_secret_value(), spider, config.partner, name, origin),
        )
        version = earlier.version if earlier is not None else 0
        before = earlier.value if earlier is not None else None
        verb = "replaced" if earlier is not None else "created"
        await self._store.apply(
            [
                Expect(SPIDERS, spider, stored.version),
                Replace(SECRETS, kept, version),
                audited(caller, verb, before, kept, now, version=version or None),
            ]
        )
        return kept.shown()

    async def delete(self, caller: Caller, spider: str, name: str) -> None:
        """Forgets the value. Raises `NotFound`."""
        await self._managed(caller, spider)
        key = secret_key(spider, name)
        stored = await self._store.get(SECRETS, key)
        if stored is None:
            raise NotFound(f"The spider {spider} has no secret {name}.")
        entry = audited(caller, "deleted", stored.value, None, self._now(), version=stored.version)
        await self._store.apply([Delete(SECRETS, key, stored.version), entry])

    async def _managed(self, caller: Caller, spider: str) -> Stored[SpiderConfig]:
        stored = await self._store.get(SPIDERS, spider)
        require_manager(caller, stored.value.partner if stored else None, _WHAT)
        if stored is None:
            raise NotFound(f"There is no {_WHAT}.")
        return stored

    async def _of(self, spider: str) -> list[KeptSecret]:
        found = await self._store.find(SECRETS, Find((Equal("spider_id", spider),), limit=MOST_SECRETS))
        return [stored.value for stored in found.items]

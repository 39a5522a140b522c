"""Spiders: checked before they are saved, each replacement a new version, earlier versions kept for ever."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from moisson_scraper.check_configuration import require_sound
from moisson_scraper.fixtures.check_fixtures import FixturePolicy, FixtureReader, require_held
from moisson_scraper.keeping.archive_index import ARCHIVED_PAGES
from moisson_scraper.keeping.audit_trail import Audited, audited
from moisson_scraper.keeping.collections import (
    FEEDS,
    PARTNERS,
    RUNS,
    SPIDER_VERSIONS,
    SPIDERS,
    STAGED,
    SpiderFeed,
    version_key,
)
from moisson_scraper.keeping.error_pages import RUN_ERRORS
from moisson_scraper.keeping.page_documents import FIXTURES, PAGE_COLLECTIONS
from moisson_scraper.keeping.tenancy import SECRETS
from moisson_scraper.keeping.upload_documents import UPLOAD_CHUNKS, UPLOADS
from moisson_scraper.rights import readable_partners, require_known, require_manager, require_reader
from moisson_scraper.running.page_supply import reader_hash
from moisson_scraper.running.work import ScraperWork
from moisson_scraper.scheduling.plan_schedule import by_chance, schedule_operations
from moisson_scraper.scheduling.schedule_state import SCHEDULE_STATES
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import AlreadyExists, Fault, Forbidden, Invalid, NotFound, NotNow, VersionConflict
from moisson_shared.contracts.page_fixture import SpiderCheck
from moisson_shared.contracts.partner import Partner
from moisson_shared.contracts.spider import SpiderConfig, SpiderDraft
from moisson_shared.ports.documents import (
    Delete,
    DeleteWhere,
    DocumentStore,
    Equal,
    Expect,
    Find,
    In,
    Insert,
    Operation,
    Order,
    Page,
    Put,
    Replace,
    Stored,
)
from moisson_shared.web.conditional import expected_version

_WHAT = "spider of that id"
RESERVED = frozenset({"export", "import", "preview", "suggest"})
"""Words that stand in addresses where an id does."""


@dataclass(frozen=True, slots=True)
class SpiderChange:
    """A version that its caller may save, and the operations that save it."""

    config: SpiderConfig
    operations: tuple[Operation, ...]
    check: SpiderCheck | None = None
    """What its fixtures give, where what is read has changed."""


class SpiderShelf:
    """The use cases of spiders."""

    def __init__(
        self,
        store: DocumentStore,
        work: ScraperWork,
        fixtures: FixtureReader,
        now: Callable[[], datetime],
        no_browser: str | None = None,
        no_archive: str | None = None,
    ) -> None:
        self._no_archive = no_archive
        self._store = store
        self._now = now
        self._work = work
        self._fixtures = fixtures
        self._no_browser = no_browser

    async def listed(self, caller: Caller, partner: str | None, limit: int, after: str | None) -> Page[SpiderConfig]:
        """A page of the spiders that the caller may read, by id; of one partner, or of all."""
        readable = readable_partners(caller)
        where: tuple[Equal | In, ...] = ()
        if partner is not None:
            if readable is not None and partner not in readable:
                return Page(())
            where = (Equal("partner", partner),)
        elif readable is not None:
            where = (In("partner", readable),)
        return await self._store.find(SPIDERS, Find(where, limit=limit, after=after or None))

    async def read(self, caller: Caller, spider: str) -> SpiderConfig:
        """The spider as it is now."""
        stored = await self._store.get(SPIDERS, spider)
        require_reader(caller, stored.value.partner if stored else None, _WHAT)
        return _there(stored).value

    async def create(self, caller: Caller, draft: SpiderDraft) -> SpiderConfig:
        """A new spider with its feed. An id that was used before goes on where it ended, for the same partner only."""
        change = await self.planned_creation(caller, draft)
        try:
            await self._store.apply(change.operations)
        except VersionConflict as error:  # its records are still being tombstoned, or its partner was written
            message = f"The spider {draft.id} has just been deleted, or its partner changed; try again in a moment."
            raise NotNow(message) from error
        return change.config

    async def planned_creation(self, caller: Caller, draft: SpiderDraft) -> SpiderChange:
        """What `create` would write; nothing is written. An id that is taken shows when it is applied only."""
        partner = await self._require_may_write(caller, draft)
        feed = await self._store.get(FEEDS, draft.id)
        if feed is not None and feed.value.partner != draft.partner:
            raise AlreadyExists(f"The id {draft.id} is or was another partner's spider: choose another one.")
        if feed is not None and feed.value.closing:
            raise NotNow(f"The spider {draft.id} has just been deleted; try again in a moment.")
        versions = Find((Equal("id", draft.id),), (Order("version", descending=True),), limit=1)
        earlier = await self._store.find(SPIDER_VERSIONS, versions)
        config = _config(draft, earlier.items[0].value.version + 1 if earlier.items else 1)
        keep: Operation = Expect(FEEDS, draft.id, feed.version) if feed is not None else Insert(FEEDS, _new_feed(draft))
        entry = audited(caller, "created", None, config, self._now())
        schedule = schedule_operations(None, config, self._now(), by_chance())
        owned = Expect(PARTNERS, partner.key, partner.version)  # or a partner could go, and leave a spider behind
        made = (Insert(SPIDERS, config), Insert(SPIDER_VERSIONS, config), keep, owned, *schedule, entry)
        return SpiderChange(config, made)

    async def replace(
        self,
        caller: Caller,
        spider: str,
        draft: SpiderDraft,
        if_match: str | None,
        fixtures: FixturePolicy = "refuse",
    ) -> SpiderChange:
        """The next version. Raises `VersionRequired`, `VersionConflict`, and `Invalid` with the faults.

        Fixtures that are read otherwise are faults too, unless `fixtures` says what is to become of them.
        """
        change = await self.planned_replacement(caller, spider, draft, if_match, fixtures)
        await self._store.apply(change.operations)
        return change

    async def planned_replacement(
        self,
        caller: Caller,
        spider: str,
        draft: SpiderDraft,
        if_match: str | None,
        fixtures: FixturePolicy = "refuse",
    ) -> SpiderChange:
        """What `replace` would write; nothing is written."""
        stored = await self._store.get(SPIDERS, spider)
        require_manager(caller, stored.value.partner if stored else None, _WHAT)
        current = _there(stored)
        if draft.id != spider:
            raise Invalid("An id cannot be changed.", (Fault("/id", f"this spider is {spider}"),))
        if draft.partner != current.value.partner:
            message = f"this spider is {current.value.partner}'s, and its records are: make a new spider"
            raise Invalid("A spider cannot change hands.", (Fault("/partner", message),))
        expected_version(if_match, current.value.version)
        require_sound(draft, self._no_browser, self._no_archive)
        config = _config(draft, current.value.version + 1)
        operations: list[Operation] = [Replace(SPIDERS, config, current.version), Put(SPIDER_VERSIONS, config)]
        check: SpiderCheck | None = None
        # Asked to expect what is read now, that is done: a change may have been warned of, or the program be another.
        if fixtures == "replace" or reader_hash(draft.source) != reader_hash(current.value.source):
            check = await self._fixtures.check(spider, draft.source)
            if fixtures == "refuse":
                require_held(check)
            elif fixtures == "replace":
                operations += await self._expecting(caller, config)
        kept = await self._store.get(SCHEDULE_STATES, spider)
        operations += schedule_operations(kept, config, self._now(), by_chance())
        operations.append(audited(caller, "replaced", current.value, config, self._now()))
        return SpiderChange(config, tuple(operations), check)

    async def _expecting(self, caller: Caller, spider: SpiderConfig) -> list[Operation]:
        """The fixtures expect what the spider reads; those that expected something else are in the audit trail."""
        operations: list[Operation] = []
        for stored, now in await self._fixtures.expecting(spider.id, spider.source):
            before = stored.value
            operations.append(Replace(FIXTURES, now, stored.version))
            if now.expected != before.expected:
                subject = Audited("fixture", now.id, now.partner, now.spider_id)
                operations.append(audited(caller, "replaced", before, now, self._now(), of=subject))
        return operations

    async def delete(self, caller: Caller, spider: str) -> None:
        """The spider goes; its records are tombstoned in its feed, which stays readable. `NotNow` during a run."""
        current = await self._at_rest(caller, spider)
        feed = await self._store.get(FEEDS, spider)
        operations: list[Operation] = [
            Delete(SPIDERS, spider, current.version),
            Delete(SCHEDULE_STATES, spider),
            Delete(UPLOADS, spider),
            DeleteWhere(UPLOAD_CHUNKS, (Equal("spider_id", spider),)),
            *(DeleteWhere(collection, (Equal("spider_id", spider),)) for collection in PAGE_COLLECTIONS),
            DeleteWhere(SECRETS, (Equal("spider_id", spider),)),
            audited(caller, "deleted", current.value, None, self._now()),
            DeleteWhere(ARCHIVED_PAGES, (Equal("spider_id", spider),)),  # the files follow when nothing points at them
            DeleteWhere(RUN_ERRORS, (Equal("spider_id", spider),)),
        ]
        if feed is not None:
            closing = feed.value.model_copy(update={"closing": True, "held_run": None, "trial_run": None})
            operations.append(Replace(FEEDS, closing, feed.version))
            # What was held back or tried goes too: nobody can accept it any more.
            found = [run for run in (feed.value.held_run, feed.value.trial_run) if run is not None]
            operations += (DeleteWhere(STAGED, (Equal("run_id", run),)) for run in found)
        await self._store.apply(operations)
        await self._work.tell_closing(spider)

    async def empty(self, caller: Caller, spider: str) -> None:
        """The spider stays; its records are tombstoned in its feed. Safe to repeat; `NotNow` during a run."""
        current = await self._at_rest(caller, spider)
        feed = await self._store.get(FEEDS, spider)
        if feed is None or feed.value.closing:
            return
        records = Audited("records", spider, current.value.partner, spider)
        entry = audited(caller, "emptied", current.value, None, self._now(), of=records)
        closing = feed.value.model_copy(update={"closing": True})
        await self._store.apply([Replace(FEEDS, closing, feed.version), entry])
        await self._work.tell_closing(spider)

    async def _at_rest(self, caller: Caller, spider: str) -> Stored[SpiderConfig]:
        """The spider, for who may change it. `NotNow` during a run."""
        stored = await self._store.get(SPIDERS, spider)
        require_manager(caller, stored.value.partner if stored else None, _WHAT)
        current = _there(stored)
        if await self._store.count(RUNS, (Equal("active_of", spider),)):
            raise NotNow("A run of this spider is going on: cancel it first.")
        return current

    async def versions(self, caller: Caller, spider: str, limit: int, after: str | None) -> Page[SpiderConfig]:
        """Every version, the newest first; of a deleted spider too."""
        await self._require_feed_reader(caller, spider)
        find = Find((Equal("id", spider),), (Order("version", descending=True),), limit=limit, after=after or None)
        return await self._store.find(SPIDER_VERSIONS, find)

    async def version(self, caller: Caller, spider: str, version: int) -> SpiderConfig:
        """One version."""
        await self._require_feed_reader(caller, spider)
        stored = await self._store.get(SPIDER_VERSIONS, version_key(spider, version))
        if stored is None:
            raise NotFound(f"The spider {spider} has no version {version}.")
        return stored.value

    async def _require_feed_reader(self, caller: Caller, spider: str) -> None:
        feed = await self._store.get(FEEDS, spider)
        require_reader(caller, feed.value.partner if feed else None, _WHAT)

    async def _require_may_write(self, caller: Caller, draft: SpiderDraft) -> Stored[Partner]:
        require_known(caller)
        if not caller.manages(draft.partner):
            raise Forbidden(
                f"Only owners and editors of the partner {draft.partner}, and admins, may make its spiders."
            )
        if draft.id in RESERVED:
            raise Invalid(
                "This id is taken.", (Fault("/id", f"{draft.id!r} is the name of a call: choose another id"),)
            )
        partner = await self._store.get(PARTNERS, draft.partner)
        if partner is None:
            raise Invalid("This spider could not work; see the faults.", (Fault("/partner", "no such partner"),))
        require_sound(draft, self._no_browser, self._no_archive)
        return partner


def _config(draft: SpiderDraft, version: int) -> SpiderConfig:
    return SpiderConfig(**{name: getattr(draft, name) for name in SpiderDraft.model_fields}, version=version)


def _new_feed(draft: SpiderDraft) -> SpiderFeed:
    return SpiderFeed(spider_id=draft.id, partner=draft.partner, epoch=secrets.token_hex(8))


def _there(stored: Stored[SpiderConfig] | None) -> Stored[SpiderConfig]:
    if stored is None:
        raise NotFound(f"There is no {_WHAT}.")
    return stored

"""The mirror catches up with the scraper: page after page, until the feed has no more."""

import asyncio
from collections.abc import Sequence

from moisson_normalizer.catalogue import Clock
from moisson_normalizer.mirror import (
    PARTNERS,
    FeedState,
    KnownPartners,
    end_rereading,
    feed_state,
    known_partners,
    note_complete,
    partners_are_known,
    start_over,
    take_page,
)
from moisson_normalizer.scraper_feed import CutOff, Feed, FeedPage
from moisson_shared.contracts.errors import (
    AlreadyExists,
    EpochChanged,
    MoissonError,
    NotFound,
    Unavailable,
    VersionConflict,
)
from moisson_shared.contracts.run import Reason
from moisson_shared.ports.documents import DocumentStore, Put, Stored

_ATTEMPTS = 3
_FEEDS_AT_ONCE = 4
_MOST_RACES = 50
_MOST_EPOCHS = 3
"""Changes of epoch within one pull; more than that is a scraper that cannot make up its mind."""


class FeedPuller:
    """Pulls feeds into the mirror. Several processes may pull one feed: the feed's document says who was first."""

    def __init__(self, documents: DocumentStore, feed: Feed, clock: Clock) -> None:
        self._documents = documents
        self._feed = feed
        self._clock = clock

    async def pull_all(self, spiders: Sequence[str]) -> tuple[Reason, ...]:
        """Pulls every feed that can be pulled; the reasons say which could not, and records already here stay."""
        slots = asyncio.Semaphore(_FEEDS_AT_ONCE)

        async def one(spider_id: str) -> Reason | None:
            async with slots:
                try:
                    await self.pull(spider_id)
                except NotFound:
                    return Reason(code="no-such-spider", message="the scraper has no such spider", samples=(spider_id,))
                except MoissonError as error:
                    message = f"a feed could not be read, its earlier records hold: {error}"
                    return Reason(code="feed-unavailable", message=message, samples=(spider_id,))
            return None

        failures = [failure for failure in await asyncio.gather(*map(one, spiders)) if failure is not None]
        reasons: dict[tuple[str, str], list[str]] = {}
        for failure in failures:
            reasons.setdefault((failure.code, failure.message), []).extend(failure.samples)
        return tuple(
            Reason(code=code, message=message, count=len(ids), samples=tuple(ids[:5]))
            for (code, message), ids in reasons.items()
        )

    async def pull(self, spider_id: str) -> FeedState:
        """Reads one feed to its end. Raises what the feed raises."""
        stored = await feed_state(self._documents, spider_id)
        epochs = raced = 0
        while True:
            try:
                stored, more = await self._step(stored)
            except EpochChanged as error:
                epochs += 1
                if epochs > _MOST_EPOCHS:
                    raise Unavailable(f"The feed of {spider_id} starts over again and again.") from error
                stored = await start_over(self._documents, stored)
            except (AlreadyExists, VersionConflict):
                # Another process, or a sweep beside a run, took the page first: go on from where it is.
                raced += 1
                if raced > _MOST_RACES:
                    raise
                stored = await feed_state(self._documents, spider_id)
            else:
                if not more:
                    break
        if stored.value.rereading:
            stored = await end_rereading(self._documents, stored)
        return stored.value

    async def _step(self, stored: Stored[FeedState]) -> tuple[Stored[FeedState], bool]:
        """One page, and whether there is more."""
        page = await self._page(stored.key, stored.value.cursor)
        moved = page.cursor != stored.value.cursor
        if page.records or moved:
            stored = await take_page(self._documents, stored, page.records, page.cursor, self._clock())
        if page.more and not moved:
            raise Unavailable(f"The feed of {stored.key} says that there is more, but does not go on.")
        if page.complete != stored.value.complete:
            stored = await note_complete(self._documents, stored, complete=page.complete)
        return stored, page.more

    async def pull_partners(self) -> tuple[Reason, ...]:
        """Renews the partners; written only when something is new."""
        try:
            partners = await self._feed.partners()
        except MoissonError as error:
            return (Reason(code="partners-unavailable", message=f"the partners could not be read: {error}"),)
        known = await known_partners(self._documents) if await partners_are_known(self._documents) else None
        if {partner.id: partner for partner in partners} != known:
            await self._documents.apply([Put(PARTNERS, KnownPartners(partners=partners))])
        return ()

    async def _page(self, spider_id: str, after: str | None) -> FeedPage:
        for _ in range(_ATTEMPTS - 1):
            try:
                return await self._feed.page(spider_id, after)
            except CutOff:
                continue
        return await self._feed.page(spider_id, after)

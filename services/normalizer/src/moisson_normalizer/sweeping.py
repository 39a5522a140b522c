"""Looking at everything every few minutes, so that a lost notice is only a delay; and what a notice sets off."""

import asyncio

import structlog

from moisson_normalizer.catalogue import Catalogue
from moisson_normalizer.plan_run import plan_run
from moisson_normalizer.publish_version import VersionKeeper
from moisson_normalizer.pull_feeds import FeedPuller
from moisson_normalizer.runs import Leases, RunBook
from moisson_shared.contracts.errors import MoissonError, Unavailable
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.ports.work_queue import Hint, WorkSender

PULL_TOPIC = "pull"
SWEEP_TOPIC = "sweep"


class Sweeper:
    """Pulls feeds, and asks for runs where something has changed."""

    def __init__(
        self,
        documents: DocumentStore,
        catalogue: Catalogue,
        puller: FeedPuller,
        keeper: VersionKeeper,
        book: RunBook,
        leases: Leases,
        queue: WorkSender,
    ) -> None:
        self._documents = documents
        self._catalogue = catalogue
        self._puller = puller
        self._keeper = keeper
        self._book = book
        self._leases = leases
        self._queue = queue

    async def sweep_again_and_again(self, seconds: float) -> None:
        """At once, and so long after each time; to be cancelled. By the loop's own clock: one that goes by the time of
        day would rest for as long as that was put back."""
        while True:
            await self._sweep_soon()
            await asyncio.sleep(seconds)

    async def _sweep_soon(self) -> None:
        """The queue carries the work, so that it ends in order when the service stops."""
        try:
            await self._queue.send(Hint(SWEEP_TOPIC, "everything"))
        except Unavailable as error:
            structlog.get_logger().warning("sweep left out", reason=str(error))
        except Exception:  # noqa: BLE001  # whatever it meets, the next sweep comes
            structlog.get_logger().exception("sweep left out")

    async def sweep(self, _: str) -> None:
        """One look at everything. One process at a time does it; an outage of a neighbour ends it until the next."""
        log = structlog.get_logger()
        try:
            if not await self._leases.take("sweep"):
                return
        except MoissonError as error:
            log.warning("sweep left out", reason=str(error))
            return
        try:
            await self._look_at_everything()
        except MoissonError as error:
            log.warning("sweep cut short", reason=str(error))
        finally:
            await self._give_back()

    async def _look_at_everything(self) -> None:
        await self._book.hint_unfinished()
        reasons = await self._puller.pull_partners()
        corpora = [stored.key for stored in await self._catalogue.corpora.all_where()]
        sources = {stored.value.value.source for stored in await self._catalogue.recipes.all_where()}
        reasons += await self._puller.pull_all(sorted(sources))
        for corpus in corpora:
            # A run that is going on will bring what is new; if it began too early, the next sweep will see.
            if not await self._book.is_at_work(corpus):
                await self._look(corpus)
        for reason in reasons:
            structlog.get_logger().warning("sweep", code=reason.code, reason=reason.message, samples=reason.samples)

    async def noticed(self, spider_id: str) -> None:
        """The scraper says that there is something new at a spider."""
        try:
            await self._queue.send(Hint(PULL_TOPIC, spider_id))
        except Unavailable:
            structlog.get_logger().warning("notice left to the sweep", spider=spider_id)

    async def pull_one(self, spider_id: str) -> None:
        """What a notice sets off: the feed is read, and runs are asked for where it matters."""
        await self._puller.pull_partners()
        for reason in await self._puller.pull_all([spider_id]):
            structlog.get_logger().warning("pull", code=reason.code, reason=reason.message, samples=reason.samples)
        corpora = {stored.value.value.corpus for stored in await self._catalogue.recipes.all_where(source=spider_id)}
        for corpus in sorted(corpora):
            await self._look(corpus)

    async def _look(self, corpus: str) -> None:
        """Asks for a run where the newest version does not follow from what is here now."""
        plan = await plan_run(self._documents, self._catalogue, corpus)
        newest = await self._keeper.newest(corpus)
        if newest is None and not plan.recipes:
            return
        unfinished = (await self._keeper.state(corpus)).value.publishing is not None
        if newest is None or newest.input != plan.input or unfinished or not await self._keeper.is_indexed(newest):
            await self._book.request(corpus, "sweep")

    async def _give_back(self) -> None:
        try:
            await self._leases.give_back("sweep")
        except MoissonError as error:
            structlog.get_logger().warning("sweep lease kept", reason=str(error))

"""The schedule of a spider, as those who may read the spider ask for it."""

from moisson_scraper.keeping.collections import SPIDERS
from moisson_scraper.rights import require_reader
from moisson_scraper.scheduling.schedule_state import SCHEDULE_STATES, outlook
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import NotFound
from moisson_shared.contracts.schedule import ScheduleOutlook
from moisson_shared.ports.documents import DocumentReader

_SPIDER = "spider of that id"


class ScheduleShelf:
    """Reads where schedules stand."""

    def __init__(self, store: DocumentReader) -> None:
        self._store = store

    async def read(self, caller: Caller, spider: str) -> ScheduleOutlook:
        """What the schedule did and will do; of a spider without one too."""
        stored = await self._store.get(SPIDERS, spider)
        require_reader(caller, stored.value.partner if stored else None, _SPIDER)
        if stored is None:
            raise NotFound(f"There is no {_SPIDER}.")
        state = await self._store.get(SCHEDULE_STATES, spider)
        return outlook(stored.value, state.value if state is not None else None)

"""The spiders whose records a caller may see, read from the store."""

from collections.abc import Iterable

from moisson_scraper.keeping.collections import PARTNERS, SPIDERS
from moisson_scraper.openscraper.data_model import DataModel
from moisson_scraper.openscraper.keep_data_models import DATA_MODELS
from moisson_scraper.openscraper.visible_fields import SpiderView
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import DocumentReader, Find

_AT_ONCE = 500


async def find_views(
    store: DocumentReader, caller: Caller, wanted: Iterable[str] | None = None
) -> tuple[SpiderView, ...]:
    """By id; all, or those wanted. What the caller may not see is left out, as what is not there."""
    spiders = await (_every(store) if wanted is None else _some(store, tuple(wanted)))
    keys = sorted({spider.partner for spider in spiders})
    partners = await store.get_many(PARTNERS, keys)
    models = await store.get_many(DATA_MODELS, keys)
    views = (
        SpiderView(
            spider,
            partners[spider.partner].value,
            models[spider.partner].value if spider.partner in models else DataModel(),
            caller,
        )
        for spider in spiders
        if spider.partner in partners
    )
    return tuple(view for view in views if view.visible)


async def _every(store: DocumentReader) -> list[SpiderConfig]:
    found: list[SpiderConfig] = []
    after: str | None = None
    while True:
        page = await store.find(SPIDERS, Find(limit=_AT_ONCE, after=after))
        found += (stored.value for stored in page.items)
        after = page.next
        if after is None:
            return found


async def _some(store: DocumentReader, wanted: tuple[str, ...]) -> list[SpiderConfig]:
    found = await store.get_many(SPIDERS, wanted)
    return [found[key].value for key in sorted(found)]

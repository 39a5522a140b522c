"""The portals of this installation, and what each knows of its corpus for a short while.

A corpus changes when a version is published; asking the api for it at every page would double the work of each request.
Only what anonymous readers may know is kept, and never beyond its seconds: a page that cannot be true says so instead.
"""

import time
from dataclasses import dataclass, field

from moisson_shared.contracts.errors import NotFound
from moisson_shared.ports.documents import DocumentStore, Find
from moisson_viz_gateway.neighbours.api_client import ApiClient, CorpusAnswer
from moisson_viz_gateway.portal.portal_document import PORTALS, Portal

KEPT_SECONDS = 5.0
_AT_ONCE = 500


class NotYetPublished(NotFound):
    """The portal is there, but nothing of its corpus is published yet: the first days of an installation."""


@dataclass(slots=True)
class PortalShelf:
    """Reads portals; keeps open corpora for `KEPT_SECONDS`."""

    store: DocumentStore
    api: ApiClient
    _corpora: dict[str, tuple[float, CorpusAnswer]] = field(default_factory=dict)

    async def portal(self, portal_id: str) -> tuple[Portal, int]:
        """A portal and its version. `NotFound` where there is none."""
        stored = await self.store.get(PORTALS, portal_id)
        if stored is None:
            raise NotFound("There is no such portal.")
        return stored.value, stored.version

    async def all(self) -> tuple[Portal, ...]:
        """Every portal."""
        found: list[Portal] = []
        after: str | None = None
        while True:
            page = await self.store.find(PORTALS, Find(limit=_AT_ONCE, after=after))
            found += (stored.value for stored in page.items)
            if page.next is None:
                return tuple(found)
            after = page.next

    async def corpus(self, corpus: str, token: str | None) -> CorpusAnswer:
        """The corpus as this reader may know it. `NotYetPublished` before its first version is live."""
        try:
            return await self._known(corpus, token)
        except NotFound as error:
            raise NotYetPublished("Nothing is published in this portal yet.") from error

    async def _known(self, corpus: str, token: str | None) -> CorpusAnswer:
        if token is not None:
            return await self.api.corpus(corpus, token)
        kept = self._corpora.get(corpus)
        if kept is None or time.monotonic() - kept[0] > KEPT_SECONDS:
            kept = self._corpora[corpus] = (time.monotonic(), await self.api.corpus(corpus, None))
        return kept[1]

"""Pages that the scraper keeps: previews with their pages, fixtures and their check, what a run lost in its pages."""

from typing import Literal, NamedTuple

from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.page_fixture import PageFixture, SpiderCheck
from moisson_shared.contracts.run_repair import RunRepair
from moisson_shared.contracts.spider_preview import SpiderPreview
from moisson_viz_gateway.neighbours.neighbour import Neighbour
from moisson_viz_gateway.neighbours.scraper_paths import in_path, run_path, spider_path

MOST_BYTES = 300_000
"""Of one page that is shown."""
FixturePolicy = Literal["refuse", "warn", "replace"]
"""What a change does where it reads fixtures otherwise."""


class KeptText(NamedTuple):
    """A kept page as text, as far as it is shown."""

    text: str
    cut: bool


class ScraperPages:
    """Typed calls in the name of a person; each raises the domain errors of `Neighbour.call`."""

    def __init__(self, neighbour: Neighbour) -> None:
        self._scraper = neighbour

    async def preview(self, token: str, spider: str) -> SpiderPreview:
        """What a saved spider gives on its first page; its pages are kept for a while."""
        response = await self._scraper.call("POST", f"{spider_path(spider)}/preview", token=token)
        return self._scraper.understand(SpiderPreview, response)

    async def text(self, token: str, spider: str, page: str) -> KeptText | None:
        """A kept page; None for one that is no text."""
        path = f"{spider_path(spider)}/pages/{in_path(page)}"
        response, body, cut = await self._scraper.read_some(path, MOST_BYTES, token=token)
        if not response.headers.get("content-type", "").startswith("text/plain"):
            return None
        return KeptText(body.decode("utf-8", "ignore"), cut)

    async def fixtures(self, token: str, spider: str) -> tuple[PageFixture, ...]:
        """The fixtures of a spider, the newest first."""
        return await self._scraper.read_all(PageFixture, f"{spider_path(spider)}/fixtures", token=token)

    async def approve(self, token: str, spider: str, preview: str, name: str) -> PageFixture:
        """Makes a preview a fixture; `NotNow` where the spider reads otherwise by now."""
        body = {"preview": preview, "name": name}
        response = await self._scraper.call("POST", f"{spider_path(spider)}/fixtures", token=token, body=body)
        return self._scraper.understand(PageFixture, response)

    async def drop(self, token: str, spider: str, fixture: str) -> None:
        """Forgets a fixture."""
        path = f"{spider_path(spider)}/fixtures/{in_path(fixture)}"
        await self._scraper.call("DELETE", path, token=token)

    async def check(self, token: str, spider: str, draft: JsonObject | None = None) -> SpiderCheck:
        """All fixtures read again, with the spider as it is or with a draft; `Invalid` for a draft that cannot work."""
        response = await self._scraper.call("POST", f"{spider_path(spider)}/check", token=token, body=draft)
        return self._scraper.understand(SpiderCheck, response)

    async def repair(self, token: str, run: str) -> RunRepair:
        """What a run lost, and what finds it again; nothing is changed."""
        return await self._scraper.read(RunRepair, f"{run_path(run)}/repair", token=token)

"""The scraper as the studio asks it: partners, spiders, previews and runs."""

from collections.abc import AsyncGenerator
from typing import Annotated, Literal

from pydantic import Field

from moisson_shared.contracts.audit import AuditEntry
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.partner import Partner
from moisson_shared.contracts.quota import PartnerQuota
from moisson_shared.contracts.raw_record import HeldItem
from moisson_shared.contracts.run import CrawlRun, RunOrder
from moisson_shared.contracts.run_report import RunReport
from moisson_shared.contracts.schedule import ScheduleOutlook
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.contracts.spider_preview import SpiderPreview
from moisson_shared.contracts.spider_suggestion import SpiderSuggestion
from moisson_viz_gateway.neighbours.neighbour import Answer, ListPage, Neighbour
from moisson_viz_gateway.neighbours.scraper_evidence import ScraperEvidence
from moisson_viz_gateway.neighbours.scraper_inputs import ScraperInputs
from moisson_viz_gateway.neighbours.scraper_pages import FixturePolicy, ScraperPages
from moisson_viz_gateway.neighbours.scraper_paths import partner_path, run_path, spider_path


class Versioned(Answer):
    """A spider with the ETag under which it may be replaced."""

    spider: SpiderConfig
    etag: Annotated[str, Field(pattern=r'^"[^"]*"$')]


class FoundItems(Answer):
    """One part of them; `next` is the number of the part that may follow."""

    items: tuple[HeldItem, ...]
    next: int | None = None


RunAction = Literal["cancel", "pause", "resume", "accept"]


class ScraperClient:
    """Typed calls in the name of a person; each raises the domain errors of `Neighbour.call`."""

    def __init__(self, neighbour: Neighbour) -> None:
        self._scraper = neighbour
        self.pages = ScraperPages(neighbour)
        self.inputs = ScraperInputs(neighbour)
        self.evidence = ScraperEvidence(neighbour)

    async def partners(self, token: str) -> tuple[Partner, ...]:
        """All partners that this person may read."""
        return await self._scraper.read_all(Partner, "/v1/partners", token=token)

    async def partner(self, token: str, partner: str) -> Partner:
        """One partner."""
        return await self._scraper.read(Partner, partner_path(partner), token=token)

    async def quota(self, token: str, partner: str) -> PartnerQuota:
        """What a partner may use, and what it has used."""
        return await self._scraper.read(PartnerQuota, f"{partner_path(partner)}/quota", token=token)

    async def audit(self, token: str, partner: str, spider: str = "", after: str = "") -> ListPage[AuditEntry]:
        """Who changed what, one page of it."""
        parameters = [("partner", partner), ("limit", "50")]
        parameters += [(name, value) for name, value in (("spider", spider), ("after", after)) if value]
        return await self._scraper.read(ListPage[AuditEntry], "/v1/audit", token=token, parameters=parameters)

    async def spiders(self, token: str) -> tuple[SpiderConfig, ...]:
        """All spiders that this person may read."""
        return await self._scraper.read_all(SpiderConfig, "/v1/spiders", token=token)

    async def spider(self, token: str, spider: str) -> Versioned:
        """One spider and its ETag."""
        response = await self._scraper.call("GET", spider_path(spider), token=token)
        config = self._scraper.understand(SpiderConfig, response)
        return Versioned(spider=config, etag=response.headers.get("etag", f'"{config.version}"'))

    async def spider_version(self, token: str, spider: str, version: int) -> SpiderConfig:
        """A spider as it was."""
        return await self._scraper.read(SpiderConfig, f"{spider_path(spider)}/versions/{version}", token=token)

    async def create(self, token: str, draft: JsonObject) -> SpiderConfig:
        """A new spider from what somebody wrote; `Invalid` says where it is wrong."""
        response = await self._scraper.call("POST", "/v1/spiders", token=token, body=draft)
        return self._scraper.understand(SpiderConfig, response)

    async def replace(
        self, token: str, spider: str, draft: JsonObject, etag: str, fixtures: FixturePolicy = "refuse"
    ) -> SpiderConfig:
        """The next version of a spider; `VersionConflict` when somebody else was faster."""
        headers, parameters = {"If-Match": etag}, [("fixtures", fixtures)]
        response = await self._scraper.call(
            "PUT", spider_path(spider), token=token, body=draft, headers=headers, parameters=parameters
        )
        return self._scraper.understand(SpiderConfig, response)

    async def preview(self, token: str, draft: JsonObject) -> SpiderPreview:
        """What a draft gives on its first page, nothing stored."""
        response = await self._scraper.call("POST", "/v1/spiders/preview", token=token, body=draft)
        return self._scraper.understand(SpiderPreview, response)

    async def suggest(self, token: str, partner: str, address: str) -> SpiderSuggestion:
        """A spider proposed from an address, nothing stored; `Invalid` for what is no address."""
        body = {"partner": partner, "address": address}
        response = await self._scraper.call("POST", "/v1/spiders/suggest", token=token, body=body)
        return self._scraper.understand(SpiderSuggestion, response)

    async def run(self, token: str, spider: str, order: RunOrder | None = None) -> CrawlRun:
        """Asks for a run; `NotNow` while one is going on."""
        body = (order or RunOrder()).model_dump(mode="json", exclude_none=True)
        response = await self._scraper.call("POST", f"{spider_path(spider)}/runs", token=token, body=body)
        return self._scraper.understand(CrawlRun, response)

    async def runs(self, token: str, spider: str, limit: int = 10) -> tuple[CrawlRun, ...]:
        """The newest runs of a spider."""
        parameters = [("limit", str(limit))]
        page = await self._scraper.read(
            ListPage[CrawlRun], f"{spider_path(spider)}/runs", token=token, parameters=parameters
        )
        return page.items

    async def schedule(self, token: str, spider: str) -> ScheduleOutlook:
        """When a spider runs by itself."""
        return await self._scraper.read(ScheduleOutlook, f"{spider_path(spider)}/schedule", token=token)

    async def one_run(self, token: str, run: str) -> CrawlRun:
        """A run."""
        return await self._scraper.read(CrawlRun, run_path(run), token=token)

    async def ask(self, token: str, run: str, action: RunAction) -> None:
        """Asks something of a run; `NotNow` where that is not possible as it stands."""
        await self._scraper.call("POST", f"{run_path(run)}/{action}", token=token)

    async def report(self, token: str, run: str) -> RunReport:
        """Why a run gave what it gave."""
        return await self._scraper.read(RunReport, f"{run_path(run)}/report", token=token)

    async def found(self, token: str, run: str, part: int = 0) -> FoundItems:
        """What a trial or a quarantined run has found, part by part; an empty part is after the last."""
        parameters = [("part", str(part))]
        return await self._scraper.read(FoundItems, f"{run_path(run)}/items", token=token, parameters=parameters)

    async def watch(self, token: str, run: str) -> AsyncGenerator[CrawlRun, None]:
        """The states of a run as they come, the last one final (server-sent events, HTML standard 9.2)."""
        async with self._scraper.stream(f"{run_path(run)}/events", token=token) as response:
            event, data = "", list[str]()
            async for line in response.aiter_lines():
                name, _, value = line.partition(":")
                if line == "" and data:
                    if event == "run":
                        yield CrawlRun.model_validate_json("\n".join(data))
                    event, data = "", []
                elif name == "event":
                    event = value.removeprefix(" ")
                elif name == "data":
                    data.append(value.removeprefix(" "))

    async def check(self) -> None:
        """Raises `Unavailable` when the scraper does not answer."""
        await self._scraper.check()

"""Names that lead inside, or lead there the second time: what a crawl fetches is judged where it connects."""

import pytest

from moisson_scraper.fetching.host_visits import HostTools
from moisson_scraper.fetching.page_failure import PageFailed
from moisson_scraper.fetching.page_fetcher import FetchTools, PageFetcher
from moisson_scraper.fetching.robots_book import RobotsBook
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.reading.reading_process import ReadingLimits
from moisson_scraper.reading.source_reader import PageRequest
from moisson_scraper.reading.stoppable_reading import ReadingProcesses
from moisson_shared.adapters.in_process_host_budget import InProcessHostBudget
from moisson_shared.adapters.outbound_http import OutboundPolicy, outbound_client
from moisson_shared.contracts.spider import Limits, Politeness
from tests.scraper.hostile_site import canary
from tests.shared.http.scripted_site import ScriptedResolver

PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
    "answers",
    [
        [["127.0.0.1"]],
        [["::1"]],
        [["10.0.0.1"], ["127.0.0.1"]],
        [["169.254.169.254"], [PUBLIC]],
        [[PUBLIC, "127.0.0.1"], ["127.0.0.1"]],
        [["127.0.0.1", PUBLIC], [PUBLIC]],
        [["::ffff:127.0.0.1"]],
        [["64:ff9b::7f00:1"]],
        [["2002:7f00:1::1"]],
        [["fe80::1%1"]],
        [["0.0.0.0"]],
    ],
)
@pytest.mark.parametrize("obey_robots", [True, False])
async def test_no_name_leads_inside(answers: list[list[str]], obey_robots: bool) -> None:
    resolver = ScriptedResolver({"inside.test": answers})
    async with canary() as bird, outbound_client(OutboundPolicy(), resolver) as client:
        slots = InProcessHostBudget(4)
        hosts = HostTools(slots, RobotsBook(client, slots), backoff=0.0)
        tools = FetchTools(client, hosts, ReadingProcesses(ReadingLimits()))
        budget = RunBudget(Limits(), hosts.clock() + 10)
        fetcher = PageFetcher(tools, Politeness(delay=0, obey_robots=obey_robots), budget)
        with pytest.raises(PageFailed) as failed:
            await fetcher.fetch(PageRequest(f"http://inside.test:{bird.port}/"))
        assert failed.value.code == "address-refused"
        assert resolver.asked == ["inside.test"]
        assert bird.connections == 0

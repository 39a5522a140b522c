"""The pages of a run without a store: every page is asked for, and nothing is kept."""

import math
from contextlib import AsyncExitStack

from moisson_scraper.crawling.page_visitor import Fetches, PageVisitor, VisitRules
from moisson_scraper.crawling.run_pages import RunPages
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.keeping.visit_shelf import NoVisits
from moisson_scraper.reading.page_reading import PageReading
from moisson_scraper.reading.source_reader import SourceReader
from moisson_scraper.running.run_spider import utc_now
from moisson_shared.contracts.spider import Limits


def pages_at_hand(reader: SourceReader, fetcher: Fetches) -> RunPages:
    """What a crawl over this reader asks for."""
    reading = PageReading(reader)
    rules = VisitRules(run_id="run", reader="reader", now=utc_now, as_of=utc_now())
    visitor = PageVisitor(fetcher, reading, NoVisits(), RunBudget(Limits(), math.inf), rules)
    return RunPages(reader.first_pages(), visitor, reading, NoVisits(), AsyncExitStack())

"""Why a run gave what it gave, from start addresses to stored records, in numbers that add up."""

from moisson_shared.contracts.model import Contract, Count
from moisson_shared.contracts.run import CrawlRun, Reason


class ReportedField(Contract):
    """One raw field over all items of the run."""

    name: str
    filled: Count
    empty: Count
    """Absent, null, blank, or an empty list."""
    expected_fill: float | None = None
    """The least share of items, stated by the spider, or learned from the last good runs before this one."""


class PageFate(Contract):
    """What became of pages: `count` of them, with the reasons where there are any."""

    fate: str
    """`fetched`, `unchanged`, `spared`, `off_limits`, `duplicate`, `failed`, `over_limit`, `not_reached`."""
    count: Count
    reasons: tuple[Reason, ...] = ()


class ItemFate(Contract):
    """The same for items: `new`, `changed`, `unchanged`, `dropped`, `held`."""

    fate: str
    count: Count
    reasons: tuple[Reason, ...] = ()


class RunReport(Contract):
    """`pages_found` is the sum of `pages`, `items_found` that of `items`."""

    run: CrawlRun
    pages_found: Count
    pages: tuple[PageFate, ...]
    items_found: Count
    items: tuple[ItemFate, ...]
    fields: tuple[ReportedField, ...]
    gone: Count
    """Records that were known and were not found any more."""
    others: tuple[Reason, ...] = ()
    """What was noticed besides: replaced characters, odd links, retries."""

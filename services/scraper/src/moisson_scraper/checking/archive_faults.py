"""Whether the pages of a spider can be archived here."""

from collections.abc import Iterator

from moisson_scraper.checking.expressions import fault
from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.spider import SpiderDraft


def absence_of_archive(spider: SpiderDraft, why_not: str | None) -> Iterator[Fault]:
    """A fault where the spider wants an archive and there is none; `why_not` says why."""
    if spider.archive and why_not is not None:
        yield fault(("archive",), f"pages cannot be archived: {why_not}")

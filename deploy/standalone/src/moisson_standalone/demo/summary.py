"""The table at the end of the demo: what each source gave, and why something is missing."""

from collections import Counter
from collections.abc import Sequence

from moisson_shared.contracts.model import Contract, Count
from moisson_shared.contracts.normalisation import RecipeCounters, Reject
from moisson_shared.contracts.run import CrawlRun


class Refusal(Contract):
    """Something that did not come through, why, and how often."""

    where: str
    """`pages` for a page of the site, else the field of the record."""
    why: str
    count: Count


class SourceSummary(Contract):
    """One source, from its pages to its projects."""

    source: str
    pages: Count
    records: Count
    projects: Count
    seconds: float
    refusals: tuple[Refusal, ...] = ()

    @property
    def rejects(self) -> int:
        return sum(refusal.count for refusal in self.refusals)


def summarise(crawl: CrawlRun, recipe: RecipeCounters, rejects: Sequence[Reject]) -> SourceSummary:
    """What one source gave: its crawl, the counters of its recipe, and the rejects of the whole run."""
    lost = (reject for reject in rejects if reject.recipe == recipe.recipe and not reject.warning)
    refused = Counter((reject.field, reject.message) for reject in lost)
    seconds = (crawl.finished_at - crawl.started_at).total_seconds() if crawl.finished_at and crawl.started_at else 0.0
    return SourceSummary(
        source=crawl.spider_id,
        pages=crawl.counters.pages_fetched,
        records=crawl.counters.items,
        projects=recipe.projects,
        seconds=seconds,
        refusals=(
            *(Refusal(where="pages", why=reason.message, count=reason.count) for reason in crawl.reasons),
            *(Refusal(where=field, why=why, count=count) for (field, why), count in sorted(refused.items())),
        ),
    )


def summary_table(sources: Sequence[SourceSummary]) -> str:
    """Aligned columns, a line of totals, then each source's reasons."""
    head = ("source", "pages", "records", "projects", "rejects", "seconds")
    rows: list[tuple[str, ...]] = [
        (s.source, str(s.pages), str(s.records), str(s.projects), str(s.rejects), f"{s.seconds:.1f}") for s in sources
    ]
    totals = (sum(s.pages for s in sources), sum(s.records for s in sources), sum(s.projects for s in sources))
    rows.append(("all", *map(str, totals), str(sum(s.rejects for s in sources)), ""))
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [_line(row, widths) for row in (head, *rows)]
    lines.insert(1, "  ".join("-" * width for width in widths))
    lines.insert(-1, lines[1])
    for source in sources:
        if source.refusals:
            lines += ["", f"Not taken from {source.source}:"]
            lines += [f"  {refusal.count} x {refusal.where}: {refusal.why}" for refusal in source.refusals]
    return "\n".join(lines)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first = row[0].ljust(widths[0])
    return "  ".join([first, *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]).rstrip()

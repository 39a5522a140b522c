"""Runs of one spider at different points of their life, with what they found and why."""

from datetime import UTC, datetime, timedelta

from moisson_shared.contracts.broken_expectation import BrokenExpectation
from moisson_shared.contracts.raw_record import HeldItem
from moisson_shared.contracts.run import CrawlRun, Reason, RunCounters, RunOrder, RunState, pace_of
from moisson_shared.contracts.run_report import ItemFate, PageFate, ReportedField, RunReport
from tests.viz_gateway.sample_corpus import HOSTILE

START = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)


def a_run(run_id: str = "r1", state: RunState = RunState.DONE, **counters: int) -> CrawlRun:
    """A run of the first spider, with counters that add up."""
    numbers = {"pages_found": 42, "pages_fetched": 30, "pages_unchanged": 4, "pages_spared": 2, "pages_duplicate": 1}
    numbers |= {"pages_off_limits": 2, "pages_over_limit": 1, "pages_failed": 2, "items": 40, "records_dropped": 1}
    written = {"records_new": 5, "records_changed": 3, "records_unchanged": 31}
    numbers |= written if state is RunState.DONE else {"records_held": 39}
    numbers |= {"retries": 2, "bytes_fetched": 1_234_567, **counters}
    run = CrawlRun(
        id=run_id,
        spider_id="ronce-annuaire",
        partner="ronce",
        spider_version=1,
        state=state,
        requested_by="a1",
        queued_at=START,
        started_at=START,
        finished_at=START + timedelta(seconds=83) if state.final else None,
        active_seconds=10.0,
        pages_expected=60,
        complete=False,
        counters=RunCounters(**numbers),
        reasons=(
            Reason(
                code="http-404",
                message="The site answered 404.",
                fate="failed",
                count=2,
                samples=("https://x.example/12", HOSTILE),
            ),
            Reason(
                code="robots",
                message="robots.txt asks us not to fetch these pages.",
                fate="off_limits",
                count=2,
                samples=("https://x.example/prive",),
            ),
            Reason(
                code="item-without-key",
                message="Items have nothing to make their key of; they were dropped.",
                fate="dropped",
                samples=("3",),
            ),
            Reason(code="mended-markup", message="Bare & were mended.", count=4),
        ),
    )
    return run.model_copy(update={"pace": pace_of(run)})


def a_quarantined_run(run_id: str = "r1") -> CrawlRun:
    """The same with far too few items, and something that only a newer service knows."""
    run = a_run(run_id, RunState.QUARANTINED, items=12, records_held=11)
    found = (
        ("fewer-records-than-usual", "12 records were found; the last good runs found about 40.", None, 12, 40),
        ("field-too-empty", "'thèmes' is filled in 25% of the records.", "thèmes", 0.25, 0.9),
        ("moon-phase", "The moon was full.", None, 1, 0),
    )
    broken = tuple(
        BrokenExpectation(code=code, message=message, field=field, found=was, expected=expected)
        for code, message, field, was, expected in found
    )
    error = " ".join(one.message for one in broken)
    return run.model_copy(update={"code": "expectations", "error": error, "broken": broken})


def a_trial(run_id: str = "r1", state: RunState = RunState.DONE) -> CrawlRun:
    """A trial at its end: two items, one of them hostile."""
    none = {"pages_unchanged": 0, "pages_spared": 0, "pages_duplicate": 0, "pages_off_limits": 0, "pages_failed": 0}
    written = {"records_new": 0, "records_changed": 0, "records_unchanged": 0, "records_dropped": 0, "records_held": 2}
    run = a_run(run_id, state, **none, **written, pages_found=10, pages_fetched=9, items=2)
    return run.model_copy(update={"order": RunOrder(trial_pages=10), "reasons": ()})


FOUND = (
    HeldItem(
        key="projet-1",
        ordinal=0,
        url="https://x.example/1",
        values={"titre": "Un atelier vélo", "thèmes": ["mobilité", "emploi"]},
        content_hash="h1",
    ),
    HeldItem(key="projet-2", ordinal=0, url=None, values={"titre": HOSTILE, "budget": 1200}, content_hash="h2"),
)


def a_report(run: CrawlRun, *, filled: int | None = None) -> RunReport:
    """The report of a run; `filled` are the items that have themes, all of them if it is not stated."""
    counters = run.counters
    themes = counters.items if filled is None else min(filled, counters.items)

    def reasons(fate: str) -> tuple[Reason, ...]:
        return tuple(reason for reason in run.reasons if reason.fate == fate)

    pages = ("fetched", "unchanged", "spared", "off_limits", "duplicate", "failed", "over_limit", "not_reached")
    return RunReport(
        run=run,
        pages_found=counters.pages_found,
        pages=tuple(
            PageFate(fate=fate, count=getattr(counters, f"pages_{fate}"), reasons=reasons(fate)) for fate in pages
        ),
        items_found=counters.items,
        items=tuple(
            ItemFate(fate=fate, count=getattr(counters, f"records_{fate}"), reasons=reasons(fate))
            for fate in ("new", "changed", "unchanged", "dropped", "held")
        ),
        fields=(
            ReportedField(name="thèmes", filled=themes, empty=counters.items - themes, expected_fill=0.9),
            ReportedField(name="titre", filled=counters.items, empty=0, expected_fill=0.95),
            ReportedField(name="téléphone", filled=counters.items // 3, empty=counters.items - counters.items // 3),
        ),
        gone=counters.records_gone,
        others=reasons(""),
    )

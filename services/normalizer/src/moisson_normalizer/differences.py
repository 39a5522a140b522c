"""What changes for readers between two versions, and whether a version may go live: functions of what is known."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from moisson_shared.contracts.corpus import PublishChecks
from moisson_shared.contracts.normalisation import Check, RecipeCounters

SAMPLES = 20
NAMED = 20
"""Sources that a check names; it counts all of them."""


class Changes(NamedTuple):
    """Ids, each list in order."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]


def compare_contents(before: Mapping[str, str], after: Mapping[str, str]) -> Changes:
    """From digests of content by project id."""
    return Changes(
        new=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(id_ for id_ in after.keys() & before.keys() if after[id_] != before[id_])),
        gone=tuple(sorted(before.keys() - after.keys())),
    )


def judge_version(
    checks: PublishChecks,
    *,
    sealed: bool,
    projects: int,
    live_projects: int,
    gone: int,
    recipes: Iterable[RecipeCounters],
    complete: Collection[str],
) -> tuple[Check, ...]:
    """All checks, passed or not, each with a sentence that has the figures.

    `complete` are the sources of which a complete run has ended; the others may have given a part of what they have.
    """
    recipes = tuple(recipes)
    loss = gone / live_projects if live_projects else 0.0
    records = sum(counters.raw_records for counters in recipes)
    refused = sum(counters.records_with_rejects for counters in recipes)
    rate = refused / records if records else 0.0
    whole = "the version is complete" if sealed else "the version is not complete"
    least = f"{projects} projects; at least {checks.least_projects} are asked for"
    lost = f"{gone} of {live_projects} live projects would go ({loss:.0%}); at most {checks.largest_loss:.0%} may"
    rejected = f"{refused} of {records} records have rejects ({rate:.0%}); at most {checks.largest_reject_rate:.0%} may"
    return (
        Check(name="sealed", passed=sealed, message=whole),
        Check(
            name="least-projects",
            passed=projects >= checks.least_projects,
            message=least,
            figures={"projects": projects, "least": checks.least_projects},
        ),
        Check(
            name="largest-loss",
            passed=loss <= checks.largest_loss,
            message=lost,
            figures={"gone": gone, "live": live_projects, "share": loss, "most": checks.largest_loss},
        ),
        Check(
            name="largest-reject-rate",
            passed=rate <= checks.largest_reject_rate,
            message=rejected,
            figures={"refused": refused, "records": records, "share": rate, "most": checks.largest_reject_rate},
        ),
        _judge_sources(recipes, complete),
    )


def refusing(checks: Iterable[Check]) -> list[Check]:
    """The checks that keep a version from going live."""
    return [check for check in checks if not check.passed and not check.warning]


def _judge_sources(recipes: Iterable[RecipeCounters], complete: Collection[str]) -> Check:
    """A warning: a corpus is published on purpose before all of its partners are there, but not without knowing it."""
    filled: dict[str, int] = {}
    for counters in recipes:
        filled[counters.source] = filled.get(counters.source, 0) + counters.raw_records
    missing = tuple(sorted(source for source, records in filled.items() if not records or source not in complete))
    figures = {"sources": len(filled), "missing": len(missing)}
    if not missing:
        message = f"all sources ({len(filled)}) have records and a complete run"
        return Check(name="sources", passed=True, message=message, warning=True, figures=figures)
    message = (
        f"{len(missing)} of {len(filled)} sources have no complete run or no records yet: {', '.join(missing[:NAMED])}"
    )
    return Check(name="sources", passed=False, message=message, warning=True, figures=figures, names=missing[:NAMED])

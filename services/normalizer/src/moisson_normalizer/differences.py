"""What changes for readers between two versions, and whether a version may go live: functions of what is known."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from moisson_shared.contracts.corpus import PublishChecks
from moisson_shared.contracts.normalisation import Check, RecipeCounters

SAMPLES = 20


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
) -> tuple[Check, ...]:
    """All checks, passed or not, each with a sentence that has the figures."""
    recipes = tuple(recipes)
    loss = gone / live_projects if live_projects else 0.0
    records = sum(counters.raw_records for counters in recipes)
    refused = sum(counters.records_with_rejects for counters in recipes)
    rate = refused / records if records else 0.0
    complete = "the version is complete" if sealed else "the version is not complete"
    least = f"{projects} projects; at least {checks.least_projects} are asked for"
    lost = f"{gone} of {live_projects} live projects would go ({loss:.0%}); at most {checks.largest_loss:.0%} may"
    rejected = f"{refused} of {records} records have rejects ({rate:.0%}); at most {checks.largest_reject_rate:.0%} may"
    return (
        Check(name="sealed", passed=sealed, message=complete),
        Check(name="least-projects", passed=projects >= checks.least_projects, message=least),
        Check(name="largest-loss", passed=loss <= checks.largest_loss, message=lost),
        Check(name="largest-reject-rate", passed=rate <= checks.largest_reject_rate, message=rejected),
    )

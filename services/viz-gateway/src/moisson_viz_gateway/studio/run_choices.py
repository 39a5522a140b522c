"""What a person may ask of a run as it stands. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from moisson_shared.contracts.run import CrawlRun, RunState


@dataclass(frozen=True, slots=True)
class RunChoices:
    """Which buttons there are."""

    pause: bool = False
    resume: bool = False
    cancel: bool = False
    retry: bool = False
    accept: bool = False
    again: bool = False


NONE = RunChoices()


def run_choices(run: CrawlRun, newest: Sequence[CrawlRun] = ()) -> RunChoices:
    """`newest` are the spider's last runs, the newest first; they are not looked at before the run is at its end.

    The scraper has the last word: this only spares people what it would refuse.
    """
    if not run.state.final:
        # A run that was accepted is only written any more: there is nothing left to stop.
        stoppable = not run.cancel_requested and run.accepted_by is None
        return RunChoices(
            pause=stoppable and run.state is not RunState.PAUSED and not run.pause_requested,
            resume=run.state is RunState.PAUSED,
            cancel=stoppable,
        )
    if not newest or not newest[0].state.final:
        return NONE
    trial = run.order.trial_pages is not None
    later = list(takewhile(lambda other: other.id != run.id, newest))
    is_last = len(later) < len(newest) and all(other.order.trial_pages is not None for other in later)
    return RunChoices(
        retry=is_last and not trial and run.counters.pages_failed > 0,
        accept=is_last and run.state is RunState.QUARANTINED,
        again=True,
    )

"""How a run ended, as its document says it. Pure."""

from dataclasses import dataclass

from moisson_shared.contracts.broken_expectation import BrokenExpectation
from moisson_shared.contracts.run import RunState

_LONGEST_ERROR = 2000
"""Characters."""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The state to end in; `code` is a stable word and `error` one sentence, both None when all went well."""

    state: RunState
    code: str | None = None
    error: str | None = None
    broken: tuple[BrokenExpectation, ...] = ()
    """Of a run that is quarantined: what is not as expected."""

    @property
    def writes(self) -> bool:
        """Whether what was found becomes records."""
        return self.state in {RunState.DONE, RunState.CANCELLED}


DONE = RunOutcome(RunState.DONE)
CANCELLED = RunOutcome(
    RunState.CANCELLED, "cancelled", "The run was cancelled; what had been read until then was kept."
)
CANCELLING = RunOutcome(
    RunState.RESUMING, "cancelled", "The run was cancelled; it goes on only to keep what had been read until then."
)
PAUSED = RunOutcome(RunState.PAUSED, "paused-by-person", "The run was paused; it goes on where it was left.")
PUT_BACK = RunOutcome(RunState.RESUMING, "process-stopped", "The process that ran it stopped; another one goes on.")


def failed(code: str, why: str) -> RunOutcome:
    """The run has nothing to show."""
    return RunOutcome(RunState.FAILED, code, why)


def quarantined(broken: tuple[BrokenExpectation, ...]) -> RunOutcome:
    """The run broke what is expected of it."""
    why = " ".join(one.message for one in broken)
    return RunOutcome(RunState.QUARANTINED, "expectations", why[:_LONGEST_ERROR], broken)

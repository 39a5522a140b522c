"""How a run ended, as its document says it. Pure."""

from dataclasses import dataclass

from moisson_shared.contracts.run import RunState


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The final state; `error` is one sentence for people, None when all went well."""

    state: RunState
    error: str | None = None


DONE = RunOutcome(RunState.DONE)


def failed(why: str) -> RunOutcome:
    """The run has nothing to show."""
    return RunOutcome(RunState.FAILED, why)


def cancelled() -> RunOutcome:
    """Somebody asked for it."""
    return RunOutcome(RunState.CANCELLED, "The run was cancelled; what had been read until then was kept.")

"""How a run ended, as its document says it. Pure."""

from dataclasses import dataclass

from moisson_shared.contracts.run import RunState


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The final state; `error` is one sentence for people, None when all went well."""

    state: RunState
    error: str | None = None
    code: str | None = None
    """A stable word for the sentence."""


DONE = RunOutcome(RunState.DONE)


def failed(code: str, why: str) -> RunOutcome:
    """The run has nothing to show."""
    return RunOutcome(RunState.FAILED, why, code)


def cancelled() -> RunOutcome:
    """Somebody asked for it."""
    why = "The run was cancelled; what had been read until then was kept."
    return RunOutcome(RunState.CANCELLED, why, code="cancelled")

"""What happened in a run, in plain language."""

from typing import Literal

from moisson_shared.contracts.model import Contract, Count, Instant
from moisson_shared.contracts.plain_text import plain_line
from moisson_shared.contracts.run import Reason, RunCounters


class LogLine(Contract):
    """One thing that happened. People stand in messages by their subject ids."""

    at: Instant
    level: Literal["info", "warning", "error"]
    code: str
    """A stable word: `begun`, `paused-by-person`, `host-held`, `judged`; for reasons, theirs."""
    message: str
    figures: dict[str, str | int | float] = {}
    """What of the message is no fixed word, for those who say it in another language: a host, a state, an example."""
    counters: RunCounters | None = None
    """As they stood then."""


class LoggedRun(Contract):
    """The lines of a run in their order."""

    run_id: str
    lines: tuple[LogLine, ...]
    left_out: Count = 0
    """Lines in the middle that were not kept: the first and the last 500 are."""

    def text(self) -> str:
        """The same for people and for `grep`: one line each, in which nothing of a site's speaks to a terminal."""
        told = [
            f"{line.at.isoformat(timespec='seconds')} {line.level:7} {line.code}: {plain_line(line.message)}"
            + _counted(line)
            for line in self.lines
        ]
        if self.left_out:
            told.append(f"({self.left_out} lines in between were left out)")
        return "".join(f"{line}\n" for line in told)


class ErrorSample(Contract):
    """The first page of a class of errors, without its content. Without a status there was no answer."""

    address: str
    at: Instant
    answered_from: str | None = None
    status: int | None = None
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    size: Count = 0
    """Bytes of the whole page."""
    cut: bool = False
    """Only the first 200,000 bytes are kept."""


class RunError(Contract):
    """A class of pages that failed in a run."""

    reason: Reason
    page: ErrorSample | None = None
    """None where none was kept, or not any more."""


class RunErrors(Contract):
    """Why pages of a run failed, the most frequent class first."""

    run_id: str
    errors: tuple[RunError, ...]


def _counted(line: LogLine) -> str:
    if line.counters is None:
        return ""
    counters = line.counters
    return f" [{counters.pages_done} of {counters.pages_found} pages, {counters.items} items]"

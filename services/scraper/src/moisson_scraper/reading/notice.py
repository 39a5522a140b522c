"""What is to be counted and shown about a page or an item, and the error for a page that cannot be read at all."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that was skipped, replaced or odd. Notices of one code are counted together on the run."""

    code: str
    """A stable word: `nul-bytes`, `ragged-row`."""
    message: str
    """A sentence for people, the same for all notices of the code in a run."""
    sample: str = ""
    """Where: a page address, a row number."""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Dropped(Notice):
    """An item that gives no record."""


class Unreadable(Exception):
    """A page that gives nothing at all; the notice says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def notice(self, sample: str) -> Notice:
        """As something to count, with the page's address."""
        return Notice(self.code, self.message, sample)

"""One thing of a run that is not as its spider expects it, as a code with its figures."""

from moisson_shared.contracts.model import Contract


class BrokenExpectation(Contract):
    """What was found and what had been expected: numbers of records, or shares from 0 to 1 where `field` is named."""

    code: str
    """A stable word: `too-few-records`, `field-too-empty`, `field-emptier-than-usual`, …"""
    message: str
    """The same in one sentence."""
    field: str | None = None
    """The raw field, where it is about one."""
    found: float
    expected: float
    """What is stated by the spider, or the median of its last good runs."""

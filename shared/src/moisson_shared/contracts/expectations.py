"""What a healthy run looks like: stated by people, or learned from the last good runs."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from moisson_shared.contracts.model import Contract, Count
from moisson_shared.contracts.selecting import Pattern, RawFieldName

Share = Annotated[float, Field(ge=0, le=1)]


class Shape(StrEnum):
    """What values usually look like."""

    NUMBER = "number"
    DATE = "date"
    URL = "url"
    EMAIL = "email"


class ExpectedField(Contract):
    """Of one raw field, over all items of a run."""

    fill: Share = 0.0
    """The least share of items in which it is not empty."""
    shape: Shape | None = None
    pattern: Pattern | None = None
    """What every value that is not empty should match, in RE2's syntax."""
    matching: Share = 0.95
    """The least share of values that have the shape and match the pattern."""


class Expectations(Contract):
    """A run that breaks one of them is quarantined: what is known stays as it is until a person decides."""

    least_records: Count | None = None
    most_records: Count | None = None
    fields: dict[RawFieldName, ExpectedField] = {}
    learn: bool = True
    """Compare with a baseline of the last good runs too."""
    tolerance: Share = 0.5
    """How far a run may fall below the baseline: a share of its records, and of each field's fill rate."""

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if None not in (self.least_records, self.most_records) and self.least_records > self.most_records:  # type: ignore[operator]
            raise ValueError("`least_records` is more than `most_records`")
        return self

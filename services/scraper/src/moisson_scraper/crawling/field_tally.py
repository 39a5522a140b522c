"""How often each raw field was filled in a run, and how often with values of another shape than expected. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Self

from moisson_scraper.keeping.collections import RunField
from moisson_shared.contracts.model import JsonObject

MOST_FIELDS = 2000
"""More different names than any source has; what is beyond is not counted by field."""
IsOdd = Callable[[object], bool]
"""Whether a value that is not empty breaks what its field promises."""


class FieldTally:
    """Counts over all items of a run."""

    def __init__(self, odd: Mapping[str, IsOdd] | None = None) -> None:
        self._odd_value = dict(odd or {})
        self.items = 0
        self.filled: dict[str, int] = {}
        self.odd: dict[str, int] = {}
        self.values: dict[str, int] = {}
        """Of fields with a promise: how many values were looked at."""

    def add(self, values: JsonObject) -> None:
        """One item."""
        self.items += 1
        filled = self.filled
        for name, value in values.items():
            if is_empty(value):
                continue
            if name in filled:
                filled[name] += 1
            elif len(filled) < MOST_FIELDS:
                filled[name] = 1
        for name, is_odd in self._odd_value.items():
            self._look(name, values.get(name), is_odd)

    @classmethod
    def restored(cls, items: int, fields: Iterable[RunField]) -> Self:
        """From what is kept of a run."""
        tally = cls()
        tally.items = items
        for field in fields:
            tally.filled[field.name] = field.filled
            if field.values:
                tally.odd[field.name], tally.values[field.name] = field.odd, field.values
        return tally

    def listed(self) -> tuple[RunField, ...]:
        """As it is kept, by name."""
        return tuple(
            RunField(
                name=name,
                filled=self.filled.get(name, 0),
                odd=self.odd.get(name, 0),
                values=self.values.get(name, 0),
            )
            for name in sorted(self.filled.keys() | self.values.keys())
        )

    def _look(self, name: str, value: object, is_odd: IsOdd) -> None:
        for part in value if isinstance(value, list) else (value,):
            if not is_empty(part):
                self.values[name] = self.values.get(name, 0) + 1
                self.odd[name] = self.odd.get(name, 0) + is_odd(part)


def is_empty(value: object) -> bool:
    """Null, blank text, an empty list or object."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or value in ([], {})

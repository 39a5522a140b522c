"""What follows from the names in a row, whatever its values. The rows of one source have few shapes, so each shape is
looked into once and remembered. Knows the schema's fields and the lineage; nothing of records and projects."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from moisson_normalizer.field_types import TypedField
from moisson_normalizer.lineage import Lineage
from moisson_normalizer.raw_values import is_empty

_SHAPES = 512
"""How many are remembered at once."""

Names = tuple[str, ...]
Lines = dict[str, tuple[tuple[str, ...], tuple[int, ...]]]
"""By field: the raw fields that its value came from, and the steps. All rows of a shape share it: never change one."""

Origins = tuple[tuple[str, int, Lines], ...]
"""Where the values of a project come from: key and ordinal of each record that gave some, and which."""


class RowShapes:
    """The shapes of rows under one recipe."""

    def __init__(
        self,
        project_fields: Sequence[TypedField],
        place_fields: Sequence[TypedField],
        lineage: Mapping[str, Lineage],
        known_columns: frozenset[str],
    ) -> None:
        self._several = tuple(
            dict.fromkeys(raw for line in lineage.values() if len(line.raw_fields) > 1 for raw in line.raw_fields)
        )

        def wanted(names: Names) -> tuple[tuple[TypedField, ...], tuple[TypedField, ...]]:
            return (
                tuple(field for field in project_fields if field.name in names),
                tuple(field for field in place_fields if field.name in names),
            )

        def unknown(names: Names) -> Names:
            return tuple(name for name in names if name not in known_columns)

        def lines(fields: Names, present: Names) -> Lines:
            found: Lines = {}
            for name in fields:
                raw, steps = lineage[name]
                found[name] = (raw if len(raw) == 1 else tuple(each for each in raw if each in present), steps)
            return found

        self.wanted: Callable[[Names], tuple[tuple[TypedField, ...], tuple[TypedField, ...]]]
        self.wanted = lru_cache(_SHAPES)(wanted)
        """The fields of projects and those of places that a row with these names has something for."""
        self._unknown: Callable[[Names], Names] = lru_cache(_SHAPES)(unknown)
        self._lines: Callable[[Names, Names], Lines] = lru_cache(_SHAPES)(lines)

    def unused(self, raw: Mapping[str, Any]) -> list[str]:
        """Names of a raw record with a value that the recipe neither reads nor ignores."""
        return [name for name in self._unknown(tuple(raw)) if not is_empty(raw[name])]

    def lines(self, fields: Names, raw: Mapping[str, Any]) -> Lines:
        """Where the values of these fields come from in this raw record; of several raw fields, those with a value."""
        return self._lines(fields, tuple([name for name in self._several if not is_empty(raw.get(name))]))

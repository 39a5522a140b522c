"""Which raw fields and steps stand behind each field of the row: known from the recipe alone, before any record."""

from collections.abc import Sequence
from typing import NamedTuple

from moisson_normalizer.rows import CompiledStep

POINT = "point"
"""The name of a place's coordinates in provenance; the schema reserves it."""


class Lineage(NamedTuple):
    """Raw fields that may have given the value, and the steps on its way."""

    raw_fields: tuple[str, ...]
    steps: tuple[int, ...]


def trace_lineage(steps: Sequence[CompiledStep], wanted: Sequence[str]) -> dict[str, Lineage]:
    """The lineage of each wanted field at the end of the recipe; of a field that no step writes, itself."""
    known: dict[str, Lineage] = {}
    everywhere: list[int] = []

    def of(column: str) -> Lineage:
        return known.get(column) or Lineage((column,), tuple(everywhere))

    for index, step in enumerate(steps):
        if step.reads is None:
            everywhere.append(index)
            known = {name: Lineage(line.raw_fields, (*line.steps, index)) for name, line in known.items()}
            continue
        targets = (*step.writes, POINT) if step.point else step.writes
        before = {column: of(column) for column in step.reads}
        for target in targets:
            sources = [line for column, line in before.items() if not step.flows or (column, target) in step.flows]
            lines = [known[target], *sources] if target in known else sources
            raw = dict.fromkeys(field for line in lines for field in line.raw_fields)
            passed = sorted({index, *(place for line in lines for place in line.steps)})
            known[target] = Lineage(tuple(raw), tuple(passed))
    found = {name: of(name) for name in wanted}
    if POINT in known:
        found[POINT] = known[POINT]
    return found


def columns_read(steps: Sequence[CompiledStep]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The names that steps read, and those of them that must come from the raw record: no earlier step writes them."""
    read: set[str] = set()
    raw: dict[str, None] = {}
    written: set[str] = set()
    for step in steps:
        for column in step.reads or ():
            read.add(column)
            if column not in written:
                raw[column] = None
        written.update(step.writes)
    return frozenset(read), tuple(raw)

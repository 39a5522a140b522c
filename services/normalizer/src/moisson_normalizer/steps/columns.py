"""Steps that move values between fields: rename, constant, split, join, coalesce, collect. They refuse nothing but
objects where a text is needed."""

import re
from typing import Any

from moisson_normalizer.raw_values import as_text, flattened, is_empty
from moisson_normalizer.rows import NOT_A_TEXT, CompiledStep, Row, RowReject, mapped, without_repetitions
from moisson_shared.contracts.recipe import Coalesce, Collect, Constant, Join, Rename, Split


def compile_rename(step: Rename, index: int) -> CompiledStep:
    """All fields are read before any is written, so two may change places."""
    pairs = tuple(step.columns.items())

    def run(row: Row) -> None:
        values = row.values
        values.update([(new, values[old]) for old, new in pairs if not is_empty(values.get(old))])

    return CompiledStep(run=run, reads=tuple(step.columns), writes=tuple(step.columns.values()), flows=pairs)


def compile_constant(step: Constant, index: int) -> CompiledStep:
    """The value is the steward's own, so it is written as it stands; an empty one is nothing."""
    value: Any = list(step.value) if isinstance(step.value, tuple) else step.value
    nothing = is_empty(value)
    several = isinstance(value, list)

    def run(row: Row) -> None:
        if not nothing:
            row.values[step.to] = list(value) if several else value

    return CompiledStep(run=run, reads=(), writes=(step.to,))


def compile_split(step: Split, index: int) -> CompiledStep:
    """Parts lose the white space around them; empty parts are left out."""
    separator = step.separator
    characters = re.compile("[" + re.escape(separator) + "]") if step.any_character and len(separator) > 1 else None

    def convert(text: str) -> tuple[str, ...] | None:
        parts = text.split(separator) if characters is None else characters.split(text)
        return tuple([part for part in map(str.strip, parts) if part]) or None

    return mapped(index, step.column, step.to, convert)


def compile_join(step: Join, index: int) -> CompiledStep:
    """Lists are joined by the same separator."""

    def run(row: Row) -> None:
        parts: list[str] = []
        for column in step.columns:
            for value in flattened(row.values.get(column)):
                text = as_text(value)
                if text is None:
                    row.rejects.append(RowReject(index, column, value, NOT_A_TEXT))
                else:
                    parts.append(text.strip())
        if parts:
            row.values[step.to] = step.separator.join(parts)

    return CompiledStep(run=run, reads=step.columns, writes=(step.to,))


def compile_coalesce(step: Coalesce, index: int) -> CompiledStep:
    """The first field that has a value, list or not, as it stands."""

    def run(row: Row) -> None:
        values = row.values
        for column in step.columns:
            value = values.get(column)
            if not is_empty(value):
                values[step.to] = value
                return

    return CompiledStep(run=run, reads=step.columns, writes=(step.to,))


def compile_collect(step: Collect, index: int) -> CompiledStep:
    """Lists among the fields are opened."""

    def run(row: Row) -> None:
        values = row.values
        kept = [value for column in step.columns for value in flattened(values.get(column))]
        if kept:
            values[step.to] = without_repetitions(kept)

    return CompiledStep(run=run, reads=step.columns, writes=(step.to,))

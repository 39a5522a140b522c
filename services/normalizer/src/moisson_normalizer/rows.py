"""The row that a recipe works on, and what its steps are made of: closures over rows, built once per recipe."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from moisson_normalizer.raw_values import as_text, is_empty


class RawRow(Protocol):
    """What of a raw record a recipe may know."""

    @property
    def key(self) -> str: ...
    @property
    def ordinal(self) -> int: ...
    @property
    def url(self) -> str | None: ...
    @property
    def values(self) -> dict[str, Any]: ...


class Refusal(NamedTuple):
    """Why a value could not become what it should: a stable code, and a sentence for people."""

    code: str
    message: str


class RowReject(NamedTuple):
    """A refusal at its place; `step` is None where the schema refused."""

    step: int | None
    field: str
    value: object
    refusal: Refusal
    whole: bool = False
    warning: bool = False
    """Nothing was lost; see `Reject`."""


class Row:
    """One raw record on its way. `values` is a copy that steps write to; the raw record itself never changes."""

    __slots__ = ("point", "rejects", "values")

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values
        self.point: tuple[float, float] | None = None
        """Latitude and longitude, in degrees (WGS 84)."""
        self.rejects: list[RowReject] = []


Program = Callable[[Row], None]
"""A compiled step."""

Convert = Callable[[str], Any]
"""A text to its value, a tuple of values, a `Refusal`, or None for nothing."""

Native = Callable[[object], Any]
"""The same for a value that the source gives as something else than text."""

NOT_A_TEXT = Refusal("not-a-text", "an object stands here: name the field inside it in the spider's selectors")


@dataclass(frozen=True, slots=True)
class CompiledStep:
    """A step ready to run. `reads` None means all fields; such a step does not count as having used any."""

    run: Program
    reads: tuple[str, ...] | None
    writes: tuple[str, ...]
    point: bool = False
    flows: tuple[tuple[str, str], ...] = ()
    """Field by field (from, to) where not everything that is read flows into everything that is written."""


def convert_one(index: int, column: str, value: object, convert: Convert, row: Row, native: Native | None) -> Any:
    """One element through `convert`; None where it says nothing or is refused (and then noted as a reject)."""
    if is_empty(value):
        return None
    if isinstance(value, str):
        result = convert(value)
    elif native is not None:
        result = native(value)
    else:
        text = as_text(value)
        result = NOT_A_TEXT if text is None else convert(text)
    if type(result) is Refusal:
        row.rejects.append(RowReject(index, column, value, result))
        return None
    return result


def mapped(index: int, column: str, to: str | None, convert: Convert, native: Native | None = None) -> CompiledStep:
    """A step that turns each element of one field into something else, in place or under another name.

    What is no text goes through `native`, or without it becomes a text first.
    """
    target = to or column
    in_place = target == column

    def run(row: Row) -> None:
        value = row.values.get(column)
        if value is None:
            return
        result: Any
        if type(value) is str:
            result = convert(value) if value and not value.isspace() else None
            if type(result) is Refusal:
                row.rejects.append(RowReject(index, column, value, result))
                result = None
        elif isinstance(value, list | tuple):
            result = gathered(convert_one(index, column, element, convert, row, native) for element in value) or None
        else:
            result = convert_one(index, column, value, convert, row, native)
        if result is not None:
            row.values[target] = list(result) if isinstance(result, tuple) else result
        elif in_place:
            del row.values[column]

    return CompiledStep(run=run, reads=(column,), writes=(target,))


def gathered(results: Any) -> list[Any]:
    """Results of elements as one list, in order: several results of one element one after the other."""
    kept: list[Any] = []
    for result in results:
        if isinstance(result, tuple):
            kept.extend(result)
        elif result is not None:
            kept.append(result)
    return kept


def without_repetitions(values: Sequence[Any]) -> list[Any]:
    """In order of first appearance; `True` and `1` are two values."""
    if len(values) < 2 or _all_different(values):
        return list(values)
    seen: set[tuple[type, Any]] = set()
    kept: list[Any] = []
    for value in values:
        mark = (type(value), value if not isinstance(value, dict | list) else repr(value))
        if mark not in seen:
            seen.add(mark)
            kept.append(value)
    return kept


def _all_different(values: Sequence[Any]) -> bool:
    try:
        return len(set(values)) == len(values)
    except TypeError:  # objects and lists have no hash
        return False

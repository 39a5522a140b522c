"""Numbers as French and English write them."""

import math
import re
from collections.abc import Callable

from moisson_normalizer.raw_values import remembered
from moisson_normalizer.rows import CompiledStep, Refusal, mapped
from moisson_shared.contracts.recipe import ParseNumber

LARGEST_EXACT = 2**53
"""Beyond it a whole JSON number is no longer exact everywhere."""
_TOO_LARGE = Refusal("number-too-large", "the number is too large to be kept exactly")
_NOT_WHOLE = Refusal("not-whole", "a whole number is needed here")


def compile_number(step: ParseNumber, index: int) -> CompiledStep:
    """Refuses what is no number as stated. What is a number in the source (JSON, a sheet) needs no reading."""
    no_number = Refusal("not-a-number", f"not a number with {step.decimal!r} as decimal sign")

    def native(value: object) -> int | float | Refusal:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return no_number
        return checked_number(value, integer=step.integer)

    return mapped(index, step.column, step.to, number_parser(step.decimal, integer=step.integer), native)


def number_parser(decimal: str, *, integer: bool = False) -> Callable[[str], int | float | Refusal]:
    """A function from a text to a number, remembering the last ones."""
    pattern = re.compile(
        rf"([+\-−]?)(\d{{1,3}}(?:\s\d{{3}})+|\d{{1,40}})(?:{re.escape(decimal)}(\d{{1,40}}))?", re.ASCII
    )
    no_number = Refusal("not-a-number", f"not a number with {decimal!r} as decimal sign")

    @remembered
    def parse(text: str) -> int | float | Refusal:
        found = pattern.fullmatch(" ".join(text[:200].split()))
        if found is None:
            return no_number
        sign, whole, fraction = found.groups()
        digits = whole.replace(" ", "")
        value: int | float = float(f"{digits}.{fraction}") if fraction else int(digits)
        return checked_number(-value if sign in {"-", "−"} else value, integer=integer)

    return parse


def checked_number(value: float, *, integer: bool) -> int | float | Refusal:
    """The number, whole where it must be; refused where it would be changed by keeping it."""
    whole = float(value).is_integer()
    if not math.isfinite(value) or (whole and abs(value) > LARGEST_EXACT):
        return _TOO_LARGE
    if not integer:
        return value
    return int(value) if whole else _NOT_WHOLE

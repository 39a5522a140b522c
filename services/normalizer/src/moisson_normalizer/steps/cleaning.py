"""Steps that clean values in place: trim, null tokens, pad. They refuse nothing."""

from typing import Any

from moisson_normalizer.raw_values import as_text, collapsed, is_empty
from moisson_normalizer.rows import CompiledStep, Row, mapped
from moisson_shared.contracts.recipe import NullTokens, Pad, Trim


def compile_trim(step: Trim, index: int) -> CompiledStep:
    """Texts only; what is blank afterwards is nothing."""
    chosen = step.columns

    def run(row: Row) -> None:
        values = row.values
        for column, value in _chosen(values, chosen):
            if type(value) is str:
                values[column] = collapsed(value)
            elif isinstance(value, list):
                values[column] = [collapsed(element) if isinstance(element, str) else element for element in value]

    return CompiledStep(run=run, reads=chosen or None, writes=chosen, flows=tuple(zip(chosen, chosen, strict=True)))


def compile_null_tokens(step: NullTokens, index: int) -> CompiledStep:
    """A field whose value is such a word is removed; in a list only the element is."""
    chosen = step.columns
    tokens = frozenset(collapsed(token).casefold() for token in step.tokens)
    of_words = any(" " in token for token in tokens)
    longest = max(map(len, tokens))

    def means_nothing(value: object) -> bool:
        text = value if isinstance(value, str) else as_text(value)
        if text is None:
            return False
        text = text.strip()
        if len(text) > longest and not of_words:
            return False
        return (collapsed(text) if of_words or not text.isascii() else text).casefold() in tokens

    def run(row: Row) -> None:
        values = row.values
        for column, value in _chosen(values, chosen):
            if not value:
                continue
            if type(value) is str and not of_words and len(value.strip()) > longest:
                continue
            if isinstance(value, list):
                values[column] = [element for element in value if is_empty(element) or not means_nothing(element)]
            elif means_nothing(value):
                values.pop(column, None)

    return CompiledStep(run=run, reads=chosen or None, writes=chosen, flows=tuple(zip(chosen, chosen, strict=True)))


def compile_pad(step: Pad, index: int) -> CompiledStep:
    """Only ASCII digits count as digits: a full-width one is left as it is."""

    def convert(text: str) -> Any:
        digits = text.strip()
        if digits.isascii() and digits.isdigit() and len(digits) < step.width:
            return digits.rjust(step.width, step.fill)
        return text

    return mapped(index, step.column, step.to, convert)


def _chosen(values: dict[str, Any], columns: tuple[str, ...]) -> list[tuple[str, Any]]:
    """The fields that a step is about, all of them where it names none."""
    return [(column, values.get(column)) for column in columns] if columns else [*values.items()]

"""Targets chosen by the terms that a text contains."""

from functools import lru_cache

from moisson_normalizer.raw_values import as_text, flattened, folded
from moisson_normalizer.rows import CompiledStep, Row
from moisson_shared.contracts.recipe import Terms


def compile_terms(step: Terms, index: int) -> CompiledStep:
    """Refuses nothing: a text without any of the terms gives no target."""
    rules = tuple(
        (rule.columns, tuple(dict.fromkeys(folded(term) for term in rule.terms)), rule.target) for rule in step.rules
    )
    columns = tuple(dict.fromkeys(column for names, _, _ in rules for column in names))

    def run(row: Row) -> None:
        texts = {column: text for column in columns if (text := _words(row.values.get(column)))}
        targets = {
            target: None
            for names, terms, target in rules
            if not terms or _says_one(terms, [texts[name] for name in names if name in texts])
        }
        if targets:
            row.values[step.to] = list(targets)

    return CompiledStep(run=run, reads=columns, writes=(step.to,))


def _says_one(terms: tuple[str, ...], texts: list[str]) -> bool:
    for text in texts:
        for term in terms:
            if term in text:
                return True
    return False


# A recipe often has several such steps on the same fields: the texts of the row are folded once for all of them.
_folded = lru_cache(maxsize=16)(folded)


def _words(value: object) -> str:
    """The folded text of a value; elements of a list stay apart, so that no term is found across two of them."""
    if type(value) is str:
        return _folded(value)
    return "\n".join(_folded(text) for element in flattened(value) if (text := as_text(element)) is not None)

"""Targets chosen by the terms that a text contains."""

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
            if not terms or any(term in texts[name] for name in names if name in texts for term in terms)
        }
        if targets:
            row.values[step.to] = list(targets)

    return CompiledStep(run=run, reads=columns, writes=(step.to,))


def _words(value: object) -> str:
    """The folded text of a value; elements of a list stay apart, so that no term is found across two of them."""
    if type(value) is str:
        return folded(value)
    return "\n".join(folded(text) for element in flattened(value) if (text := as_text(element)) is not None)

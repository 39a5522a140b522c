"""What a recipe says itself and what can never hold: values that a field of the schema cannot take, terms that are
looked for nowhere or stand everywhere. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from moisson_normalizer.field_types import TypedField
from moisson_normalizer.raw_values import flattened, folded
from moisson_normalizer.rows import CompiledStep, Refusal
from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.recipe import Constant, NullTokens, Step, Terms


def impossible_values(
    steps: Sequence[Step], compiled: Sequence[CompiledStep], fields: Mapping[str, TypedField]
) -> Iterator[Fault]:
    """Every such place, as JSON pointers into the recipe.

    `compiled` are the same steps, one for one. A value that a later step reads is working material, and not judged.
    """
    for index, step in enumerate(steps):
        if isinstance(step, Terms):
            yield from _pointless_terms(step, index)
        if not isinstance(step, Constant | Terms) or step.to not in fields or _goes_on(step.to, index, steps, compiled):
            continue
        written = (
            [("value", step.value)]
            if isinstance(step, Constant)
            else [(f"rules/{place}/target", rule.target) for place, rule in enumerate(step.rules)]
        )
        for place, value in written:
            for refusal in filter(None, (_refused(fields[step.to], one) for one in flattened(value))):
                yield Fault(f"/steps/{index}/{place}", f"{step.to!r} cannot take this: {refusal.message}")


def _pointless_terms(step: Terms, index: int) -> Iterator[Fault]:
    for place, rule in enumerate(step.rules):
        if rule.terms and not rule.columns:
            message = "name the fields in which the terms are looked for; without terms the target always applies"
            yield Fault(f"/steps/{index}/rules/{place}/columns", message)
        for number, term in enumerate(rule.terms):
            if not folded(term):
                message = "this stands in every text; leave all terms out for a target that always applies"
                yield Fault(f"/steps/{index}/rules/{place}/terms/{number}", message)


def _goes_on(column: str, index: int, steps: Sequence[Step], compiled: Sequence[CompiledStep]) -> bool:
    """Whether a later step makes something else of the column."""
    return any(
        column in (later.reads or ()) or (later.reads is None and isinstance(step, NullTokens))
        for step, later in zip(steps[index + 1 :], compiled[index + 1 :], strict=True)
    )


def _refused(field: TypedField, value: object) -> Refusal | None:
    result = field.convert(value)
    return result if isinstance(result, Refusal) else None

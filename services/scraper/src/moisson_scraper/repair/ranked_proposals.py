"""What all proposals have in common: how sure one must be, and in which order they are shown. Pure."""

from collections.abc import Iterable, Sequence

from moisson_shared.contracts.run_repair import Proposal
from moisson_shared.contracts.selecting import HtmlField, JsonPath

MOST_PROPOSALS = 3
LEAST_LIKENESS = 0.35


def proposed(
    found: HtmlField | JsonPath, likeness: float, filled: int, of: int, samples: Sequence[str]
) -> Proposal | None:
    """One way to find again what is lost: how like it is what this finds, in how many places, and examples.

    None where it is not like it.
    """
    confidence = round(min(1.0, likeness), 3)
    if confidence < LEAST_LIKENESS:
        return None
    selector, path = (found, None) if isinstance(found, HtmlField) else (None, found)
    return Proposal(
        selector=selector, path=path, confidence=confidence, filled=filled, of=of, samples=tuple(samples)[:5]
    )


def ranked(found: Iterable[Proposal | None]) -> list[Proposal]:
    """The best first; of two that are as good, the one that is shorter to read."""

    def order(one: Proposal) -> tuple[float, int, str]:
        expression = one.selector.expression if one.selector is not None else one.path or ""
        return -one.confidence, len(expression), expression

    return sorted((one for one in found if one is not None), key=order)

"""Concepts with codes and labels per language. A concept's identity is scheme, level and code."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from moisson_shared.contracts.misplaced import Misplaced
from moisson_shared.contracts.model import Contract, LocalizedText, Slug

Code = Annotated[str, Field(min_length=1, max_length=200)]


class ConceptRef(Contract):
    """A concept inside one taxonomy: the same code may stand on two levels and mean two things."""

    level: Slug
    code: Code


class Concept(ConceptRef):
    """One concept: what it is called, its other spellings, and the broader concepts it belongs to."""

    labels: LocalizedText
    alternative_labels: tuple[str, ...] = ()
    broader: tuple[ConceptRef, ...] = ()

    @property
    def ref(self) -> ConceptRef:
        return ConceptRef(level=self.level, code=self.code)


class TaxonomyLevel(Contract):
    """One level, from the broadest: `themes`, then `sub-themes`."""

    id: Slug
    labels: LocalizedText


class Taxonomy(Contract):
    """A scheme of concepts. Loading refuses double concepts, unknown broader ones and cycles."""

    id: Slug
    labels: LocalizedText
    levels: Annotated[tuple[TaxonomyLevel, ...], Field(min_length=1)]
    concepts: tuple[Concept, ...]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        levels: set[str] = set()
        for place, level in enumerate(self.levels):
            if level.id in levels:
                raise Misplaced("two levels have the same id", "levels", place, "id")
            levels.add(level.id)
        broader: dict[ConceptRef, tuple[ConceptRef, ...]] = {}
        for place, concept in enumerate(self.concepts):
            if concept.level not in levels:
                raise Misplaced(f"no level {concept.level!r} in this taxonomy", "concepts", place, "level")
            if concept.ref in broader:
                message = f"{concept.code!r} is there twice on {concept.level!r}"
                raise Misplaced(message, "concepts", place, "code")
            broader[concept.ref] = concept.broader
        for place, concept in enumerate(self.concepts):
            for number, ref in enumerate(concept.broader):
                if ref not in broader:
                    message = f"no concept {ref.code!r} on {ref.level!r}"
                    raise Misplaced(message, "concepts", place, "broader", number)
        if cycle := _first_cycle(broader):
            message = "the broader concepts go in a circle: " + " > ".join(ref.code for ref in cycle)
            raise Misplaced(message, "concepts", list(broader).index(cycle[0]), "broader")
        return self

    def of_level(self, level: str) -> dict[str, Concept]:
        """The concepts of one level by their codes, in the taxonomy's order."""
        return {concept.code: concept for concept in self.concepts if concept.level == level}


def _first_cycle(broader: dict[ConceptRef, tuple[ConceptRef, ...]]) -> list[ConceptRef]:
    """The first circle in the graph, as the path that closes it; empty where there is none."""
    safe: set[ConceptRef] = set()
    for start in broader:
        path: list[ConceptRef] = []
        stack = [(start, iter(broader[start]))] if start not in safe else []
        if stack:
            path.append(start)
        while stack:
            here, others = stack[-1]
            following = next(others, None)
            if following is None:
                safe.add(here)
                path.pop()
                stack.pop()
            elif following in path:
                return [*path[path.index(following) :], following]
            elif following not in safe:
                path.append(following)
                stack.append((following, iter(broader[following])))
    return []

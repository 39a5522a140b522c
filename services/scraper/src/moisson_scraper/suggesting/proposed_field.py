"""A field that is proposed: how it is taken, and why; and the list that keeps their names apart."""

from dataclasses import dataclass, field, replace

from moisson_shared.contracts.selecting import HtmlField


@dataclass(frozen=True, slots=True)
class ProposedField:
    """`evidence` is the confidence that it would deserve if every item had it."""

    name: str
    field: HtmlField
    evidence: float
    why: str


@dataclass(slots=True)
class FieldList:
    """Fields under names of their own, in order."""

    found: list[ProposedField] = field(default_factory=list)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(known.name for known in self.found)

    def add(self, proposed: ProposedField) -> None:
        """Takes it in; a name that is taken gets a number, and a second description is the text."""
        name, number = proposed.name, 1
        if name == "description" and name in self.names:
            name = "texte"
        first = name
        while name in self.names:
            number += 1
            name = f"{first} {number}"
        self.found.append(replace(proposed, name=name))

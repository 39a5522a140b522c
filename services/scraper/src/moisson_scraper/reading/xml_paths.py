"""Paths to the records of an XML document: element names, `/liste/projet`, `//projet`, `/export/*/fiche`."""

import re
from dataclasses import dataclass

_STEP = re.compile(r"(//|/)([^/\s\[\]@()|'\"=<>&]+)")
MOST_STEPS = 30


class XmlPathRefused(ValueError):
    """A path that cannot be used; `str()` says why."""


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    """Local, `*` for any."""
    anywhere: bool
    """Below, at any depth, and not just as a child."""


class XmlPath:
    """A path, followed from element to element. A state is a set of steps as bits; `START` is that of the document."""

    START = 1

    def __init__(self, expression: str) -> None:
        """Raises `XmlPathRefused`."""
        steps: list[_Step] = []
        position = 0
        while found := _STEP.match(expression, position):
            # Namespaces are left aside: prefixes are the document's own affair and change from one to the next.
            steps.append(_Step(found[2].rpartition(":")[2], found[1] == "//"))
            position = found.end()
        if not steps or position != len(expression) or len(steps) > MOST_STEPS or not all(step.name for step in steps):
            raise XmlPathRefused(
                f"{expression!r} is no path of element names: write /liste/projet, //projet, or * for any name."
            )
        self.expression = expression
        self._steps = tuple(steps)

    def below(self, state: int, name: str) -> int:
        """The state inside a child of that local name."""
        found = 0
        for number, step in enumerate(self._steps):
            if state >> number & 1:
                if step.name in {"*", name}:
                    found |= 1 << (number + 1)
                if step.anywhere:
                    found |= 1 << number
        return found

    def ends(self, state: int) -> bool:
        """Whether an element of this state is a record."""
        return bool(state >> len(self._steps) & 1)

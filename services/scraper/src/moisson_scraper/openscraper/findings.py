"""What a conversion found: faults that stand in its way, and notes of what was changed or left out."""

from dataclasses import dataclass, field

from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.faults import json_pointer
from moisson_shared.contracts.model import Contract

Place = tuple[str | int, ...]
"""Where in what was sent."""


class Note(Contract):
    """Something that is not as it was, and why. `code` is stable."""

    code: str
    pointer: str
    """Into what was sent (RFC 6901)."""
    message: str


@dataclass
class Findings:
    """Collected on the way through one document."""

    faults: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def fault(self, place: Place, message: str) -> None:
        """Something without which there is no spider; the same is said once."""
        found = Fault(json_pointer(place), message)
        if found not in self.faults:
            self.faults.append(found)

    def note(self, code: str, place: Place, message: str) -> None:
        """Something that its owner should know."""
        found = Note(code=code, pointer=json_pointer(place), message=message)
        if found not in self.notes:
            self.notes.append(found)

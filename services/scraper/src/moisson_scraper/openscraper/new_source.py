"""A source under construction: its document, and from where in the old one each part of it came."""

from moisson_scraper.openscraper.findings import Findings, Place
from moisson_scraper.openscraper.old_fields import Taken
from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.faults import json_pointer
from moisson_shared.contracts.model import JsonObject


class NewSource:
    """Parts are put in by their path; a fault found in the whole is told where its part stood before."""

    def __init__(self, document: JsonObject) -> None:
        self.document = document
        self._origins: dict[str, Place] = {}

    def put(self, path: Place, value: object, origin: Place) -> None:
        """A part, and where it came from. What is on the way to it is made."""
        here = self.document
        for step in path[:-1]:
            here = here.setdefault(str(step), {})
        here[str(path[-1])] = value
        self._origins[json_pointer(("source", *path))] = origin

    def put_fields(self, path: Place, fields: dict[str, Taken]) -> None:
        """Fields under their names."""
        for name, taken in fields.items():
            self.put((*path, name), taken.value, taken.where)

    def came_from(self, path: Place, origin: Place) -> None:
        """Says where a part came from that is in already."""
        self._origins[json_pointer(("source", *path))] = origin

    def tell(self, fault: Fault, findings: Findings, otherwise: Place) -> None:
        """The fault, at its place in the old document."""
        pointer = fault.pointer
        while pointer and pointer not in self._origins:
            pointer = pointer.rpartition("/")[0]
        findings.fault(self._origins.get(pointer, otherwise), fault.message)

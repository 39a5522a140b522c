"""Reading OpenScraper's documents: values have whatever type a form gave them, and nothing in them is overlooked."""

from collections.abc import Mapping

from moisson_scraper.openscraper.findings import Findings, Place

_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0", ""})


class OldSection:
    """One object of an old document. What nobody asked it for is noted at the end."""

    def __init__(self, given: object, place: Place, findings: Findings) -> None:
        self._given: Mapping[str, object] = {}
        self._place = place
        self._findings = findings
        self._asked: set[str] = set()
        if isinstance(given, Mapping):
            self._given = {str(name): value for name, value in given.items()}
        elif given is not None:
            findings.fault(place, "an object is expected here")

    def place(self, name: str) -> Place:
        """Where a value of this section stands."""
        return (*self._place, name)

    def has(self, name: str) -> bool:
        """Whether it is there at all; it counts as asked for."""
        self._asked.add(name)
        return self._given.get(name) is not None

    def section(self, name: str) -> "OldSection":
        """An object inside; an empty one where there is none."""
        self._asked.add(name)
        return OldSection(self._given.get(name), self.place(name), self._findings)

    def names(self) -> tuple[str, ...]:
        """The keys, in their order."""
        return tuple(self._given)

    def text(self, name: str) -> str:
        """A text without the blanks around it; empty where there is none."""
        self._asked.add(name)
        value = self._given.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self._findings.fault(self.place(name), "a text is expected here")
            return ""
        return value.strip()

    def flag(self, name: str) -> bool:
        """A truth value, as JSON or as a form's word."""
        self._asked.add(name)
        value = self._given.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        word = str(value).strip().lower()
        if word not in _YES | _NO:
            self._findings.fault(self.place(name), "true or false is expected here")
        return word in _YES

    def number(self, name: str) -> float | None:
        """A finite number, as JSON or as text; None where there is none."""
        self._asked.add(name)
        value = self._given.get(name)
        if value is None or value == "":
            return None
        try:
            number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
        except (ValueError, OverflowError):
            number = None
        if number is None or not abs(number) < 1e15:
            self._findings.fault(self.place(name), "a number is expected here")
            return None
        return number

    def texts(self, name: str) -> list[tuple[Place, str]]:
        """A list of texts, each with its place; one text counts as the only one. Blank ones are left out."""
        self._asked.add(name)
        value = self._given.get(name)
        if value is None:
            return []
        if isinstance(value, str):
            return [(self.place(name), part) for part in value.split()]
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            self._findings.fault(self.place(name), "a list of texts is expected here")
            return []
        return [((*self.place(name), number), part.strip()) for number, part in enumerate(value) if part.strip()]

    def note_the_rest(self) -> None:
        """One note for each key that nobody asked for."""
        for name in self._given:
            if name not in self._asked:
                self._findings.note(
                    "unknown-key", self.place(name), "OpenScraper has no such setting; it was left out."
                )

"""A catalogue of texts in one language, and numbers, dates and sizes as its readers write them.

Texts never hold markup, and values are put in before templates escape: what a partner wrote stays text.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

LANGUAGES = ("fr", "en")
_NARROW = "\u202f"  # between thousands in French (Imprimerie nationale)
_ISO_DATE = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class Wording:
    """The catalogue of one language. Calling it with a key gives the text."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key`; a key that is not in the catalogue is a programming error (KeyError)."""
        return self.texts[key].format(**{name: self._value(value) for name, value in values.items()})

    def plural(self, key: str, count: int, **values: object) -> str:
        """The text of `key.zero` where there is one, `key.one` or `key.other`. French has 0 in the singular (CLDR)."""
        form = "one" if count == 1 or (count == 0 and self.language == "fr") else "other"
        if count == 0 and f"{key}.zero" in self.texts:
            form = "zero"
        return self(f"{key}.{form}", count=count, **values)

    def forms(self, key: str) -> dict[str, str]:
        """The forms of a plural as they are, by their names (CLDR), for a script that counts in the browser."""
        return {form: self.texts[f"{key}.{form}"] for form in ("zero", "one", "other")}

    def has(self, key: str) -> bool:
        """Whether the catalogue holds `key`: for codes of other services, which may be newer than we are."""
        return key in self.texts

    def number(self, value: float) -> str:
        """With thousands apart and at most three decimals: `1 234,5` or `1,234.5`."""
        if not math.isfinite(value):
            return "–"
        plain = f"{value:,}" if isinstance(value, int) else f"{value:,.3f}".rstrip("0").rstrip(".")
        if self.language == "fr":
            return plain.replace(",", _NARROW).replace(".", ",")
        return plain

    def share(self, value: float) -> str:
        """A share of 1 in per cent: `12 %` or `12%`."""
        number = self.number(round(value * 100, 1))
        return f"{number}{_NARROW}%" if self.language == "fr" else f"{number}%"

    def date(self, value: str) -> str:
        """An ISO 8601 date as precise as it is: `2016`, `mai 2016`, `17 mai 2016`; what is no date stays as it is."""
        if (found := _ISO_DATE.match(value)) is None:
            return value
        year, month, day = found.groups()
        if month is None:
            return year
        if not 1 <= int(month) <= 12:
            return value
        name = self(f"month.{int(month)}")
        if day is None:
            return f"{name} {year}"
        first = "1er" if self.language == "fr" and int(day) == 1 else str(int(day))
        return f"{first} {name} {year}"

    def moment(self, value: datetime) -> str:
        """A moment to the minute, in UTC, and saying so."""
        there = value.astimezone(UTC)
        return self("moment", date=self.date(there.date().isoformat()), time=there.strftime("%H:%M"))

    def seconds(self, value: float) -> str:
        """A duration for people: `4 s`, `3 min 20 s`, `2 h 05 min`."""
        whole = round(value)
        if whole < 60:
            return f"{self.number(round(value, 1))}\u00a0s"
        if whole < 3600:
            return f"{whole // 60}\u00a0min {whole % 60:02}\u00a0s"
        return f"{whole // 3600}\u00a0h {whole % 3600 // 60:02}\u00a0min"

    def size(self, number: float) -> str:
        """Bytes for people, in powers of a thousand."""
        for unit in ("size.bytes", "size.kilo", "size.mega"):
            if number < 1000:
                return f"{self.number(round(number, 1) if unit != 'size.bytes' else int(number))}\u00a0{self(unit)}"
            number /= 1000
        return f"{self.number(round(number, 1))}\u00a0{self('size.giga')}"

    def _value(self, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        return self.number(value)


def load_wordings() -> dict[str, Wording]:
    """Every catalogue of the package, by its language: its own file, what stands in both languages side by side (a file
    for each group of screens), and the sentences of the services' codes."""
    folder = files("moisson_viz_gateway") / "wording"
    codes = json.loads((folder / "codes.json").read_text(encoding="utf-8"))
    screens: dict[str, dict[str, str]] = {}
    for screen in (folder / "screens").iterdir():
        screens |= json.loads(screen.read_text(encoding="utf-8"))
    return {
        language: Wording(
            language,
            json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
            | {key: both[language] for key, both in screens.items()}
            | {f"{kind}.{code}": both[language] for kind, known in codes.items() for code, both in known.items()},
        )
        for language in LANGUAGES
    }


def preferred_language(accepted: str, offered: tuple[str, ...]) -> str:
    """The offered language that an Accept-Language header likes best (RFC 9110, 12.5.4); else the first offered."""
    best, best_weight = offered[0], 0.0
    for part in accepted.split(","):
        tag, _, parameter = part.strip().partition(";")
        name, _, number = parameter.strip().partition("=")
        try:
            weight = float(number) if name == "q" else 1.0
        except ValueError:
            continue
        language = tag.strip().lower().split("-")[0]
        if language in offered and weight > best_weight:
            best, best_weight = language, weight
    return best

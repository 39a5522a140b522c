"""Dates to ISO 8601, as precise as they are known. Formats are those of strptime, but for what a date cannot need;
names of months and days are French or English, whatever the locale of the machine."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime

from moisson_normalizer.raw_values import folded, remembered
from moisson_normalizer.rows import CompiledStep, Refusal, mapped
from moisson_shared.contracts.recipe import ParseDate

_MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan january",
            "fevrier fevr fev february feb",
            "mars mar march",
            "avril avr april apr",
            "mai may",
            "juin june jun",
            "juillet juil july jul",
            "aout august aug",
            "septembre sept sep september",
            "octobre oct october",
            "novembre nov november",
            "decembre dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_DAYS = (
    *("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    *("lun", "mar", "mer", "jeu", "ven", "sam", "dim"),
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    *("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
)


def _longest_first(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_DIRECTIVES = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>1[0-2]|0[1-9]|[1-9])",
    "d": r"(?P<d>3[01]|[12]\d|0[1-9]|[1-9])(?:er|st|nd|rd|th)?",
    "B": rf"(?P<B>{_longest_first(_MONTHS)})\.?",
    "A": rf"(?:{_longest_first(_DAYS)})\.?",
    "H": r"(?:2[0-4]|[01]?\d)",
    "M": r"[0-5]?\d",
    "S": r"[0-6]?\d",
    "f": r"\d{1,6}",
    "z": r"(?:z|[+-]\d{2}:?\d{2})",
    "%": "%",
}
_DIRECTIVES["b"] = _DIRECTIVES["B"]
_DIRECTIVES["a"] = _DIRECTIVES["A"]
_ISO = re.compile(
    r"(?P<Y>\d{4})(?:-(?P<m>\d\d)(?:-(?P<d>\d\d)(?:[t ]\d\d(?::?\d\d){0,2}(?:[.,]\d+)?(?:z|[+-]\d\d(?::?\d\d)?)?)?)?)?"
)


class UnknownFormat(ValueError):
    """A format that cannot be used; the text says why."""


def compile_date(step: ParseDate, index: int) -> CompiledStep:
    """Refuses what fits no format, and dates that no calendar has. Raises `UnknownFormat`."""
    parse = date_parser(step.formats)
    return mapped(index, step.column, step.to, parse)


def date_parser(formats: tuple[str, ...]) -> Callable[[str], str | Refusal]:
    """A function from a text to an ISO 8601 date, remembering the last ones: dates repeat."""
    patterns = tuple((_ISO if form == "iso" else format_pattern(form), form == "iso") for form in formats)
    no_date = Refusal("not-a-date", f"not a date in any of the formats: {', '.join(formats)}")

    @remembered
    def parse(text: str) -> str | Refusal:
        words = folded(text[:200])
        for pattern, iso in patterns:
            found = pattern.fullmatch(words)
            if found is not None:
                return _written(found.groupdict()) or Refusal("no-such-day", "no calendar has this day")
            if iso and (other := _other_iso(words)):
                return other
        return no_date

    return parse


def format_pattern(form: str) -> re.Pattern[str]:
    """A strptime format as a regular expression over folded text. Raises `UnknownFormat`."""
    pieces: list[str] = []
    groups: set[str] = set()
    place = 0
    text = folded_format(form)
    while place < len(text):
        sign = text[place]
        if sign == "%":
            letter = text[place + 1 : place + 2]
            if letter not in _DIRECTIVES:
                known = " ".join(f"%{name}" for name in sorted(_DIRECTIVES))
                raise UnknownFormat(f"%{letter} is not understood here; use some of {known}, or iso")
            group = {"b": "B", "m": "B", "y": "Y"}.get(letter, letter)
            if group in "YBd" and group in groups:
                raise UnknownFormat(f"%{letter}: a date has this part once")
            groups.add(group)
            pieces.append(_DIRECTIVES[letter])
            place += 2
        else:
            pieces.append(r"\s*" if sign.isspace() else re.escape(sign))
            place += 1
    if "Y" not in groups:
        raise UnknownFormat("a date needs a year: %Y or %y")
    if "d" in groups and "B" not in groups:
        raise UnknownFormat("a day needs a month: %m, %B or %b")
    return re.compile("".join(pieces))


def folded_format(form: str) -> str:
    """The words of a format folded like the texts; the letters after % keep their case."""
    return re.sub(r"%.?|[^%]+", lambda part: part[0] if part[0][0] == "%" else _fold_keeping_blanks(part[0]), form)


def _fold_keeping_blanks(text: str) -> str:
    inner = folded(text)
    return (" " if text[:1].isspace() else "") + inner + (" " if inner and text[-1:].isspace() else "")


def _written(parts: dict[str, str | None]) -> str | None:
    """ISO 8601 from matched parts; None where no calendar has it. Two-digit years as POSIX has them: 69 is 1969."""
    short = parts.get("y")
    year = (
        int(parts["Y"] or 0) if parts.get("Y") else (int(short) + (1900 if int(short) > 68 else 2000) if short else 0)
    )
    name = parts.get("B")
    month = _MONTHS[name] if name else int(parts.get("m") or 0)
    day = int(parts.get("d") or 0)
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return f"{year:04}-{month:02}-{day:02}"
    return f"{year:04}-{month:02}" if month else f"{year:04}"


def _other_iso(words: str) -> str | None:
    """The rarer forms of ISO 8601: without hyphens, by week, with a time in other precision."""
    if len(words) < 7 or (words.isdigit() and len(words) != 8):
        return None
    try:
        return datetime.fromisoformat(words.upper()).date().isoformat()
    except ValueError:
        return None

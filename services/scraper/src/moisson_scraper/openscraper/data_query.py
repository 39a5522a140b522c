"""The parameters of OpenScraper's data API, read once: each does what it says, or is refused by name. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from moisson_scraper.openscraper.data_model import FieldType
from moisson_shared.contracts.errors import Fault, Invalid
from moisson_shared.querying.analysis import words

SEARCH_IN = "search_in_"
MOST_WORDS = 20
MOST_IDS = 1000
MOST_PAGE = 1_000_000
VISITORS_PAGE = 100
CALLERS_PAGE = 1000
_NEVER = {
    "token": "tokens in addresses end up in logs and histories: send yours in the header `Authorization: Bearer …`",
    "is_complete": "OpenScraper read this and did nothing with it; whether a run was complete stands in its document",
    "added_by": "OpenScraper read this and did nothing with it; records are a run's, not a person's",
    "sort_by": "OpenScraper read this and did nothing with it; records come by spider and by id, or shuffled",
    "open_level": "OpenScraper read this and did nothing with it; the level follows from who asks",
}
_FLAGS = frozenset({"all_results", "export_as_csv"})
_NUMBERS = frozenset({"page_n", "results_per_page"})
_LISTS = frozenset({"spider_id", "item_id", "search_for"})
_TYPES = {f"{SEARCH_IN}{kind.value}": kind for kind in FieldType}

Alternatives = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DataQuery:
    """What is asked for. Words and texts are folded (lower case, no accents)."""

    spiders: tuple[str, ...] | None = None
    """None: all."""
    items: tuple[str, ...] | None = None
    search_for: tuple[str, ...] = ()
    """Each must be a word of the record."""
    search_in: tuple[tuple[FieldType, Alternatives], ...] = ()
    """For each, one alternative must stand in a field of that type."""
    page: int = 1
    per_page: int = VISITORS_PAGE
    seed: str | None = None
    csv: bool = False
    everything: bool = False

    @property
    def searches(self) -> bool:
        """Whether a record must be looked at to know if it is wanted."""
        return bool(self.search_for or self.search_in)


def folded(text: str) -> str:
    """The words of a text as they are compared, with single blanks."""
    return " ".join(word.folded for word in words(text))


def read_query(given: Sequence[tuple[str, str]], *, visitor: bool) -> DataQuery:
    """Raises `Invalid` that names every parameter that cannot be answered."""
    faults = list(refused_parameters(given, {*_FLAGS, *_NUMBERS, *_LISTS, *_TYPES, "shuffle_seed"}))
    most = VISITORS_PAGE if visitor else CALLERS_PAGE
    read: dict[str, Any] = {name: _last(given, name) for name in (*_FLAGS, *_NUMBERS)}
    flags = {name: read_flag(name, read[name], faults) for name in _FLAGS}
    page = _number("page_n", read["page_n"], 1, MOST_PAGE, faults)
    per_page = _number("results_per_page", read["results_per_page"], VISITORS_PAGE, MOST_PAGE, faults)
    if flags["all_results"] and not flags["export_as_csv"]:
        message = "all results at once are answered as CSV only: add export_as_csv=true, or read page by page"
        faults.append(Fault("/query/all_results", message))
    search_for = tuple(word for text in _all(given, "search_for") for word in folded(text).split())
    search_in = tuple(_searches(given, faults))
    if len(search_for) + sum(len(texts) for _, texts in search_in) > MOST_WORDS:
        faults.append(Fault("/query/search_for", f"at most {MOST_WORDS} words are searched for at once"))
    spiders, items = _names(given, "spider_id", faults), _names(given, "item_id", faults)
    if faults:
        raise Invalid("This cannot be answered; see the faults.", tuple(faults))
    return DataQuery(
        spiders=None if spiders is None or "all" in spiders else spiders,
        items=items,
        search_for=search_for,
        search_in=search_in,
        page=page,
        per_page=min(per_page, most),
        seed=_last(given, "shuffle_seed"),
        csv=flags["export_as_csv"],
        everything=flags["all_results"],
    )


def refused_parameters(given: Iterable[tuple[str, str]], known: Iterable[str]) -> list[Fault]:
    """Faults for parameters that never did anything, and for those that nobody knows."""
    allowed = set(known)
    faults = []
    for name in dict.fromkeys(name for name, _ in given):
        if name in _NEVER:
            faults.append(Fault(f"/query/{name}", _NEVER[name]))
        elif name not in allowed:
            faults.append(Fault(f"/query/{name}", "there is no such parameter"))
    return faults


def read_flag(name: str, value: str | None, faults: list[Fault]) -> bool:
    """`true` or `false`, in any case; absent is false."""
    if value is None or value.lower() in {"true", "false"}:
        return value is not None and value.lower() == "true"
    faults.append(Fault(f"/query/{name}", "write true or false"))
    return False


def _all(given: Sequence[tuple[str, str]], name: str) -> list[str]:
    return [value for key, value in given if key == name]


def _last(given: Sequence[tuple[str, str]], name: str) -> str | None:
    values = _all(given, name)
    return values[-1] if values else None


def _names(given: Sequence[tuple[str, str]], name: str, faults: list[Fault]) -> tuple[str, ...] | None:
    """Repeated, or with blanks between (`+` in an address)."""
    values = [part for value in _all(given, name) for part in value.split()]
    names = tuple(dict.fromkeys(values))
    if len(names) > MOST_IDS:
        faults.append(Fault(f"/query/{name}", f"at most {MOST_IDS} ids are looked up at once"))
    return names or None


def _number(name: str, value: str | None, otherwise: int, most: int, faults: list[Fault]) -> int:
    if value is None:
        return otherwise
    if value.isascii() and value.isdecimal() and len(value) < 10 and 1 <= int(value) <= most:
        return int(value)
    faults.append(Fault(f"/query/{name}", f"write a number from 1 to {most}"))
    return otherwise


def _searches(given: Sequence[tuple[str, str]], faults: list[Fault]) -> Iterable[tuple[FieldType, Alternatives]]:
    for name, value in given:
        if name in _TYPES:
            texts = tuple(filter(None, (folded(part) for part in value.split(","))))
            if not texts:
                faults.append(Fault(f"/query/{name}", "there is no word in this"))
            yield _TYPES[name], texts

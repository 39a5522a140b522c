"""What some records have in them, as a reader gave them: fill, samples, and what a record's identity can be. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from moisson_scraper.suggesting.confidence import field_confidence
from moisson_scraper.suggesting.evidence import evidence
from moisson_scraper.suggesting.vocabulary import plain, word_set
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.spider import Identity, KeyByContent, KeyByFields, KeyByUrl
from moisson_shared.contracts.spider_suggestion import Evidence, SuggestedField

_SAMPLES = 3
_LONGEST_SAMPLE = 200
_IDS = word_set(
    "id uuid guid identifiant reference ref numero code slug uid _id key cle siret siren permalink lien url link "
    "site @id"
)
_ID_WORDS = re.compile(r"^(?:id|n|no|numero|ref|reference|identifiant|code)\b.*|.*\b(?:id|uuid|reference|identifiant)$")


def suggested(
    name: str,
    place: Literal["listing", "detail"],
    selector: str,
    rows: Sequence[JsonObject],
    worth: float,
    why: str,
) -> SuggestedField:
    """One field over the records that were looked at. `worth` is the confidence it deserves if every one has it."""
    values = [row[name] for row in rows if not is_blank(row.get(name))]
    filled = len(values) / len(rows) if rows else 0.0
    samples = tuple(dict.fromkeys(sample(value) for value in values))[:_SAMPLES]
    return SuggestedField(
        name=name,
        place=place,
        selector=selector,
        samples=samples,
        filled=round(filled, 3),
        confidence=field_confidence(worth, filled),
        why=why,
    )


def is_blank(value: object) -> bool:
    """Whether there is nothing in it to see."""
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def sample(value: object) -> str:
    """A value as people read it."""
    text = " · ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_SAMPLE else text[: _LONGEST_SAMPLE - 1] + "…"


def identity_of(rows: Sequence[JsonObject], urls: Sequence[str | None]) -> tuple[Identity, Evidence]:
    """The surest identity that these records bear out, and why: addresses that differ, else a field that is an id by
    name and value, else the content."""
    known = [url for url in urls if url]
    by_url = len(known) == len(urls) > 0 and len(set(known)) == len(known)
    field = id_field(rows)
    if field is not None and not by_url:
        return KeyByFields(fields=(field,)), evidence("keyed-by-field", field=field)
    if by_url:
        return KeyByUrl(), evidence("keyed-by-address")
    return KeyByContent(), evidence("keyed-by-content")


def id_field(rows: Sequence[Mapping[str, object]]) -> str | None:
    """The field whose name says that it identifies, and whose values do."""
    if not rows:
        return None
    candidates: list[tuple[bool, int, str]] = []
    for name in rows[0]:
        told = plain(name).replace("°", "").strip()
        exact = told in _IDS
        if not exact and not _ID_WORDS.match(told):
            continue
        if "postal" in told or "theme" in told or "insee" in told:
            continue
        values = [row.get(name) for row in rows]
        if any(is_blank(value) or isinstance(value, list | dict | bool) for value in values):
            continue
        if len(set(map(str, values))) == len(values):
            candidates.append((not exact, len(candidates), name))
    return min(candidates)[2] if candidates else None

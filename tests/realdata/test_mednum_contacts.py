"""How a place is reached: hours, telephone, web addresses, labels and dates of the mednum files, cell by cell.

What is expected is read from the files by their own configurations, with no code of Moisson. Where a configuration
names no column, the field must be empty everywhere.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.realdata.real_recipes import MEDNUM, applied, mednum_configuration

pytestmark = pytest.mark.realdata
SAYING_NOTHING = {"", "nr", "null", "default"}
HOST = r"(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?(?:[/?#]\S*)?"
Cells = list[tuple[dict[str, Any], dict[str, Any]]]
"""Rows of the file with the fields of their projects."""


def cells(name: str) -> Cells:
    done = applied(name)
    return [
        (done.rows[int(outcome.records[0].key)], outcome.project.fields) for outcome in done.outcomes if outcome.project
    ]


def collapsed(value: Any) -> str:
    text = " ".join(str("" if value is None else value).split())
    return "" if text.lower() in SAYING_NOTHING else text


def hours(value: Any) -> tuple[str, ...]:
    """Text as it stands, its lines and blanks included."""
    return (str(value).strip(),) if collapsed(value) else ()


def telephones(value: Any) -> tuple[str, ...]:
    """Numbers as they are written; several stand in one cell with a word, a sign or a line between them."""
    parts = re.split(r"\bou\b|[-/;,\n]", str(value or ""))
    return tuple(collapsed(part) for part in parts if collapsed(part))


def addresses(value: Any) -> tuple[str, ...]:
    """Whatever starts like a web address, and a bare host if nothing else is in the cell."""
    text = re.sub(r"\s+://", "://", str(value or "")).strip()
    if re.fullmatch(HOST, text):
        return (f"http://{text}",)
    found = [word for word in re.split(r"[\s;,]+", text) if re.fullmatch(rf"(?:https?://|www\.){HOST}", word)]
    return tuple(word if word.startswith("http") else f"http://{word}" for word in found)


def date(value: Any) -> tuple[str, ...]:
    """Day, month and year by their places; some files have a digit too many before the year."""
    digits = re.sub(r"\D", "", str(value or ""))
    return (f"{digits[-4:]}-{digits[2:4]}-{digits[:2]}",) if digits else ()


READ: dict[str, tuple[str, str, Callable[[Any], tuple[str, ...]]]] = {
    "horaires": ("semaine", "opening_hours", hours),
    "telephone": ("colonne", "phone", telephones),
    "site_web": ("colonne", "websites", addresses),
    "date_maj": ("colonne", "updated_on", date),
}
"""Key of a configuration: where it names the column, the field of the schema, and how a cell is to be read."""
NAMED = {"horaires": 1, "telephone": 2, "site_web": 2, "date_maj": 1, "formations_labels": 1}
"""In how many of the three files each is there at all."""


def as_list(value: Any) -> tuple[str, ...]:
    return () if value is None else value if isinstance(value, tuple) else (str(value),)


@pytest.mark.parametrize("name", MEDNUM)
@pytest.mark.parametrize("key", READ)
def test_each_cell_is_read_as_a_person_would(name: str, key: str) -> None:
    where, field, read = READ[key]
    column = mednum_configuration(name).get(key, {}).get(where)
    wrong = [
        (row.get(column), fields.get(field))
        for row, fields in cells(name)
        if as_list(fields.get(field)) != (read(row[column]) if column else ())
    ]
    assert wrong == []


@pytest.mark.parametrize("name", MEDNUM)
def test_labels_are_those_of_the_configuration(name: str) -> None:
    rules = mednum_configuration(name).get("formations_labels", [])
    assert all(set(rule) == {"cible"} for rule in rules), "a rule with terms must be weighed against the cells"
    expected = tuple(rule["cible"] for rule in rules)
    assert {as_list(fields.get("programme_labels")) for _, fields in cells(name)} == {expected}


@pytest.mark.parametrize("key", NAMED)
def test_the_files_do_have_what_is_compared(key: str) -> None:
    """A column that had been renamed in a configuration would leave nothing to compare."""
    field = "programme_labels" if key == "formations_labels" else READ[key][1]
    filled = [sum(bool(as_list(fields.get(field))) for _, fields in cells(name)) for name in MEDNUM]
    assert sum(number >= 20 for number in filled) == NAMED[key]
    named = [
        key in mednum_configuration(name) and mednum_configuration(name)[key] != {"colonne": ""} for name in MEDNUM
    ]
    assert sum(named) == NAMED[key]


def test_words_beside_web_addresses_are_kept_too() -> None:
    """The names of pages that are no addresses stand in another field, whole."""
    column = mednum_configuration("corse")["site_web"]["colonne"]
    kept = 0
    for row, fields in cells("corse"):
        text = str(row[column] or "")
        for address in addresses(text):
            text = (
                text.replace(address.removeprefix("http://"), " ")
                if address not in text
                else text.replace(address, " ")
            )
        beside = Counter(re.findall(r"\w+", text))
        assert Counter(re.findall(r"\w+", str(fields.get("online_presence", ())))) == beside
        kept += bool(beside)
    assert kept >= 5

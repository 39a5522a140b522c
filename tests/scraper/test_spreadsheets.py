"""OpenDocument spreadsheets as pure functions: cells as they are, repetitions within limits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_scraper.reading.notice import Unreadable
from tests.scraper.sample_files import ods, ods_cell, ods_sheet, read_file


def test_a_spreadsheet_keeps_numbers_and_writes_dates() -> None:
    typed = (
        '<table:table-cell office:value-type="date" office:date-value="2018-03-01"/>'
        '<table:table-cell office:value-type="date" office:date-value="2018-03-01T12:30:00"/>'
        '<table:table-cell office:value-type="time" office:time-value="PT12H30M00S"/>'
        '<table:table-cell office:value-type="time" office:time-value="PT36H00M00S"/>'
        '<table:table-cell office:value-type="currency" office:value="12.50"><text:p>12,5</text:p></table:table-cell>'
        '<table:table-cell office:value-type="percentage" office:value="1"/>'
    )
    header = "".join(map(ods_cell, ["nom", "oui", "jour", "à", "heure", "durée", "prix", "part"]))
    row = f"{ods_cell('Essor')}{ods_cell(True)}{typed}"
    rows = "".join(f"<table:table-row>{cells}</table:table-row>" for cells in (header, row))
    values, codes, _ = read_file(ods(f"<table:table>{rows}</table:table>"))
    assert values == [
        {
            "nom": "Essor",
            "oui": True,
            "jour": "2018-03-01",
            "à": "2018-03-01T12:30:00",
            "heure": "12:30:00",
            "durée": "PT36H00M00S",
            "prix": 12.5,
            "part": 1,
        }
    ]
    assert isinstance(values[0]["part"], int)
    assert codes == []


def test_the_text_of_a_cell_is_what_one_sees() -> None:
    cell = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>note</text:p></office:annotation>'
        '<text:p>a<text:s text:c="3"/>b<text:span>c<text:tab/>d</text:span></text:p>'
        "<text:p>e<text:line-break/>f<text:note><text:p>g</text:p></text:note></text:p></table:table-cell>"
    )
    rows = f"<table:table-row>{ods_cell('x')}</table:table-row><table:table-row>{cell}</table:table-row>"
    assert read_file(ods(f"<table:table>{rows}</table:table>"))[0] == [{"x": "a   bc\td\ne\nfg"}]


def repeated(kind: str, times: int, inside: str) -> str:
    attribute = "rows" if kind == "row" else "columns"
    return f'<table:table-{kind} table:number-{attribute}-repeated="{times}">{inside}</table:table-{kind}>'


def test_what_is_repeated_is_told_within_limits() -> None:
    text = "<text:p>x</text:p>"
    header = repeated("row", 1, ods_cell("a") + ods_cell("b"))
    pair = repeated("cell", 2, text)
    blank = repeated("row", 1_048_000, repeated("cell", 16_384, ""))
    values, codes, _ = read_file(ods(f"<table:table>{header}{repeated('row', 3, pair)}{blank}</table:table>"))
    assert (values, codes) == ([{"a": "x", "b": "x"}] * 3, [])
    values, codes, _ = read_file(
        ods(f"<table:table>{header}{repeated('row', 2, '')}{repeated('row', 1, pair)}</table:table>")
    )
    assert (len(values), codes) == (1, ["blank-row"])
    values, codes, _ = read_file(ods(f"<table:table>{header}{repeated('row', 10**30, pair)}</table:table>"))
    assert len(values) == 100_001
    assert codes == ["rows-left-out"]
    values, codes, _ = read_file(
        ods(f"<table:table>{header}{repeated('row', 1, repeated('cell', 10**9, text))}</table:table>")
    )
    assert len(values[0]) == 2000
    assert codes == ["ragged-row", "cells-left-out"]


def test_what_is_repeated_comes_to_no_more_than_there_is_room_for() -> None:
    header, cells = repeated("row", 1, ods_cell("a")), repeated("cell", 2000, f"<text:p>{'x' * 10_000}</text:p>")
    with pytest.raises(Unreadable) as refusal:
        read_file(ods(f"<table:table>{header}{repeated('row', 100_000, cells)}</table:table>"))
    assert refusal.value.code == "reading-too-large"


def test_sheets_are_chosen_by_name_or_the_first_with_anything_in_it() -> None:
    body = ods(ods_sheet([], "Vide"), ods_sheet([["a"], [1]], "Une"), ods_sheet([["b"], [2]], "Deux"))
    assert read_file(body)[0] == [{"a": 1}]
    assert read_file(body, sheet="Deux")[0] == [{"b": 2}]
    headed = ods(ods_sheet([["a", "b"], ["c", "d"], [1, 2]], "Une"))
    assert read_file(headed, sheet="Une", header_row=2)[0] == [{"c": 1, "d": 2}]
    with pytest.raises(Unreadable, match="Vide, Une, Deux"):
        read_file(body, sheet="Trois")


def test_hidden_sheets_come_last() -> None:
    """They hold the choices of cells, or what somebody has put aside."""
    lists = ods_sheet([["choix"], ["oui"]], "Listes").replace(
        "<table:table ", '<table:table table:style-name="ta2" ', 1
    )
    styles = "".join(
        f'<style:style style:name="{name}"><style:table-properties table:display="{shown}"/></style:style>'
        for name, shown in (("ta1", "true"), ("ta2", "false"))
    )
    body = ods(styles, lists, ods_sheet([["a"], [1]], "Projets"))
    assert read_file(body)[0] == [{"a": 1}]
    assert read_file(body, sheet="Listes")[0] == [{"choix": "oui"}]
    assert read_file(ods(styles, ods_sheet([], "Vide"), lists))[0] == [{"choix": "oui"}]


CELLS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.text("aé &<\"'", min_size=1).map(str.strip).filter(bool)
)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1))
def test_cells_written_as_a_spreadsheet_are_read_back(rows: list[list[Any]]) -> None:
    kept = [{name: cell for name, cell in zip("ab", row, strict=True) if cell is not None} for row in rows]
    assert read_file(ods(ods_sheet([["a", "b"], *rows])), header_row=1)[0] == [row for row in kept if row]

"""The piece of a page's source around a value, for every way in which a place is named."""

import pytest

from moisson_shared.contracts.spider_preview import ElementPlace
from moisson_viz_gateway.studio.source_snippet import json_pointer_of, snippet_around, snippet_of, source_text

PAGE = """<ul>
<li><a href="/p/1?a=b">L&amp;R</a>
  <span>Lyon</span>
<li><a href="/p/2">Un atelier
   de quartier</a> <span>Lyon</span></ul>"""
JSON = '{"items": [{"ville": "Lyon"}, {"ville": "Lyon", "l\'été": 3}]}'


@pytest.mark.parametrize(
    ("line", "value", "found", "at"),
    [
        (3, "Lyon", "Lyon", 3),
        (4, "Lyon", "Lyon", 5),
        (2, "L&R", "L&amp;R", 2),
        (2, "https://x.example/p/1?a=b", "/p/1?a=b", 2),
        (4, "Un atelier de quartier", "Un", 4),
        (3, "ailleurs", "", 3),
        (3, "", "", 3),
    ],
)
def test_in_html_from_the_line_of_the_element_on(line: int, value: str, found: str, at: int) -> None:
    piece = snippet_of(source_text(PAGE), ElementPlace(path="/html", line=line), value)
    assert piece is not None
    assert (piece.found, piece.line) == (found, at)


@pytest.mark.parametrize(("path", "before"), [("$['items'][1]['ville']", "}, {"), ("$['items'][0]['ville']", "[{")])
def test_in_json_by_the_normalised_path(path: str, before: str) -> None:
    piece = snippet_of(source_text(JSON), ElementPlace(path=path), "Lyon")
    assert piece is not None
    assert piece.found == "Lyon"
    assert before in piece.before


@pytest.mark.parametrize(
    ("path", "pointer"),
    [("$", ""), ("$['a'][0]['b']", "/a/0/b"), ("$['l\\'été']", "/l'été"), ("$['a/b~c']", "/a~1b~0c")],
)
def test_a_normalised_path_as_a_pointer(path: str, pointer: str) -> None:
    assert json_pointer_of(path) == pointer


@pytest.mark.parametrize("place", [ElementPlace(line=99), ElementPlace(path="$['none']"), ElementPlace(row=3)])
def test_a_place_that_does_not_lead_into_the_text_has_no_piece(place: ElementPlace) -> None:
    assert snippet_of(source_text(JSON), place, "Lyon") is None


def test_pieces_are_short_and_say_that_they_are_cut() -> None:
    piece = snippet_around(source_text("x" * 5000 + "Lyon" + "y" * 5000), "Lyon")
    assert piece is not None
    assert piece.before.startswith("…")
    assert piece.after.endswith("…")
    assert len(piece.before + piece.found + piece.after) < 300
    assert snippet_around(source_text("nothing"), "Lyon") is None

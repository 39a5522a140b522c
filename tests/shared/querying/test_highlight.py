"""Passages show the found words, as they are written, and nothing that the caller may not see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_shared.contracts.project import Project
from moisson_shared.querying.free_text import parse_free_text
from moisson_shared.querying.highlight import MOST_PASSAGES, PASSAGE, highlights
from tests.contracts.search_corpus import SCHEMA, a_place, a_project


def marked(project: Project, text: str) -> dict[str, list[str]]:
    found = highlights(project, SCHEMA, parse_free_text(text))
    return {name: [each.text[a:b] for each in passages for a, b in each.marks] for name, passages in found.items()}


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("bibliotheque", {"summary": ["Bibliothèques"]}),
        ("energie", {"summary": ["énergie"]}),
        ('"jardin partagé"', {"keywords": ["jardin", "partagé"]}),
        ('"partagé jardin"', {}),
        ("le jardin", {"keywords": ["jardin", "jardin"]}),
        ("lyon", {"city": ["Lyon"]}),
        ("emploi", {}),
        ("", {}),
    ],
)
def test_marks(text: str, marks: dict[str, list[str]]) -> None:
    project = a_project(
        "a",
        title="Un titre",
        summary="Bibliothèques et l’énergie",
        keywords=("jardin partagé", "jardin"),
        themes=("EMP",),
        places=(a_place(1), a_place(1)),
    )
    assert marked(project, text) == marks


def test_long_texts_are_shown_in_passages_around_the_words() -> None:
    summary = ("Du texte sans intérêt. " * 40 + "Ici un vélo. ") * 6
    found = highlights(a_project("a", summary=summary), SCHEMA, parse_free_text("vélo"))["summary"]
    assert len(found) == MOST_PASSAGES
    for passage in found:
        assert passage.text in summary
        assert len(passage.text) <= PASSAGE + 20
        assert [passage.text[a:b] for a, b in passage.marks] == ["vélo"]


@given(st.text(max_size=600), st.text(max_size=30))
def test_marks_are_always_ranges_of_the_passage_in_order(summary: str, text: str) -> None:
    for passages in highlights(a_project("a", summary=summary), SCHEMA, parse_free_text(text)).values():
        for passage in passages:
            assert passage.marks
            end = 0
            for start, stop in passage.marks:
                assert end <= start < stop <= len(passage.text)
                end = stop

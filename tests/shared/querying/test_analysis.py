"""Texts become the words that people look for, whatever accents, articles and plurals they type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_shared.querying.analysis import LONGEST_WORD, fold, sort_key, stems, words

ALIKE = [
    ("bibliotheque", "bibliothèques"),
    ("energie", "l'énergie"),
    ("energie", "L’ÉNERGIE"),
    ("ETE", "l’été"),
    ("ete", "e\u0301te\u0301"),
    ("ecole", "qu'école"),
    ("on", "lorsqu’on"),
    ("oeuvre", "d'œuvre"),
    ("OEUVRES", "Œuvre"),
    ("ex aequo", "ex æquo"),
    ("strasse", "Straße"),
    ("aujourd'hui", "aujourd’hui"),
    ("vélo", "vélos"),
    ("emploi", "emplois"),
    ("menu", "menus"),
    ("lieu", "lieux"),
    ("tiers-lieu", "tiers lieux"),
    ("enjeu", "enjeux"),
    ("jeu", "jeux"),
    ("réseau", "réseaux"),
    ("local", "locaux"),
    ("sociale", "sociaux"),
    ("travail", "travaux"),
    ("cheval", "chevaux"),
    ("tuyau", "tuyaux"),
    ("matériau", "matériaux"),
    ("usager", "usagers"),
    ("réunion", "réunions"),
    ("aînée", "aînées"),
    ("active", "actives"),
    ("heureux", "heureuses"),
    ("loi", "lois"),
    ("oeil", "yeux"),
    ("ﬁlière", "filières"),
    ("10", "１０"),
]


@pytest.mark.parametrize(("typed", "written"), ALIKE)
def test_these_find_each_other(typed: str, written: str) -> None:
    assert stems(typed) == stems(written)
    assert stems(typed)


@pytest.mark.parametrize(
    ("left", "right"),
    [("poisson", "poison"), ("cote", "code"), ("vélo", "vole"), ("un", "une"), ("2016", "2017"), ("bois", "boire")],
)
def test_these_do_not(left: str, right: str) -> None:
    assert stems(left) != stems(right)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("l'eau", ["eau"]),
        ("l’ eau", ["eau"]),
        ("Classe L", ["classe", "l"]),
        ("l' ", ["l"]),
        ("l", ["l"]),
        ("vitamine d", ["vitamine", "d"]),
        ("d'l'eau", ["eau"]),
        ("presqu'île", ["presqu", "ile"]),
        ("rock'n'roll", ["rock", "roll"]),
        ("a_b-c.d", ["a", "b", "c", "d"]),
        ("½ litre", ["12", "litre"]),
        ("日本 Ελλάδα", ["日本", "ελλαδα"]),
        ("", []),
        (" \0 — « » ’", []),
    ],
)
def test_words_are_split_and_folded(text: str, folded: list[str]) -> None:
    assert [word.folded for word in words(text)] == folded


@given(st.text())
def test_any_text_gives_plain_words_in_their_places(text: str) -> None:
    end = 0
    for word in words(text):
        assert word.stem
        assert word.stem.isalnum()
        assert len(word.stem) <= LONGEST_WORD
        assert end <= word.start < word.end <= len(text)
        end = word.end


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=30))
def test_case_and_folding_make_no_difference(word: str) -> None:
    assert fold(fold(word)) == fold(word)
    assert fold(word.lower()) == fold(word)


def test_sort_keys_are_those_of_a_dictionary() -> None:
    titles = ["Zoo", "école", "Écran", "eau", "L’œuvre", "l'Orme", "ÉTÉ 2", "été 10", "!!!", ""]
    assert sorted(titles, key=sort_key) == [
        "",
        "!!!",
        "eau",
        "école",
        "Écran",
        "été 10",
        "ÉTÉ 2",
        "L’œuvre",
        "l'Orme",
        "Zoo",
    ]
    assert len(sort_key("mot " * 1000)) == 200

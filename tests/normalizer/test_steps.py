"""Every step, by tables: what it makes of a value, and what it refuses."""

from typing import Any

import pytest

from tests.normalizer.one_recipe import run_step

NBSP, NARROW, THIN, ZERO_WIDTH = "\u00a0", "\u202f", "\u2009", "\u200b"

Case = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
"""The step, the row before, what must stand in the row afterwards (None: the field is not there)."""

MOVING: list[Case] = [
    ({"step": "rename", "columns": {"a": "b"}}, {"a": "x"}, {"b": "x", "a": "x"}),
    ({"step": "rename", "columns": {"a": "b", "b": "a"}}, {"a": 1, "b": 2}, {"a": 2, "b": 1}),
    ({"step": "rename", "columns": {"a": "b"}}, {"a": " ", "b": "y"}, {"b": "y"}),
    ({"step": "rename", "columns": {"Nom du projet ": "n"}}, {"Nom du projet ": "x"}, {"n": "x"}),
    ({"step": "constant", "to": "a", "value": "x"}, {}, {"a": "x"}),
    ({"step": "constant", "to": "a", "value": 3}, {"a": "y"}, {"a": 3}),
    ({"step": "constant", "to": "a", "value": True}, {}, {"a": True}),
    ({"step": "constant", "to": "a", "value": ["x", "y"]}, {}, {"a": ["x", "y"]}),
    ({"step": "split", "column": "a", "separator": ";"}, {"a": "x; y ;;z"}, {"a": ["x", "y", "z"]}),
    ({"step": "split", "column": "a", "to": "b", "separator": " - "}, {"a": "x-y - z"}, {"b": ["x-y", "z"]}),
    (
        {"step": "split", "column": "a", "separator": ",;/", "any_character": True},
        {"a": "x,y;z/w"},
        {"a": list("xyzw")},
    ),
    ({"step": "split", "column": "a", "separator": "].", "any_character": True}, {"a": "x]y.z"}, {"a": list("xyz")}),
    ({"step": "split", "column": "a", "separator": ";"}, {"a": ["x;y", "z"]}, {"a": ["x", "y", "z"]}),
    ({"step": "split", "column": "a", "separator": ";"}, {"a": ";;"}, {"a": None}),
    ({"step": "split", "column": "a", "separator": ".", "any_character": True}, {"a": "x.y"}, {"a": ["x", "y"]}),
    ({"step": "split", "column": "a", "separator": ";"}, {"a": f"{NBSP}x{THIN};\n"}, {"a": ["x"]}),
    ({"step": "split", "column": "a", "separator": ";"}, {}, {"a": None}),
    ({"step": "join", "columns": ["n", "rue"], "to": "a"}, {"n": 20, "rue": "rue Haute"}, {"a": "20 rue Haute"}),
    ({"step": "join", "columns": ["n", "rue"], "to": "a"}, {"n": "", "rue": "rue Haute"}, {"a": "rue Haute"}),
    (
        {"step": "join", "columns": ["n", "rue"], "to": "a", "separator": ", "},
        {"n": ["x", "y"], "rue": "z"},
        {"a": "x, y, z"},
    ),
    ({"step": "join", "columns": ["n"], "to": "a"}, {"n": None}, {"a": None}),
    ({"step": "coalesce", "columns": ["a", "b"], "to": "c"}, {"a": " ", "b": "y"}, {"c": "y"}),
    ({"step": "coalesce", "columns": ["a", "b"], "to": "c"}, {"a": 0, "b": "y"}, {"c": 0}),
    ({"step": "coalesce", "columns": ["a", "b"], "to": "c"}, {"a": [], "b": None}, {"c": None}),
    (
        {"step": "collect", "columns": ["a", "b", "c"], "to": "d"},
        {"a": "x", "b": ["y", "x", ""], "c": None},
        {"d": ["x", "y"]},
    ),
    ({"step": "collect", "columns": ["a"], "to": "d"}, {"a": ""}, {"d": None}),
]

CLEANING: list[Case] = [
    ({"step": "trim"}, {"a": f" x{NBSP}{NARROW} y\n\tz {ZERO_WIDTH}"}, {"a": "x y z"}),
    ({"step": "trim", "columns": ["a"]}, {"a": " x ", "b": " y "}, {"a": "x", "b": " y "}),
    ({"step": "trim"}, {"a": [" x ", 3], "b": 4, "c": None}, {"a": ["x", 3], "b": 4, "c": None}),
    ({"step": "trim"}, {"a": "x\x00y\ufeff"}, {"a": "xy"}),
    ({"step": "trim"}, {"a": f"{ZERO_WIDTH} x {ZERO_WIDTH} y", "b": "\u00adé"}, {"a": "x y", "b": "é"}),
    (
        {"step": "trim"},
        {"a": f"x{NBSP}y", "b": "x\x1cy\u2028z\x85", "c": "x\x07"},
        {"a": "x y", "b": "x y z", "c": "x\x07"},
    ),
    ({"step": "trim", "columns": ["a", "b", "a"]}, {"a": "x  y"}, {"a": "x y", "b": None}),
    ({"step": "null_tokens", "tokens": ["NR"], "columns": ["a", "a"]}, {"a": "nr"}, {"a": None}),
    (
        {"step": "null_tokens", "tokens": ["NR", "null"]},
        {"a": " nr ", "b": "NULL", "c": "nrx"},
        {"a": None, "b": None, "c": "nrx"},
    ),
    ({"step": "null_tokens", "tokens": ["non renseigné"]}, {"a": f"Non{NBSP}renseigné "}, {"a": None}),
    ({"step": "null_tokens", "tokens": ["-"], "columns": ["a"]}, {"a": "-", "b": "-"}, {"a": None, "b": "-"}),
    ({"step": "null_tokens", "tokens": ["-999"]}, {"a": -999, "b": -99}, {"a": None, "b": -99}),
    ({"step": "null_tokens", "tokens": ["x"]}, {"a": ["x", "y"]}, {"a": ["y"]}),
    ({"step": "null_tokens", "tokens": ["strasse"]}, {"a": "STRAßE"}, {"a": None}),
    ({"step": "pad", "column": "a", "width": 5}, {"a": "1000"}, {"a": "01000"}),
    ({"step": "pad", "column": "a", "width": 5}, {"a": 1000}, {"a": "01000"}),
    ({"step": "pad", "column": "a", "width": 5}, {"a": 1000.0}, {"a": "01000"}),
    ({"step": "pad", "column": "a", "width": 5}, {"a": "75011"}, {"a": "75011"}),
    ({"step": "pad", "column": "a", "width": 5}, {"a": "2A004"}, {"a": "2A004"}),
    ({"step": "pad", "column": "a", "width": 2}, {"a": "2A"}, {"a": "2A"}),
    ({"step": "pad", "column": "a", "width": 5}, {"a": "123456"}, {"a": "123456"}),
    ({"step": "pad", "column": "a", "to": "b", "width": 3, "fill": "x"}, {"a": ["7", "12"]}, {"b": ["xx7", "x12"]}),
    ({"step": "pad", "column": "a", "width": 5}, {"a": " "}, {"a": None}),
]

HTML: list[tuple[str, str | None]] = [
    ("plain", "plain"),
    ("Sport &amp; Cancer", "Sport & Cancer"),
    ("<p>Un</p><p>Deux</p>", "Un\nDeux"),
    ("Un<br>Deux<br/>Trois", "Un\nDeux\nTrois"),
    ("<ul><li>Un</li><li>Deux</li></ul>", "- Un\n- Deux"),
    ("<script>alert(1)</script>Texte<style>p{}</style>", "Texte"),
    ("<!-- non -->Texte", "Texte"),
    ("l&#39;&eacute;nergie &lt;b&gt; &nbsp;ici", "l'énergie <b> ici"),
    ("a <b>gras</b> b", "a gras b"),
    ("<p>  beaucoup\n de   blancs </p>", "beaucoup de blancs"),
    ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
    ("<p></p>", None),
    ("<script>x</script>", None),
    ("a < b", "a < b"),
    ("<p>non fermé", "non fermé"),
    ("x\x00<b>y</b>", "xy"),
    ("<div>" * 3000 + "profond" + "</div>" * 3000, "profond"),
    ("<pre>a\n  b<b>c\n</b></pre>d", "a\nbc\nd"),
    ("<svg><p>x</p><script>y</script></svg>Texte", "Texte"),
    # A tree would take the square of the attributes, and hours.
    (f"<p {' '.join(f'a{n}' for n in range(300_000))}>Un</p><b>Deux</b>", "Un\nDeux"),
]


@pytest.mark.parametrize(("step", "before", "after"), [*MOVING, *CLEANING])
def test_moving_and_cleaning(step: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> None:
    done = run_step(step, **before)
    assert {name: done.values.get(name) for name in after} == after
    assert done.rejects == []


@pytest.mark.parametrize(("markup", "text"), HTML)
def test_html_becomes_text(markup: str, text: str | None) -> None:
    assert run_step({"step": "html_to_text", "columns": ["a"]}, a=markup).values.get("a") == text


@pytest.mark.parametrize(
    ("step", "values"),
    [
        ({"step": "join", "columns": ["a"], "to": "b"}, {"a": {"nom": "x"}}),
        ({"step": "split", "column": "a", "separator": ";"}, {"a": {"nom": "x"}}),
        ({"step": "date", "column": "a"}, {"a": {"nom": "x"}}),
        ({"step": "url", "column": "a"}, {"a": {"nom": "x"}}),
        ({"step": "lookup", "columns": ["a"], "to": "themes"}, {"a": {"nom": "x"}}),
    ],
)
def test_an_object_where_a_text_is_needed_is_a_reject(step: dict[str, Any], values: dict[str, Any]) -> None:
    assert run_step(step, **values).rejects == [("a", "not-a-text")]


TERMS_STEP = {
    "step": "terms",
    "to": "t",
    "rules": [
        {"columns": ["a", "b"], "terms": ["Bibliothèque", "médiathèque"], "target": "BIB"},
        {"columns": ["a"], "terms": ["accès aux droits"], "target": "DROITS"},
        {"target": "TOUJOURS"},
    ],
}


@pytest.mark.parametrize(
    ("values", "targets"),
    [
        ({"a": "La BIBLIOTHEQUE municipale"}, ["BIB", "TOUJOURS"]),
        ({"b": "mediatheque"}, ["BIB", "TOUJOURS"]),
        ({"a": f"l’Accès{NBSP}aux   droits"}, ["DROITS", "TOUJOURS"]),
        ({"a": ["rien", "une médiathèque", "l'accès aux droits"]}, ["BIB", "DROITS", "TOUJOURS"]),
        ({"a": ["accès aux", "droits"]}, ["TOUJOURS"]),
        ({"a": None}, ["TOUJOURS"]),
        ({"a": 12}, ["TOUJOURS"]),
    ],
)
def test_terms_choose_their_targets(values: dict[str, Any], targets: list[str]) -> None:
    assert run_step(TERMS_STEP, **values).values["t"] == targets


LOOKUP = {"step": "lookup", "columns": ["c1", "c2"], "fallback": ["l1", "l2"], "to": "themes"}


@pytest.mark.parametrize(
    ("values", "codes", "rejects"),
    [
        ({"c1": "EMP", "c2": "sol"}, ["EMP", "SOL"], []),
        ({"c1": "EMP", "c2": "EMP"}, ["EMP"], []),
        ({"c1": "", "l1": "SANTE"}, ["SAN"], []),
        ({"c1": "EMP", "l1": "SANTE"}, ["EMP"], [("l1", "label-contradicts-code")]),
        ({"c1": "EMP", "l1": "Emploi, travail"}, ["EMP"], []),
        ({"c1": "EMP", "l1": "Inconnu"}, ["EMP"], []),
        (
            {"c1": ["EMP", "SAN"], "l1": ["SANTE", "Éducation et jeunesse"]},
            ["EMP", "SAN"],
            [("l1", "label-contradicts-code")],
        ),
        ({"c1": "ZZZ", "l1": "SANTE"}, None, [("c1", "unknown-concept")]),
        ({"l2": " Éducation  et Jeunesse "}, ["EDU"], []),
        ({"l1": "Employment"}, ["EMP"], []),
        ({"c1": "ZZZ", "c2": "EMP"}, ["EMP"], [("c1", "unknown-concept")]),
        ({"l1": "Inconnu"}, None, [("l1", "unknown-concept")]),
        ({"c1": ["EMP", "ART", "?"]}, ["EMP", "ART"], [("c1", "unknown-concept")]),
        ({}, None, []),
    ],
)
def test_words_become_codes(values: dict[str, Any], codes: list[str] | None, rejects: list[tuple[str, str]]) -> None:
    done = run_step(LOOKUP, **values)
    assert (done.values.get("themes"), done.rejects) == (codes, rejects)


@pytest.mark.parametrize(
    ("by", "word", "code"),
    [
        (["code"], "ACE", "ACE"),
        (["code"], "Accès à l'emploi", None),
        (["label"], "ACE", None),
        (["label"], "acces a l emploi", "ACE"),
        (["label"], "Aménagement/Habitat", "AMH"),
        (["label"], "Egalité Femmes-Hommes", "EFH"),
        (["code", "label"], "Numérique", "NUM"),
    ],
)
def test_a_lookup_is_by_code_or_label(by: list[str], word: str, code: str | None) -> None:
    done = run_step({"step": "lookup", "columns": ["a"], "to": "sub_themes", "by": by}, a=word)
    assert done.values.get("sub_themes") == ([code] if code else None)
    assert bool(done.rejects) == (code is None)

"""Both catalogues say the same things, templates use only what is there, and numbers look as readers expect."""

import ast
import re
import string
from importlib.resources import files
from pathlib import Path

import pytest

from moisson_viz_gateway.wording.catalogue import load_wordings, preferred_language

PACKAGE = Path(str(files("moisson_viz_gateway")))
WORDINGS = load_wordings()
FRENCH, ENGLISH = WORDINGS["fr"], WORDINGS["en"]


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys_and_the_same_values_in_them() -> None:
    assert FRENCH.texts.keys() == ENGLISH.texts.keys()
    different = [key for key in FRENCH.texts if fields(FRENCH.texts[key]) != fields(ENGLISH.texts[key])]
    assert different == []


def used_keys() -> set[str]:
    """Keys that stand as they are in templates and code; those ending in a dot are made up with a name."""
    keys: set[str] = set()
    for path in PACKAGE.rglob("*.html"):
        keys |= set(re.findall(r"\bt\('([a-z_.-]+)'\s*[,)]", path.read_text(encoding="utf-8")))
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "words" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    keys.add(first.value)
    return keys


def test_every_key_that_is_used_is_there() -> None:
    keys = used_keys()
    assert len(keys) > 100
    assert sorted(key for key in keys if not FRENCH.has(key)) == []


def test_every_plural_that_is_used_has_its_forms() -> None:
    keys = {
        key
        for path in (*PACKAGE.rglob("*.html"), *PACKAGE.rglob("*.py"))
        for key in re.findall(r"\.plural\(['\"]([a-z_.]+)['\"]", path.read_text(encoding="utf-8"))
    }
    missing = [key for key in keys for form in ("one", "other") if not FRENCH.has(f"{key}.{form}")]
    assert keys
    assert missing == []


def test_templates_hold_no_words_of_their_own() -> None:
    found = []
    for path in PACKAGE.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"\{% block (body_class|theme_colour) %\}.*?\{% endblock %\}", " ", text)
        for pattern in (r"\{#.*?#\}", r"\{%.*?%\}", r"\{\{.*?\}\}", r"<[^>]*>", r'data-[a-z]+(="[^"]*")?'):
            text = re.sub(pattern, " ", text, flags=re.DOTALL)
        found += [
            (path.name, word) for word in re.findall(r"[A-Za-zÀ-ÿ]{3,}", text) if word not in {"Moisson", "Studio"}
        ]
    assert found == []


@pytest.mark.parametrize(
    ("number", "french", "english"),
    [
        (0, "0", "0"),
        (1234567, "1\u202f234\u202f567", "1,234,567"),
        (1234.5, "1\u202f234,5", "1,234.5"),
        (2.0, "2", "2"),
        (float("nan"), "–", "–"),
        (-12, "-12", "-12"),
    ],
)
def test_numbers(number: float, french: str, english: str) -> None:
    assert (FRENCH.number(number), ENGLISH.number(number)) == (french, english)


@pytest.mark.parametrize(
    ("date", "french", "english"),
    [
        ("2016", "2016", "2016"),
        ("2016-05", "mai 2016", "May 2016"),
        ("2016-05-17", "17 mai 2016", "17 May 2016"),
        ("2016-08-01", "1er août 2016", "1 August 2016"),
        ("2016-13", "2016-13", "2016-13"),
        ("bientôt", "bientôt", "bientôt"),
    ],
)
def test_dates(date: str, french: str, english: str) -> None:
    assert (FRENCH.date(date), ENGLISH.date(date)) == (french, english)


@pytest.mark.parametrize(
    ("count", "french", "english"),
    [(0, "Aucun projet", "No project"), (1, "1 projet", "1 project"), (2000, "2\u202f000 projets", "2,000 projects")],
)
def test_totals_in_words(count: int, french: str, english: str) -> None:
    assert FRENCH.plural("results.total", count) == french
    assert ENGLISH.plural("results.total", count) == english


def test_nothing_is_singular_in_french_and_plural_in_english() -> None:
    assert FRENCH.plural("corpus.steps", 0) == "0 étape"
    assert ENGLISH.plural("corpus.steps", 0) == "0 steps"


@pytest.mark.parametrize(
    ("seconds", "text"), [(4.26, "4,3\u00a0s"), (83, "1\u00a0min 23\u00a0s"), (7320, "2\u00a0h 02\u00a0min")]
)
def test_durations(seconds: float, text: str) -> None:
    assert FRENCH.seconds(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"), [(999, "999\u00a0octets"), (1_234_567, "1,2\u00a0Mo"), (4e12, "4\u202f000\u00a0Go")]
)
def test_sizes(size: float, text: str) -> None:
    assert FRENCH.size(size) == text


def test_braces_in_values_stay_what_they_are() -> None:
    assert FRENCH("list.title_search", text="{0.__class__}") == "« {0.__class__} »"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "fr"),
        ("en-GB,en;q=0.9,fr;q=0.5", "en"),
        ("de,fr;q=0.4,en;q=0.3", "fr"),
        ("de", "fr"),
        ("en;q=nonsense,fr", "fr"),
        ("en;q=0", "fr"),
    ],
)
def test_the_language_that_a_browser_likes_best(accepted: str, language: str) -> None:
    assert preferred_language(accepted, ("fr", "en")) == language

"""Whatever is typed becomes words and phrases; nothing fails and nothing is an order to the engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_shared.querying.free_text import MOST_WORDS, FreeText, parse_free_text

CASES = [
    ("", (), ()),
    ("???  !", (), ()),
    ("l'énergie", ("energ",), ()),
    ("le jardin de la ville", ("jardin", "vill"), ()),
    ("de la", ("de", "la"), ()),
    ("le le", ("le",), ()),
    ('"jardin partagé"', (), (("jardin", "partag"),)),
    ("«\u00a0jardin partagé\u00a0» vélo", ("velo",), (("jardin", "partag"),)),
    ("“jardin partagé”", (), (("jardin", "partag"),)),
    ('"le jardin"', (), (("le", "jardin"),)),
    ('"vélo"', ("velo",), ()),
    ('"" vélo', ("velo",), ()),
    ('la "vie de quartier"', (), (("vi", "de", "quarti"),)),
    ('jardin "partagé', ("jardin", "partag"), ()),
    ("title:jardin AND (x OR NOT y) *", ("titl", "jardin", "and", "x", "or", "not", "y"), ()),
    ("vélo vélos VÉLO", ("velo",), ()),
    ("agro-écologie -vélo", ("agro", "ecolog", "velo"), ()),
]


@pytest.mark.parametrize(("text", "words", "phrases"), CASES)
def test_texts(text: str, words: tuple[str, ...], phrases: tuple[tuple[str, ...], ...]) -> None:
    assert parse_free_text(text) == FreeText(words, phrases)


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\"«»“”„ aé'’-")), max_size=1500))
def test_any_text_is_accepted_and_bounded(text: str) -> None:
    parsed = parse_free_text(text)
    assert len(parsed.words) + sum(map(len, parsed.phrases)) <= MOST_WORDS
    assert all(word.isalnum() for words in (parsed.words, *parsed.phrases) for word in words)
    assert all(parsed.phrases)


def test_long_texts_are_cut() -> None:
    assert len(parse_free_text(" ".join(f"mot{number}" for number in range(200))).words) == MOST_WORDS
    assert sum(map(len, parse_free_text('"a b" ' + '"' + "c d " * 100 + '"').phrases)) <= MOST_WORDS
    assert parse_free_text("x" * 10**6).words

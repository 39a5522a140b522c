"""What services say of runs, rejects and checks, in the reader's language: by stable codes, never by their sentences.

A code that the catalogue does not have (`codes.json`) is of a service newer than we are: its own sentence stands in.
"""

from typing import Literal, NamedTuple

from moisson_shared.contracts.normalisation import Check
from moisson_viz_gateway.wording.catalogue import Wording

CodeKind = Literal["reason", "reject", "failure"]


class Said(NamedTuple):
    """A sentence to show, and beside it the service's own one where that says more: the limit met, the field meant."""

    sentence: str
    own: str | None = None
    foreign: bool = False
    """The sentence is the service's own, in English."""


def say(english: Wording, words: Wording, kind: CodeKind, code: str, message: str) -> Said:
    """The sentence of a code. The service's own stands beside it unless it is just what we say in English."""
    sentence = _sentence(words, kind, code)
    if sentence is None:
        return Said(message, foreign=True)
    same = _plain(_sentence(english, kind, code) or "") == _plain(message)
    return Said(sentence, None if same else message)


def say_check(words: Wording, check: Check) -> Said:
    """A check before publishing, with its figures."""
    key = f"checked.{check.name}.passed" if words.has(f"checked.{check.name}.passed") and check.passed else None
    key = key or f"checked.{check.name}"
    if check.passed and not check.figures:
        return Said("")  # its name says all
    if not words.has(key) or not check.figures:
        return Said(check.message, foreign=True)
    shown = {name: words.share(value) if isinstance(value, float) else value for name, value in check.figures.items()}
    return Said(words(key, **shown, names=", ".join(check.names)))


def _sentence(words: Wording, kind: CodeKind, code: str) -> str | None:
    """Of the code itself, or of its family: `http-404` is one of `http-*`, and `detail-timeout` holds another reason.

    None where the code, or the reason within it, is not known.
    """
    if words.has(f"{kind}.{code}"):
        return words(f"{kind}.{code}")
    head, _, rest = code.partition("-")
    if not rest or not words.has(f"{kind}.{head}-*"):
        return None
    inner = _sentence(words, "reason", rest) or (rest if "-" not in rest else None)
    return None if inner is None else words(f"{kind}.{head}-*", rest=inner)


def _plain(text: str) -> str:
    return text.strip().rstrip(".").casefold()

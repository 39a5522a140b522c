"""The analysis of text into the words that are indexed and looked for: once, for both engines.

Split at non-alphanumerics, lower case, drop elided words, fold accents and ligatures, make plurals singular, then stem
(Snowball French). It knows no engine, no schema and no query: only text.

Plurals come before Snowball, which leaves the s after a, i, o and u (`vélos`, `emplois`, `menus`) and the x of nouns
(`lieux`, `enjeux`): by itself it does not find a good part of the common nouns by their plural.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

ANALYSIS = 1
"""The number of this analysis. Change it with any change of the words that come out: older indexes must be rebuilt."""

LONGEST_WORD = 64
"""Characters; what is longer is cut, alike in texts and queries. Engines have limits of their own, far above."""

ELIDED = frozenset(["l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"])
"""Words that lose their vowel before another one: dropped before an apostrophe that another word follows."""

STOP_WORDS = frozenset(
    (
        *("a", "au", "aux", "avec", "ce", "ces", "cet", "cette", "dans", "de", "des", "du", "en", "et"),
        *("la", "le", "les", "ou", "par", "pour", "sur", "un", "une"),
    )
)
"""Folded words that a query does not insist on while it has others. They are indexed, so phrases may hold them."""

# A word may hold combining marks, as in texts that are not normalised (NFC): they belong to the letter before them.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0"
)
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}\ufe20-\ufe2f])*")
_APOSTROPHE_AND_WORD = re.compile(r"['’ʼ‘′＇] ?[^\W_]")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})

_PLURALS = {
    **{f"{noun}x": noun for noun in ("jeu", "enjeu", "lieu", "milieu", "feu", "voeu", "cheveu", "dieu", "adieu")},
    **{f"{noun}x": noun for noun in ("neveu", "hebreu", "pieu", "essieu", "moyeu", "aveu", "tuyau", "noyau", "boyau")},
    **{f"{noun}x": noun for noun in ("joyau", "gruau", "etau", "fabliau", "materiau", "esquimau", "banlieu")},
    **{f"{stem}aux": f"{stem}ail" for stem in ("trav", "vitr", "b", "cor", "em", "soupir")},
    "yeux": "oeil",
    "cieux": "ciel",
    "aieux": "aieul",
    "ideaux": "ideal",
    "messieurs": "monsieur",
    "nouvel": "nouveau",
    "vieil": "vieux",
    "bel": "beau",
}
"""Folded plurals (and forms before a vowel) that no rule makes right. Snowball does `-eaux` and most of `-aux`."""

_stemmers = threading.local()


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is indexed, what it was before stemming, and where it stands: `text[start:end]`."""

    stem: str
    folded: str
    start: int
    end: int


def words(text: str) -> Iterator[Word]:
    """The words of a text in their order. `l’énergie` gives one word, `energ`; a lone `l` is a word."""
    for match in _WORD.finditer(text):
        folded = fold(match[0])
        if folded in ELIDED and _APOSTROPHE_AND_WORD.match(text, match.end()):
            continue
        if folded:
            yield Word(_stem(folded), folded, match.start(), match.end())


def stems(text: str) -> list[str]:
    """Only the indexed words, in their order."""
    return [word.stem for word in words(text)]


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """One word in lower case, without accents and ligatures, letters and digits only: `Œuvré` gives `oeuvre`."""
    if word.isascii():
        return word.lower()[:LONGEST_WORD]
    plain = unicodedata.normalize("NFKD", word.casefold().translate(_LIGATURES)).casefold().translate(_LIGATURES)
    return "".join(character for character in plain if character.isalnum())[:LONGEST_WORD]


def sort_key(text: str) -> str:
    """The text in the order of a French dictionary, near enough: folded words with single blanks, at most 200
    characters. A text without letters and digits is its own key."""
    key = " ".join(filter(None, (fold(match[0]) for match in _WORD.finditer(text))))
    return (key or text.strip())[:200]


@lru_cache(maxsize=65536)
def _stem(folded: str) -> str:
    # A stemmer of PyStemmer keeps state between calls, so each thread has its own.
    stemmer: Stemmer.Stemmer | None = getattr(_stemmers, "french", None)
    if stemmer is None:
        stemmer = _stemmers.french = Stemmer.Stemmer("french")
    stem: str = stemmer.stemWord(_singular(folded))
    return stem


def _singular(folded: str) -> str:
    if folded in _PLURALS:
        return _PLURALS[folded]
    if len(folded) > 3 and folded.endswith("s") and not folded.endswith("ss"):
        return folded[:-1]
    return folded

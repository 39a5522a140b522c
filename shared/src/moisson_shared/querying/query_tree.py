"""The query tree: what both engines are asked, in a dozen frozen nodes. It names columns, never an engine's syntax."""

from dataclasses import dataclass

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.search import BoundingBox


@dataclass(frozen=True, slots=True)
class WordIn:
    """A word in a column of words; scored by BM25 times the weight."""

    column: str
    word: str
    weight: float


@dataclass(frozen=True, slots=True)
class PhraseIn:
    """Words side by side in a column of words; scored by BM25 times the weight."""

    column: str
    words: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Best:
    """At least one of these must match; the scores of those that do are added."""

    choices: tuple["WordIn | PhraseIn", ...]


@dataclass(frozen=True, slots=True)
class ValueIn:
    """A column of whole values has one of these. Not scored, nor is any node below."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberWithin:
    """One number of a column lies within the bounds, both included; an open side is None."""

    column: str
    least: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class EitherOf:
    """At least one of these must match."""

    choices: tuple["ValueIn | NumberWithin", ...]


@dataclass(frozen=True, slots=True)
class PlaceWithin:
    """One place of the project lies in the box, by the coordinates of a view."""

    view: AccessLevel
    box: BoundingBox


Clause = Best | ValueIn | NumberWithin | EitherOf | PlaceWithin


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these must match; without clauses everything does. `visible` is the caller's level: projects above it do
    not match."""

    clauses: tuple[Clause, ...]
    visible: AccessLevel

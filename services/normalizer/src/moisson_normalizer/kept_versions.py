"""Index versions as the normalizer keeps them: what each holds, so that differences, rejects and provenance outlive
the run, and a candidate that is thrown away leaves no trace.

A version names one set of projects per recipe. Sets never change; an unchanged recipe hands its set on. A set's entries
say for each project the digest of its content and where its document is: in the set that wrote it first.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from moisson_shared.contracts.model import Contract, Count, Instant, Slug
from moisson_shared.contracts.normalisation import RecipeCounters, Reject, RejectTotal
from moisson_shared.contracts.project import Project
from moisson_shared.ports.documents import Collection, DocumentReader


class Entry(NamedTuple):
    """A project in a set: digests of what readers see and of its provenance, and the set that has its document."""

    content: str
    provenance: str
    kept_in: str


class RecipeSet(Contract):
    """What one recipe gave to a version, and the digest of everything that this follows from."""

    set_id: str
    input: str
    counters: RecipeCounters
    totals: tuple[RejectTotal, ...] = ()


class KeptVersion(Contract):
    """One version. `input` is the digest of everything that it follows from."""

    corpus: Slug
    number: Count
    state: Literal["building", "sealed", "discarding"]
    run_id: str
    began_at: Instant
    built_at: Instant | None = None
    input: str = ""
    layout: str = ""
    """The digest of the layout: versions of equal layouts can be cloned."""
    title: str = ""
    """The schema's field that heads a project."""
    projects: Count = 0
    places: Count = 0
    sets: dict[str, RecipeSet] = {}


class CorpusState(Contract):
    """Which version is live. `publishing` is a move of the alias that has begun, and is repeated after a crash."""

    corpus: Slug
    live: int | None = None
    publishing: int | None = None
    highest: Count = 0
    """The highest number that the index ever gave."""


class SetPart(Contract):
    """A sixteenth of a set: the entries of projects whose ids begin with one hexadecimal digit."""

    set_id: str
    digit: str
    entries: dict[str, tuple[str, str, str]]


class KeptProject(Contract):
    """A project with its provenance, in the set that wrote it first."""

    set_id: str
    project: Project


class KeptReject(Contract):
    """One reject of a set, with what it can be found by; `step` is -1 where the schema refused."""

    set_id: str
    number: Count
    step: int
    field: str
    code: str
    reject: Reject


VERSIONS: Collection[KeptVersion] = Collection(
    "index_versions", KeptVersion, lambda kept: version_key(kept.corpus, kept.number), ("corpus", "number", "state")
)
CORPUS_STATES: Collection[CorpusState] = Collection("corpus_states", CorpusState, lambda state: state.corpus)
SET_PARTS: Collection[SetPart] = Collection(
    "set_parts", SetPart, lambda part: f"{part.set_id}/{part.digit}", ("set_id",)
)
PROJECTS: Collection[KeptProject] = Collection(
    "set_projects", KeptProject, lambda kept: project_key(kept.set_id, kept.project.id), ("set_id",)
)
REJECTS: Collection[KeptReject] = Collection(
    "set_rejects",
    KeptReject,
    lambda kept: f"{kept.set_id}/{kept.number:09}",
    ("set_id", "step", "field", "code"),
)
VERSION_COLLECTIONS = (VERSIONS, CORPUS_STATES, SET_PARTS, PROJECTS, REJECTS)
_DIGITS = "0123456789abcdef"


def version_key(corpus: str, number: int) -> str:
    """Ordered as the numbers are."""
    return f"{corpus}/{number:08}"


def project_key(set_id: str, project_id: str) -> str:
    """Where a project's document is."""
    return f"{set_id}/{project_id}"


async def read_set(documents: DocumentReader, set_id: str) -> dict[str, Entry]:
    """All entries of a set by project id; empty for a set that is gone."""
    parts = await documents.get_many(SET_PARTS, [f"{set_id}/{digit}" for digit in _DIGITS])
    return {project_id: Entry(*entry) for part in parts.values() for project_id, entry in part.value.entries.items()}


async def read_sets(documents: DocumentReader, set_ids: Iterable[str]) -> dict[str, Entry]:
    """The entries of several sets together."""
    found: dict[str, Entry] = {}
    for set_id in set_ids:
        found.update(await read_set(documents, set_id))
    return found


def set_parts(set_id: str, entries: dict[str, Entry]) -> list[SetPart]:
    """The documents that hold a set."""
    parts: dict[str, dict[str, tuple[str, str, str]]] = {}
    for project_id, entry in entries.items():
        parts.setdefault(project_id[0], {})[project_id] = entry
    return [SetPart(set_id=set_id, digit=digit, entries=part) for digit, part in sorted(parts.items())]


async def find_project(documents: DocumentReader, version: KeptVersion, project_id: str) -> Project | None:
    """A project of a version with its provenance, or None."""
    if project_id[:1] not in _DIGITS or not project_id:
        return None
    keys = [f"{kept.set_id}/{project_id[0]}" for kept in version.sets.values()]
    for part in (await documents.get_many(SET_PARTS, keys)).values():
        entry = part.value.entries.get(project_id)
        if entry is not None:
            stored = await documents.get(PROJECTS, project_key(entry[2], project_id))
            return stored.value.project if stored else None
    return None

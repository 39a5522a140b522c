"""How an installation's indexes are called: `<prefix>_<corpus>_v12`, and the alias `<prefix>_<corpus>_live`.

Neither prefixes nor corpus ids hold an underscore, so no two installations can meet in one name.
"""

import hashlib
import re

MANIFEST_ID = "manifest"
"""The document that holds a sealed version's manifest, beside its projects."""

_CORPUS = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class IndexNames:
    """The names under one prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._version = re.compile(rf"{re.escape(prefix)}_([a-z0-9-]+)_v([1-9][0-9]*)")

    def version(self, corpus: str, version: int) -> str:
        """The index of a version."""
        return f"{self.prefix}_{corpus}_v{version}"

    def versions(self, corpus: str) -> str:
        """A pattern of all versions of a corpus."""
        return f"{self.prefix}_{corpus}_v*"

    def live(self, corpus: str) -> str:
        """The alias of the live version."""
        return f"{self.prefix}_{corpus}_live"

    def all_live(self) -> str:
        """A pattern of all aliases of live versions."""
        return f"{self.prefix}_*_live"

    def numbers(self) -> str:
        """The index that remembers the highest number given to each corpus."""
        return f"{self.prefix}_numbers"

    def parse(self, index: str) -> tuple[str, int] | None:
        """Corpus and version of an index's name; None for another one's."""
        match = self._version.fullmatch(index)
        return (match[1], int(match[2])) if match else None


def is_corpus(name: str) -> bool:
    """Whether a name from outside may be a corpus: anything else never reaches an address of the server."""
    return len(name) <= 63 and _CORPUS.fullmatch(name) is not None


def document_id(project_id: str) -> str:
    """The id of a project's document: Elasticsearch takes at most 512 bytes, a project's id has no such limit."""
    return "p" + hashlib.blake2b(project_id.encode(), digest_size=24).hexdigest()

"""The search index: immutable versions of a corpus, one of them live, and queries in our nouns."""

from collections.abc import Sequence
from typing import Protocol

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.corpus import IndexLayout, Manifest
from moisson_shared.contracts.project import Project
from moisson_shared.contracts.search import MapPage, SearchPage, SearchQuery


class SearchIndexReader(Protocol):
    """Reads. Each call names the version by its manifest, so a page and its next one come from the same version.

    Nothing above `level` can be told from the answers: not in hits, totals, facets, order, scores or highlights.
    """

    async def live(self, corpus: str) -> Manifest | None:
        """The manifest of the live version; None for an unknown corpus or one never published."""
        ...

    async def corpora(self) -> tuple[Manifest, ...]:
        """The live manifests of all published corpora, by corpus id."""
        ...

    async def manifest(self, corpus: str, version: int) -> Manifest | None:
        """The manifest of any sealed version that is still there."""
        ...

    async def search(self, manifest: Manifest, query: SearchQuery, level: AccessLevel) -> SearchPage:
        """One page. `Invalid` names a field that the schema (at this level) has not; `Unavailable` when the engine
        is away; `CursorExpired` when the version is gone."""
        ...

    async def map(self, manifest: Manifest, query: SearchQuery, level: AccessLevel, limit: int) -> MapPage:
        """The places of all found projects (sort, size, after, facets and highlight are ignored)."""
        ...

    async def get(self, manifest: Manifest, project_id: str, level: AccessLevel) -> Project | None:
        """The project as this level may see it, or None: absent and hidden look the same."""
        ...

    async def check(self) -> None:
        """Raises `Unavailable` when the engine does not answer within two seconds."""
        ...

    async def close(self) -> None: ...


class SearchIndexWriter(Protocol):
    """Builds versions beside the live one. One writer per corpus at a time: the normalizer sees to it."""

    async def begin(self, layout: IndexLayout, *, clone: int | None = None) -> int:
        """A new version, empty or a clone of a sealed one of equal layout; its number is one above all earlier
        ones of the corpus, and never used again. `Invalid` where the layouts differ."""
        ...

    async def write(self, corpus: str, version: int, projects: Sequence[Project]) -> None:
        """Adds or replaces projects by id, in an open version. At most 500 at once."""
        ...

    async def remove(self, corpus: str, version: int, project_ids: Sequence[str]) -> None:
        """Removes projects from an open version; absent ones are no error."""
        ...

    async def seal(self, manifest: Manifest) -> None:
        """Makes a version durable and immutable, with its manifest. Only a sealed version can be published."""
        ...

    async def publish(self, corpus: str, version: int) -> None:
        """Makes a sealed version live in one step; readers see the old one or the new one. Also rolls back."""
        ...

    async def versions(self, corpus: str) -> tuple[Manifest, ...]:
        """The manifests of the sealed versions, newest first."""
        ...

    async def discard(self, corpus: str, version: int) -> None:
        """Deletes a version, open or sealed. `NotNow` for the live one; absent is no error."""
        ...

    async def check(self) -> None:
        """Raises `Unavailable` when the engine does not answer within two seconds."""
        ...

    async def close(self) -> None: ...

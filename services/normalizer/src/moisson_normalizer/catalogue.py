"""Schemas, taxonomies, corpora and recipes as they are kept: the current edition of each, and all earlier ones.

Numbers of editions go on after a deletion, so that a version names one content for good.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from moisson_shared.contracts.corpus import Corpus
from moisson_shared.contracts.errors import AlreadyExists, NotFound, VersionConflict
from moisson_shared.contracts.model import Contract, Count, Instant, Slug
from moisson_shared.contracts.recipe import RecipeDraft
from moisson_shared.contracts.schema import Schema
from moisson_shared.contracts.taxonomy import Taxonomy
from moisson_shared.ports.documents import (
    Collection,
    Delete,
    DocumentStore,
    Equal,
    Expect,
    Find,
    In,
    Insert,
    Operation,
    Order,
    Page,
    Replace,
    Stored,
)

D = TypeVar("D", bound=Schema | Taxonomy | Corpus | RecipeDraft)
Clock = Callable[[], datetime]


class Edition(Contract, Generic[D]):
    """One state of a document. The indexed attributes are those of recipes, and None for all else."""

    id: Slug
    version: Count
    value: D
    saved_at: Instant
    saved_by: str
    corpus: str | None = None
    partner: str | None = None
    source: str | None = None


class Shelf(Generic[D]):
    """All documents of one kind. `kind` stands in messages and in the names of collections."""

    def __init__(self, kind: str, edition: type[Edition[D]], documents: DocumentStore, clock: Clock) -> None:
        self.kind = kind
        indexed = ("corpus", "partner", "source")
        self.current: Collection[Edition[D]] = Collection(f"{kind}_current", edition, lambda kept: kept.id, indexed)
        self.history: Collection[Edition[D]] = Collection(
            f"{kind}_editions", edition, lambda kept: f"{kept.id}/{kept.version:08}", ("id", "version")
        )
        self._documents = documents
        self._clock = clock

    async def stored(self, id_: str) -> Stored[Edition[D]]:
        """The current edition with its place in the store; `NotFound` where there is none."""
        found = await self._documents.get(self.current, id_)
        if found is None:
            raise NotFound(f"There is no {self.kind} {id_!r}.")
        return found

    async def get(self, id_: str) -> Edition[D]:
        """The current edition; `NotFound` where there is none."""
        return (await self.stored(id_)).value

    async def find(self, id_: str) -> Stored[Edition[D]] | None:
        """The current edition, or None."""
        return await self._documents.get(self.current, id_)

    async def page(self, limit: int, after: str | None, partners: Sequence[str] | None = None) -> Page[Edition[D]]:
        """Current editions by id; of recipes those of the partners only, where some are named."""
        where = (In("partner", tuple(partners)),) if partners is not None else ()
        return await self._documents.find(self.current, Find(where=where, limit=limit, after=after))

    async def all_where(self, **attributes: str) -> list[Stored[Edition[D]]]:
        """Every current edition with these attributes (`corpus`, `partner`, `source`), by id."""
        where = tuple(Equal(name, value) for name, value in attributes.items())
        found: list[Stored[Edition[D]]] = []
        after: str | None = None
        while True:
            page = await self._documents.find(self.current, Find(where=where, limit=500, after=after))
            found.extend(page.items)
            after = page.next
            if after is None:
                return found

    async def ever_used(self) -> bool:
        """Whether there is or was any document of this kind."""
        return bool((await self._documents.find(self.history, Find(limit=1))).items)

    async def create(self, value: D, by: str, given: Sequence[Expect] = ()) -> Edition[D]:
        """The first edition, or the next one after a deletion. `AlreadyExists` where the id is taken."""
        last = await self._last_version(value.id)
        edition = self._edition(value, last + 1, by)
        try:
            await self._documents.apply([*given, Insert(self.current, edition), Insert(self.history, edition)])
        except AlreadyExists as error:
            raise AlreadyExists(f"There is a {self.kind} {value.id!r} already.") from error
        return edition

    async def replace(self, stored: Stored[Edition[D]], value: D, by: str, given: Sequence[Expect] = ()) -> Edition[D]:
        """The next edition; `VersionConflict` where somebody else wrote since `stored` was read."""
        edition = self._edition(value, stored.value.version + 1, by)
        operations: list[Operation] = [
            *given,
            Replace(self.current, edition, stored.version),
            Insert(self.history, edition),
        ]
        try:
            await self._documents.apply(operations)
        except AlreadyExists as error:
            raise VersionConflict(f"Somebody else wrote the {self.kind} {value.id!r} meanwhile.") from error
        return edition

    async def delete(self, stored: Stored[Edition[D]], given: Sequence[Expect] = ()) -> None:
        """Ends the current edition; earlier ones stay readable."""
        await self._documents.apply([*given, Delete(self.current, stored.key, stored.version)])

    async def versions(self, id_: str, limit: int, after: str | None) -> Page[Edition[D]]:
        """Earlier editions and the current one, newest first."""
        order = (Order("version", descending=True),)
        return await self._documents.find(
            self.history, Find(where=(Equal("id", id_),), order=order, limit=limit, after=after)
        )

    async def version(self, id_: str, version: int) -> Edition[D]:
        """One edition; `NotFound` where there is none."""
        found = await self._documents.get(self.history, f"{id_}/{version:08}")
        if found is None:
            raise NotFound(f"There is no version {version} of the {self.kind} {id_!r}.")
        return found.value

    async def _last_version(self, id_: str) -> int:
        page = await self.versions(id_, 1, None)
        return page.items[0].value.version if page.items else 0

    def _edition(self, value: D, version: int, by: str) -> Edition[D]:
        recipe = value if isinstance(value, RecipeDraft) else None
        return self.current.model(
            id=value.id,
            version=version,
            value=value,
            saved_at=self._clock(),
            saved_by=by,
            corpus=recipe.corpus if recipe else None,
            partner=recipe.partner if recipe else None,
            source=recipe.source if recipe else None,
        )


class Catalogue:
    """The four shelves."""

    def __init__(self, documents: DocumentStore, clock: Clock) -> None:
        self.schemas = Shelf("schema", Edition[Schema], documents, clock)
        self.taxonomies = Shelf("taxonomy", Edition[Taxonomy], documents, clock)
        self.corpora = Shelf("corpus", Edition[Corpus], documents, clock)
        self.recipes = Shelf("recipe", Edition[RecipeDraft], documents, clock)

    def collections(self) -> tuple[Collection[Any], ...]:
        """What must be opened in the store."""
        shelves: tuple[Shelf[Any], ...] = (self.schemas, self.taxonomies, self.corpora, self.recipes)
        return tuple(collection for shelf in shelves for collection in (shelf.current, shelf.history))

"""The documents the suite keeps: every kind of indexed attribute, optional and not, and unique groups of each sort."""

from enum import StrEnum
from typing import Any

from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.model import Contract, Instant, JsonObject
from moisson_shared.ports.documents import Collection, DocumentReader, DocumentStore, Find, Page, Stored


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Note(Contract):
    """Something short, with one attribute of each kind."""

    id: str
    title: str = ""
    rank: int | None = None
    weight: float | None = None
    pinned: bool = False
    colour: Colour | None = None
    written: Instant | None = None
    email: str | None = None
    owner: str | None = None
    slot: int | None = None
    values: JsonObject = {}


class Entry(Contract):
    """A line of a feed: no attribute may be None."""

    feed: str
    seq: int
    text: str = ""


class Counter(Contract):
    id: str
    count: int = 0


NOTES = Collection(
    "notes",
    Note,
    lambda note: note.id,
    indexed=("title", "rank", "weight", "pinned", "colour", "written", "email", "owner", "slot"),
    unique=(("email",), ("owner", "slot")),
)
ENTRIES = Collection(
    "entries", Entry, lambda entry: f"{entry.feed}:{entry.seq}", indexed=("feed", "seq"), unique=(("feed", "seq"),)
)
COUNTERS = Collection("counters", Counter, lambda counter: counter.id)
COLLECTIONS: tuple[Collection[Any], ...] = (NOTES, ENTRIES, COUNTERS)


async def note(documents: DocumentReader, key: str) -> Stored[Note]:
    """A note that must be there."""
    found = await documents.get(NOTES, key)
    assert found is not None
    return found


def keys(page: Page[Any]) -> list[str]:
    return [item.key for item in page.items]


async def all_keys(documents: DocumentReader, find: Find) -> list[str]:
    """The keys of all pages, in order."""
    found: list[str] = []
    page = await documents.find(NOTES, find)
    found += keys(page)
    while page.next is not None:
        assert len(page.items) == find.limit
        page = await documents.find(NOTES, Find(find.where, find.order, find.limit, page.next))
        found += keys(page)
    return found


async def opened(url: str, *collections: Collection[Any]) -> DocumentStore:
    """A store with these collections; the caller closes it."""
    store = open_documents(url)
    await store.open(collections)
    return store

"""Public search as a use case: from a query string and a level to an answer. Knows the index reader, and no HTTP.

Each answer follows the same steps: the version (live, or that of the cursor), its view at the caller's level, the
parameters read against that view, and only then the engine.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson

from moisson_api.searching.answer_json import map_json, page_json, project_json
from moisson_api.searching.corpus_json import describe_corpus
from moisson_api.searching.corpus_view import CorpusView, CorpusViews, Counts
from moisson_api.searching.cursor import Position, open_cursor, write_cursor
from moisson_api.searching.facet_completion import search_with_facets
from moisson_api.searching.language import choose_language
from moisson_api.searching.parameters import Answer, read_search
from moisson_api.searching.query_string import read_pairs
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.errors import CursorExpired, NotFound
from moisson_shared.contracts.search import SearchQuery
from moisson_shared.ports.search_index import SearchIndexReader

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_ID = 512


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that is ready to be computed: what it follows from, and how to get its bytes."""

    views: tuple[CorpusView, ...]
    language: str
    body: Callable[[], Awaitable[bytes]]


class PublicSearch:
    """Answers for any caller; `cursor_key` gives the key that cursors are signed with."""

    def __init__(
        self, reader: SearchIndexReader, cursor_key: Callable[[], Awaitable[bytes]], most_map_places: int
    ) -> None:
        self._reader = reader
        self._cursor_key = cursor_key
        self._most_map_places = most_map_places
        self._views = CorpusViews()

    async def corpora(self, level: AccessLevel, query_string: bytes) -> Answered:
        """Every published corpus."""
        _only_language(query_string)
        views = tuple(self._views.of(manifest, level) for manifest in await self._reader.corpora())

        async def body() -> bytes:
            described = [describe_corpus(view, await self._count(view)) for view in views]
            return orjson.dumps({"items": described, "next": None})

        return Answered(views, "", body)

    async def corpus(self, corpus: str, level: AccessLevel, query_string: bytes) -> Answered:
        """One corpus; `NotFound` where none of that name is published."""
        _only_language(query_string)
        view = await self._live(corpus, level)

        async def body() -> bytes:
            return orjson.dumps(describe_corpus(view, await self._count(view)))

        return Answered((view,), "", body)

    async def project(self, corpus: str, project_id: str, level: AccessLevel, query_string: bytes) -> Answered:
        """One project; `NotFound` alike for one that is absent and one that is hidden."""
        _only_language(query_string)
        view = await self._live(corpus, level)
        if not 0 < len(project_id) <= _LONGEST_ID:
            raise _no_project()
        project = await self._reader.get(view.manifest, project_id, level)
        if project is None:
            raise _no_project()

        async def body() -> bytes:
            return project_json(view, project)

        return Answered((view,), "", body)

    async def page(self, corpus: str, level: AccessLevel, query_string: bytes, accept_language: str | None) -> Answered:
        """One page of results.

        `Invalid` for parameters that are not understood and for a cursor we never wrote; `CursorExpired` for a cursor
        of a version that is gone, or of another search.
        """
        pairs = read_pairs(query_string)
        view = await self._live(corpus, level)
        text = next((value for name, value in pairs if name == "cursor"), None)
        opened = None if text is None else open_cursor(await self._cursor_key(), text)
        if opened is not None:
            view = await self._of_version(view, opened.position.version)
        asked = read_search(pairs, view.fields)
        query = asked.query
        if opened is not None:
            query = query.model_copy(update={"after": opened.check(corpus, query, level).after})
        language = choose_language(asked.language, accept_language, view.languages)
        return Answered((view,), language, lambda: self._page_body(view, query, language))

    async def map(self, corpus: str, level: AccessLevel, query_string: bytes, accept_language: str | None) -> Answered:
        """The places of all that is found."""
        view = await self._live(corpus, level)
        asked = read_search(read_pairs(query_string), view.fields, Answer.MAP)
        language = choose_language(asked.language, accept_language, view.languages)

        async def body() -> bytes:
            return map_json(await self._reader.map(view.manifest, asked.query, level, self._most_map_places))

        return Answered((view,), language, body)

    async def _page_body(self, view: CorpusView, query: SearchQuery, language: str) -> bytes:
        page, cut = await search_with_facets(self._reader, view.manifest, query, view.level)
        following = None
        if page.next is not None and query.size:
            position = Position(view.manifest.version, page.next)
            key = await self._cursor_key()
            following = write_cursor(key, view.manifest.layout.corpus, query, view.level, position)
        return page_json(view, query, page, cut, view.labels(language), following)

    async def _live(self, corpus: str, level: AccessLevel) -> CorpusView:
        manifest = await self._reader.live(corpus) if len(corpus) <= 63 and _SLUG.fullmatch(corpus) else None
        if manifest is None:
            raise NotFound("no corpus of this name is published; /v1/corpora has the list")
        return self._views.of(manifest, level)

    async def _of_version(self, live: CorpusView, version: int) -> CorpusView:
        if version == live.manifest.version:
            return live
        manifest = await self._reader.manifest(live.manifest.layout.corpus, version)
        if manifest is None:
            raise CursorExpired("the version this cursor belongs to is gone; begin at the first page")
        return self._views.of(manifest, live.level)

    async def _count(self, view: CorpusView) -> Counts:
        if view.counts is None:
            everything = SearchQuery(size=0)
            page, places = await asyncio.gather(
                self._reader.search(view.manifest, everything, view.level),
                self._reader.map(view.manifest, everything, view.level, 1),
            )
            view.counts = Counts(projects=page.total, places=places.places)
        return view.counts


def _only_language(query_string: bytes) -> None:
    """Refuses every parameter but `lang`, which clients send along everywhere: labels are given in all languages."""
    read_search(read_pairs(query_string), {}, Answer.DOCUMENT)


def _no_project() -> NotFound:
    return NotFound("there is no such project in this corpus")

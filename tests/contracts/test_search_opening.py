"""Opening a search index: addresses that are not understood, and an engine that is away."""

import pytest

from moisson_shared.adapters.open_backends import BackendAddressError, open_search_reader, open_search_writer
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.contracts.search import SearchQuery
from tests.contracts.search_corpus import CORPUS, OPEN, layout, manifest


async def test_an_engine_that_is_away_is_said_to_be() -> None:
    url = "elasticsearch+http://127.0.0.1:9/away"
    reader, writer = open_search_reader(url), open_search_writer(url)
    for asked in (
        reader.check(),
        reader.live(CORPUS),
        reader.search(manifest(1), SearchQuery(), OPEN),
        reader.get(manifest(1), "a", OPEN),
        writer.check(),
        writer.begin(layout()),
    ):
        with pytest.raises(Unavailable):
            await asked
    await reader.close()
    await writer.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "solr://host/x",
        "tantivy:relative",
        "tantivy://host/x",
        "tantivy:///",
        "elasticsearch+http://host:9200",
        "elasticsearch+http://host:9200/Upper",
        "elasticsearch+http://host:9200/a/b",
        "elasticsearch+http:///x",
    ],
)
def test_an_address_that_is_not_understood_is_refused(url: str) -> None:
    for opening in (open_search_reader, open_search_writer):
        with pytest.raises(BackendAddressError):
            opening(url)

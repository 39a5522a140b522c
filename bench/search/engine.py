"""The search adapter against bare tantivy: the same engine queries, the same 20 stored bodies of each page.

`python -m bench.search.engine ours|bare FOLDER`
"""

import asyncio
import sys
from pathlib import Path

import orjson

from bench.measuring import Stopwatch
from bench.search.corpus import CORPUS, queries
from moisson_shared.adapters.open_backends import open_search_reader
from moisson_shared.adapters.tantivy_columns import BODY, open_index
from moisson_shared.adapters.tantivy_order import total
from moisson_shared.adapters.tantivy_query import tantivy_query
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.search import SearchQuery
from moisson_shared.querying.plan_query import plan_query


async def ours(folder: Path) -> None:
    reader = open_search_reader(f"tantivy://{folder}")
    manifest = await reader.live(CORPUS)
    if manifest is None:
        raise SystemExit("the index was not published")
    asked = [SearchQuery(text=text) for text in queries()]
    found = (await reader.search(manifest, asked[0], AccessLevel.OPENDATA)).total
    watch = Stopwatch()
    for query in asked:
        found += (await reader.search(manifest, query, AccessLevel.OPENDATA)).total
    watch.report(len(asked))
    await reader.close()
    if not found:
        raise SystemExit("nothing was found, so nothing was measured")


async def bare(folder: Path) -> None:
    reader = open_search_reader(f"tantivy://{folder}")
    manifest = await reader.live(CORPUS)
    if manifest is None:
        raise SystemExit("the index was not published")
    index = open_index(folder / CORPUS / f"v{manifest.version}" / "opendata")
    searcher, schema = index.searcher(), index.schema
    trees = [plan_query(SearchQuery(text=text), manifest.layout, AccessLevel.OPENDATA).tree for text in queries()]
    asked = [tantivy_query(tree, schema, lambda *_: ()) for tree in trees]
    found = 0
    watch = Stopwatch()
    for query in asked:
        page = searcher.search(query, 20)
        found += total(page)
        for _, address in page.hits:
            orjson.loads(bytes(searcher.doc(address)[BODY][0]))
    watch.report(len(asked))
    await reader.close()
    if not found:
        raise SystemExit("nothing was found, so nothing was measured")


if __name__ == "__main__":
    asyncio.run((bare if sys.argv[1] == "bare" else ours)(Path(sys.argv[2])))

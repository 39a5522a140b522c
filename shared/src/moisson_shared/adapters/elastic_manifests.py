"""Manifests in Elasticsearch: a document of each sealed version, and the alias that says which version is live."""

from collections.abc import Sequence

from elasticsearch import AsyncElasticsearch, NotFoundError

from moisson_shared.adapters.elastic_columns import MANIFEST
from moisson_shared.adapters.elastic_names import MANIFEST_ID, IndexNames, is_corpus
from moisson_shared.contracts.corpus import Manifest


async def read_manifest(client: AsyncElasticsearch, names: IndexNames, corpus: str, version: int) -> Manifest | None:
    """The manifest of a sealed version; None for any other."""
    found = await read_manifests(client, names, [(corpus, version)] if is_corpus(corpus) else [])
    return found[0] if found else None


async def read_manifests(
    client: AsyncElasticsearch, names: IndexNames, versions: Sequence[tuple[str, int]]
) -> tuple[Manifest, ...]:
    """The manifests of those versions that are sealed, in the order asked for."""
    if not versions:
        return ()
    answer = await client.mget(
        docs=[{"_index": names.version(corpus, version), "_id": MANIFEST_ID} for corpus, version in versions]
    )
    found = []
    for (_, version), document in zip(versions, answer["docs"], strict=True):
        if document.get("found"):
            manifest = Manifest.model_validate_json(document["_source"][MANIFEST])
            # A clone begins with the manifest of the version it was made from: it is not sealed yet.
            if manifest.version == version:
                found.append(manifest)
    return tuple(found)


async def live_index(client: AsyncElasticsearch, names: IndexNames, corpus: str) -> str | None:
    """The name of the live version's index."""
    if not is_corpus(corpus):
        return None
    try:
        answer = await client.indices.get_alias(name=names.live(corpus))
    except NotFoundError:
        return None
    return next(iter(answer.body), None)

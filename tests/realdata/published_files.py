"""The real files on their way through a running suite: served on loopback, crawled, normalised, published."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx

from moisson_shared.adapters.peer_http import peer_client
from moisson_shared.contracts.normalisation import VersionSummary
from moisson_shared.contracts.run import RunState
from moisson_standalone.demo.harvest import crawl, normalise, publish
from moisson_standalone.signed_in import SignedIn
from tests.flow.harvesting import quiet
from tests.flow.suite import Suite
from tests.realdata.mednum_file import SOURCES

DOCUMENTS = Path(__file__).with_name("recipes")
IDENTITIES: dict[str, dict[str, Any]] = {
    "corse": {"kind": "content"},
    "etapes-numerique": {"kind": "fields", "fields": ["ID"]},
    "maine-et-loire": {"kind": "fields", "fields": ["ID_LieuMed"]},
}


def publish_ffe(suite: Suite, files: str) -> VersionSummary:
    """The FFE file as corpus `cis`."""
    spider = {
        "id": "ffe",
        "partner": "ffe",
        "name": "FFE",
        "source": {"kind": "file", "url": f"{files}/cis/projets-ffe.csv"},
        "identity": {"kind": "fields", "fields": ["ID CIS"]},
    }
    return asyncio.run(_publish(suite, "cis", {"ffe": spider}))


def publish_mednum(suite: Suite, files: str) -> VersionSummary:
    """The three mednum files as corpus `mednum`, with a schema of its own."""
    spiders = {
        source: {
            "id": source,
            "partner": source,
            "name": source,
            "source": {"kind": "json", "url": f"{files}/mednum/{source}.json", "items": "$[*]"},
            "identity": IDENTITIES[source],
            "politeness": {"delay": 0},
        }
        for source in SOURCES
    }
    return asyncio.run(_publish(suite, "mednum", spiders))


async def _publish(suite: Suite, corpus: str, spiders: dict[str, dict[str, Any]]) -> VersionSummary:
    async with peer_client("") as http:
        admin = suite.admin(http)
        if corpus != "cis":
            await _settle_corpus(admin, corpus)
        for name, spider in spiders.items():
            await admin.settle("scraper", "/v1/partners", {"id": name, "name": name})
            await admin.settle("scraper", "/v1/spiders", spider)
            await admin.settle("normalizer", "/v1/recipes", document(name))
            run = await crawl(admin, name, quiet)
            assert run.state is RunState.DONE, run
            assert run.complete, run.reasons
        return await publish(admin, corpus, await normalise(admin, corpus, quiet), quiet)


async def _settle_corpus(admin: SignedIn, corpus: str) -> None:
    for taxonomy in sorted(DOCUMENTS.glob(f"taxonomy-{corpus}-*.json")):
        await admin.settle("normalizer", "/v1/taxonomies", document(taxonomy.stem))
    await admin.settle("normalizer", "/v1/schemas", document(f"schema-{corpus}"))
    await admin.settle("normalizer", "/v1/corpora", document(f"corpus-{corpus}"))


def document(name: str) -> dict[str, Any]:
    """A document that stands beside the recipes of the real files."""
    parsed: dict[str, Any] = json.loads((DOCUMENTS / f"{name}.json").read_bytes())
    return parsed


def fetch(public: httpx.Client, path: str, **params: Any) -> Any:
    """The JSON that the public API answers below `/v1/corpora`."""
    answer = public.get(path, params=params)
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.json()

"""The normalizer as the studio asks it: corpora, versions, recipes, previews, rejects, publishing."""

from typing import Annotated
from urllib.parse import quote

from pydantic import Field

from moisson_shared.contracts.corpus import Corpus
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.normalisation import NormalisationRun, Preview, Reject, RejectTotal, VersionSummary
from moisson_shared.contracts.recipe import Recipe
from moisson_viz_gateway.neighbours.neighbour import Answer, ListPage, Neighbour, Parameters


class VersionedRecipe(Answer):
    """A recipe with the ETag under which it may be replaced."""

    recipe: Recipe
    etag: Annotated[str, Field(pattern=r'^"[^"]*"$')]


class NormalizerClient:
    """Typed calls in the name of a person; each raises the domain errors of `Neighbour.call`."""

    def __init__(self, neighbour: Neighbour) -> None:
        self._normalizer = neighbour

    async def corpora(self, token: str) -> tuple[Corpus, ...]:
        """All corpora."""
        return await self._normalizer.read_all(Corpus, "/v1/corpora", token=token)

    async def corpus(self, token: str, corpus: str) -> Corpus:
        """One corpus."""
        return await self._normalizer.read(Corpus, f"/v1/corpora/{quote(corpus, safe='')}", token=token)

    async def versions(self, token: str, corpus: str) -> tuple[VersionSummary, ...]:
        """Versions of a corpus with what publishing each would change."""
        path = f"/v1/corpora/{quote(corpus, safe='')}/versions"
        return (await self._normalizer.read(ListPage[VersionSummary], path, token=token)).items

    async def publish(self, token: str, corpus: str, version: int, *, force: bool) -> None:
        """Makes a version live; `NotNow` with the failed checks unless it is forced."""
        path = f"/v1/corpora/{quote(corpus, safe='')}/publish"
        await self._normalizer.call("POST", path, token=token, body={"version": version, "force": force})

    async def run(self, token: str, corpus: str) -> NormalisationRun:
        """Asks for a normalisation run."""
        path = f"/v1/corpora/{quote(corpus, safe='')}/runs"
        return self._normalizer.understand(NormalisationRun, await self._normalizer.call("POST", path, token=token))

    async def runs(self, token: str, corpus: str, limit: int = 10) -> tuple[NormalisationRun, ...]:
        """The newest runs of a corpus."""
        path = f"/v1/corpora/{quote(corpus, safe='')}/runs"
        parameters = [("limit", str(limit))]
        return (await self._normalizer.read(ListPage[NormalisationRun], path, token=token, parameters=parameters)).items

    async def one_run(self, token: str, run: str) -> NormalisationRun:
        """A run."""
        return await self._normalizer.read(NormalisationRun, f"/v1/runs/{quote(run, safe='')}", token=token)

    async def rejects(self, token: str, run: str, parameters: Parameters) -> ListPage[Reject]:
        """What of a run could not be taken, filtered by recipe, step, field and code."""
        path = f"/v1/runs/{quote(run, safe='')}/rejects"
        return await self._normalizer.read(ListPage[Reject], path, token=token, parameters=parameters)

    async def reject_totals(self, token: str, run: str) -> tuple[RejectTotal, ...]:
        """How often each thing went wrong in a run, the most frequent first."""
        path = f"/v1/runs/{quote(run, safe='')}/reject-totals"
        totals = (await self._normalizer.read(ListPage[RejectTotal], path, token=token)).items
        return tuple(sorted(totals, key=lambda total: -total.count))

    async def recipes(self, token: str) -> tuple[Recipe, ...]:
        """All recipes that this person may read."""
        return await self._normalizer.read_all(Recipe, "/v1/recipes", token=token)

    async def recipe(self, token: str, recipe: str) -> VersionedRecipe:
        """One recipe and its ETag."""
        response = await self._normalizer.call("GET", f"/v1/recipes/{quote(recipe, safe='')}", token=token)
        found = self._normalizer.understand(Recipe, response)
        return VersionedRecipe(recipe=found, etag=response.headers.get("etag", f'"{found.version}"'))

    async def replace_recipe(self, token: str, recipe: str, draft: JsonObject, etag: str) -> Recipe:
        """The next version of a recipe; `Invalid` says where it is wrong."""
        path = f"/v1/recipes/{quote(recipe, safe='')}"
        response = await self._normalizer.call("PUT", path, token=token, body=draft, headers={"If-Match": etag})
        return self._normalizer.understand(Recipe, response)

    async def preview(self, token: str, draft: JsonObject, limit: int, offset: int) -> Preview:
        """A draft recipe on stored raw records."""
        body = {"recipe": draft, "limit": limit, "offset": offset}
        response = await self._normalizer.call("POST", "/v1/recipes/preview", token=token, body=body)
        return self._normalizer.understand(Preview, response)

    async def check(self) -> None:
        """Raises `Unavailable` when the normalizer does not answer."""
        await self._normalizer.check()

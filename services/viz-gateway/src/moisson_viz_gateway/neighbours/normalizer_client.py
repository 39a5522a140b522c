"""The normalizer as the studio asks it: corpora, versions, recipes, previews, rejects, publishing."""

from typing import Annotated
from urllib.parse import quote

from pydantic import Field

from moisson_shared.contracts.corpus import Corpus
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.normalisation import NormalisationRun, Preview, Reject, RejectTotal, VersionSummary
from moisson_shared.contracts.recipe import Recipe
from moisson_viz_gateway.neighbours.neighbour import Answer, Neighbour, Parameters


class CorpusList(Answer):
    """Corpora."""

    items: tuple[Corpus, ...]
    next: str | None = None


class RecipeList(Answer):
    """Recipes."""

    items: tuple[Recipe, ...]
    next: str | None = None


class NormalisationRunList(Answer):
    """Runs, the newest first."""

    items: tuple[NormalisationRun, ...]
    next: str | None = None


class VersionList(Answer):
    """Versions of a corpus, the newest first."""

    items: tuple[VersionSummary, ...]
    next: str | None = None


class RejectList(Answer):
    """A page of rejects, and how often each kind happened in the whole run."""

    items: tuple[Reject, ...]
    next: str | None = None
    totals: tuple[RejectTotal, ...] = ()


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
        return (await self._normalizer.read(CorpusList, "/v1/corpora", token=token)).items

    async def corpus(self, token: str, corpus: str) -> Corpus:
        """One corpus."""
        return await self._normalizer.read(Corpus, f"/v1/corpora/{quote(corpus, safe='')}", token=token)

    async def versions(self, token: str, corpus: str) -> tuple[VersionSummary, ...]:
        """Versions of a corpus with what publishing each would change."""
        path = f"/v1/corpora/{quote(corpus, safe='')}/versions"
        return (await self._normalizer.read(VersionList, path, token=token)).items

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
        return (await self._normalizer.read(NormalisationRunList, path, token=token, parameters=parameters)).items

    async def one_run(self, token: str, run: str) -> NormalisationRun:
        """A run."""
        return await self._normalizer.read(NormalisationRun, f"/v1/runs/{quote(run, safe='')}", token=token)

    async def rejects(self, token: str, run: str, parameters: Parameters) -> RejectList:
        """What of a run could not be taken, filtered by recipe, step and field."""
        path = f"/v1/runs/{quote(run, safe='')}/rejects"
        return await self._normalizer.read(RejectList, path, token=token, parameters=parameters)

    async def recipes(self, token: str) -> tuple[Recipe, ...]:
        """All recipes that this person may read."""
        return (await self._normalizer.read(RecipeList, "/v1/recipes", token=token)).items

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

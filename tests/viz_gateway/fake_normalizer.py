"""The normalizer as docs/interfaces.md describes it, small: it answers with samples and remembers what it was asked."""

from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from moisson_shared.contracts.faults import faults_of
from moisson_shared.contracts.normalisation import (
    RejectTotal,
    VersionSummary,
)
from moisson_shared.contracts.recipe import (
    Recipe,
    RecipeDraft,
)
from tests.viz_gateway.fake_api import problem
from tests.viz_gateway.sample_normalisation import CORPUS, PREVIEW, RECIPE, REJECTS, RUN, a_version


@dataclass
class FakeNormalizer:
    """Versions, the recipe, and what was asked."""

    recipe: Recipe = RECIPE
    versions: list[VersionSummary] = field(
        default_factory=lambda: [a_version(3, "candidate", passes=False), a_version(2, "live"), a_version(1, "earlier")]
    )
    published: list[tuple[int, bool]] = field(default_factory=list)
    asked: list[list[tuple[str, str]]] = field(default_factory=list)

    def app(self) -> FastAPI:
        """The app over this state."""
        app = FastAPI()
        app.get("/healthz")(self._health)
        app.get("/v1/corpora")(self._corpora)
        app.get("/v1/corpora/{corpus}")(self._corpus)
        app.get("/v1/corpora/{corpus}/versions")(self._versions)
        app.post("/v1/corpora/{corpus}/publish")(self._publish)
        app.post("/v1/corpora/{corpus}/runs")(self._run)
        app.get("/v1/corpora/{corpus}/runs")(self._runs)
        app.get("/v1/runs/{run}")(self._one_run)
        app.get("/v1/runs/{run}/rejects")(self._rejects)
        app.get("/v1/runs/{run}/reject-totals")(self._totals)
        app.get("/v1/recipes")(self._recipes)
        app.post("/v1/recipes/preview")(self._preview)
        app.get("/v1/recipes/{recipe}")(self._recipe)
        app.put("/v1/recipes/{recipe}")(self._replace)
        return app

    async def _health(self) -> Response:
        return JSONResponse({"status": "alive"})

    async def _corpora(self) -> Response:
        return _list([CORPUS])

    async def _corpus(self, corpus: str) -> Response:
        return problem(404, "not-found") if corpus != "cis" else JSONResponse(CORPUS.model_dump(mode="json"))

    async def _versions(self, corpus: str) -> Response:
        return _list(self.versions)

    async def _publish(self, corpus: str, request: Request) -> Response:
        wanted = await request.json()
        version = next(one for one in self.versions if one.version == wanted["version"])
        if not wanted["force"] and not all(check.passed or check.warning for check in version.checks):
            return problem(409, "not-now")
        self.published.append((wanted["version"], wanted["force"]))
        return JSONResponse(version.model_dump(mode="json"))

    async def _run(self) -> Response:
        return JSONResponse(RUN.model_dump(mode="json"), 202)

    async def _one_run(self, run: str) -> Response:
        return problem(404, "not-found") if run != RUN.id else JSONResponse(RUN.model_dump(mode="json"))

    async def _runs(self, corpus: str) -> Response:
        return _list([RUN])

    async def _rejects(self, request: Request) -> Response:
        asked = [item for item in request.query_params.multi_items() if item[0] != "limit"]
        self.asked.append(asked)
        wanted = dict(asked)
        step = {"schema": "None"}.get(wanted.get("step", ""), wanted.get("step"))
        return _list(
            reject
            for reject in REJECTS
            if wanted.get("code") in {None, reject.code}
            and wanted.get("field") in {None, reject.field}
            and step in {None, str(reject.step)}
        )

    async def _totals(self) -> Response:
        return _list(
            RejectTotal(**r.model_dump(include={"recipe", "step", "field", "code", "message", "warning"}), count=1)
            for r in REJECTS
        )

    async def _recipes(self) -> Response:
        return _list([self.recipe])

    async def _recipe(self, recipe: str) -> Response:
        if recipe != self.recipe.id:
            return problem(404, "not-found")
        return JSONResponse(self.recipe.model_dump(mode="json"), headers={"ETag": f'"{self.recipe.version}"'})

    async def _replace(self, recipe: str, request: Request) -> Response:
        document = await request.json()
        try:
            draft = RecipeDraft.model_validate(document)
        except ValidationError as error:
            return problem(
                422, "invalid", [{"pointer": f.pointer, "message": f.message} for f in faults_of(error, document)]
            )
        if request.headers.get("if-match") != f'"{self.recipe.version}"':
            return problem(412, "version-conflict")
        self.recipe = Recipe(**draft.model_dump(), version=self.recipe.version + 1)
        return JSONResponse(self.recipe.model_dump(mode="json"), headers={"ETag": f'"{self.recipe.version}"'})

    async def _preview(self, request: Request) -> Response:
        document = await request.json()
        if any(step.get("to") == "nowhere" for step in document["recipe"]["steps"]):
            faults = [{"pointer": "/recipe/steps/4/to", "message": "the schema has no field 'nowhere'"}]
            return problem(422, "invalid", faults)
        return JSONResponse(PREVIEW.model_dump(mode="json"))


def _list(items: Any) -> Response:
    return JSONResponse({"items": [item.model_dump(mode="json") for item in items], "next": None})

"""The normalizer as docs/interfaces.md describes it, small: a corpus with a candidate, a recipe, rejects."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI, Request
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from moisson_shared.contracts.corpus import Corpus
from moisson_shared.contracts.faults import faults_of
from moisson_shared.contracts.normalisation import (
    Check,
    Difference,
    NormalisationRun,
    Preview,
    PreviewProject,
    PreviewRow,
    ProjectSample,
    RecipeCounters,
    Reject,
    RejectTotal,
    RunOutcome,
    VersionSummary,
)
from moisson_shared.contracts.project import Place, Point, Project, Provenance
from moisson_shared.contracts.recipe import (
    Collect,
    Coordinates,
    Lookup,
    NullTokens,
    ParseDate,
    ParseUrl,
    Recipe,
    RecipeDraft,
    Rename,
    Split,
    Trim,
)
from moisson_shared.contracts.run import RunState
from tests.viz_gateway.fake_api import problem
from tests.viz_gateway.sample_corpus import HOSTILE

START = datetime(2026, 3, 18, 10, 0, tzinfo=UTC)
COUNTERS = RecipeCounters(
    recipe="ronce-annuaire",
    source="ronce-annuaire",
    partner="ronce",
    raw_records=42,
    rejects=2,
    projects=40,
    places=38,
    new=2,
    changed=3,
    unchanged=35,
    unused_fields={"Couleur": 12},
)
RECIPE = Recipe(
    id="ronce-annuaire",
    corpus="cis",
    source="ronce-annuaire",
    partner="ronce",
    version=3,
    ignore=("Référence interne",),
    steps=(
        NullTokens(tokens=("NR", "null")),
        Trim(),
        Rename(columns={"Nom du projet": "title", "Présentation": "description"}),
        Split(column="Thématiques", separator=";", to="mots"),
        Lookup(columns=("mots",), to="themes"),
        ParseDate(column="Lancement", to="started", formats=("%d/%m/%Y", "%Y")),
        ParseUrl(column="Site", to="website"),
        Collect(columns=("Public 1", "Public 2"), to="audience"),
        Coordinates(x="Longitude", y="Latitude"),
    ),
)
REJECTS = (
    Reject(
        recipe="ronce-annuaire",
        key="12",
        step=4,
        field="themes",
        value="Jardinage lunaire",
        code="unknown-concept",
        message="no concept of cis-themes/themes has this code or label",
    ),
    Reject(
        recipe="ronce-annuaire",
        key=HOSTILE,
        step=5,
        field="started",
        value=HOSTILE,
        code="not-a-date",
        message="not a date in any of the formats: %d/%m/%Y, %Y",
        whole=True,
    ),
    Reject(
        recipe="ronce-annuaire",
        key="31",
        field="title",
        value="",
        code="required-missing",
        message="a project cannot be without this field",
    ),
    Reject(
        recipe="ronce-annuaire",
        key="12",
        step=4,
        field="Libellé",
        value="Emploi",
        code="label-contradicts-code",
        message="the label is that of another concept than the code; the code was taken",
        warning=True,
    ),
)


def a_version(number: int, state: str, *, passes: bool = True) -> VersionSummary:
    """A version of the corpus."""
    return VersionSummary.model_validate(
        {
            "version": number,
            "state": state,
            "run_id": "n1",
            "built_at": START,
            "projects": 38 + number,
            "places": 40,
            "recipes": [COUNTERS],
            "checks": [
                Check(name="sealed", passed=True, message="the version is complete"),
                Check(
                    name="largest-loss",
                    passed=passes,
                    message="2 of 40 live projects would go (5%); at most 3% may",
                    figures={"gone": 2, "live": 40, "share": 0.05, "most": 0.03},
                ),
                Check(
                    name="sources",
                    passed=False,
                    message="1 of 2 sources have no complete run or no records yet: moulin-places",
                    warning=True,
                    figures={"sources": 2, "missing": 1},
                    names=("moulin-places",),
                ),
            ],
            "difference": Difference(
                new=2,
                changed=3,
                gone=1,
                new_samples=(ProjectSample(id="p1", title="Le Jardin partagé"),),
                gone_samples=(ProjectSample(id="p2", title=HOSTILE),),
            ),
        }
    )


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
        return _list([_CORPUS])

    async def _corpus(self, corpus: str) -> Response:
        return problem(404, "not-found") if corpus != "cis" else JSONResponse(_CORPUS.model_dump(mode="json"))

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
        return JSONResponse(_RUN.model_dump(mode="json"), 202)

    async def _one_run(self, run: str) -> Response:
        return problem(404, "not-found") if run != _RUN.id else JSONResponse(_RUN.model_dump(mode="json"))

    async def _runs(self, corpus: str) -> Response:
        return _list([_RUN])

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
        return JSONResponse(_PREVIEW.model_dump(mode="json"))


_CORPUS = Corpus(id="cis", labels={"fr": "Carrefour des innovations sociales"}, schema_id="cis", taxonomies=("cis",))
_RUN = NormalisationRun(
    id="n1",
    corpus="cis",
    state=RunState.DONE,
    requested_by="a1",
    queued_at=START,
    started_at=START,
    finished_at=START + timedelta(seconds=4),
    outcome=RunOutcome.BUILT,
    version=3,
    recipes=(COUNTERS,),
)
_PREVIEW = Preview(
    raw_records=42,
    groups=40,
    offset=0,
    unused_fields={"Couleur": 12},
    absent_columns=("Public 2",),
    projects=(
        PreviewProject(
            project=Project(
                id="p1",
                corpus="cis",
                partner="ronce",
                source="ronce-annuaire",
                group_key="12",
                fields={"title": "La Ressourcerie du Canal", "themes": ("ENV", "EMP"), "started": "2016-05-17"},
                places=(Place(point=Point(latitude=47.2, longitude=-1.55), fields={"city": "Nantes"}),),
                provenance={
                    "title": (Provenance(key="12", raw_fields=("Nom du projet",), steps=(1, 2)),),
                    "themes": (Provenance(key="12", raw_fields=("Thématiques",), steps=(1, 3, 4)),),
                    "city": (Provenance(key="12", raw_fields=("Ville",), steps=(1,)),),
                },
            ),
            rows=(
                PreviewRow(
                    key="12",
                    ordinal=0,
                    url=None,
                    values={
                        "Nom du projet": " La Ressourcerie du Canal ",
                        "Thématiques": "Environnement; Emploi",
                        "Lancement": "17/05/2016",
                        "Ville": "Nantes",
                        "Couleur": HOSTILE,
                    },
                ),
            ),
            trace=(),
            rejects=(REJECTS[0],),
        ),
        PreviewProject(
            project=None,
            rows=(PreviewRow(key="13", ordinal=0, url=None, values={"Ville": "Brest"}),),
            trace=(),
            rejects=(REJECTS[2],),
        ),
    ),
)


def _list(items: Any) -> Response:
    return JSONResponse({"items": [item.model_dump(mode="json") for item in items], "next": None})

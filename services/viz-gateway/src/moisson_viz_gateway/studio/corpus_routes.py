"""A corpus for its stewards: versions, what publishing one would change, normalisation runs, rejects."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from moisson_shared.contracts.errors import Conflict, NotFound
from moisson_shared.contracts.normalisation import NormalisationRun, Reject, RejectTotal, VersionSummary
from moisson_shared.contracts.recipe import Recipe
from moisson_viz_gateway.gateway import FormDep, Gateway, GatewayDep, Member, StewardDep
from moisson_viz_gateway.studio.recipe_words import step_sentence
from moisson_viz_gateway.wording.catalogue import Wording

router = APIRouter(prefix="/studio", include_in_schema=False)
REJECT_PAGE = 100
_STEP = re.compile(r"schema|\d{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RejectLine:
    """A reject with the sentence of the step that it met."""

    reject: Reject
    sentence: str | None


@router.get("/corpora/{corpus_id}")
async def corpus_page(request: Request, corpus_id: str, gateway: GatewayDep, steward: StewardDep) -> Response:
    """One corpus."""
    return await _corpus(request, gateway, steward, corpus_id)


@router.post("/corpora/{corpus_id}/runs")
async def normalise(corpus_id: str, gateway: GatewayDep, steward: StewardDep, form: FormDep) -> Response:
    """Asks for a normalisation run and goes to see it; where one waits already, to that one."""
    try:
        run_id = (await gateway.normalizer.run(steward.token, corpus_id)).id
    except Conflict:
        runs = await gateway.normalizer.runs(steward.token, corpus_id, 1)
        if not runs or runs[0].state.final:
            raise
        run_id = runs[0].id
    return RedirectResponse(f"/studio/normalisations/{run_id}", 303)


@router.post("/corpora/{corpus_id}/publish")
async def publish(
    request: Request, corpus_id: str, gateway: GatewayDep, steward: StewardDep, form: FormDep
) -> Response:
    """Makes a version live. Failed checks come back beside the button that overrules them."""
    number = form.get("version", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NotFound("There is no such version.")
    try:
        await gateway.normalizer.publish(steward.token, corpus_id, int(number), force=form.get("force") == "yes")
    except Conflict as error:
        return await _corpus(request, gateway, steward, corpus_id, refused=(int(number), error))
    return RedirectResponse(f"/studio/corpora/{corpus_id}?published={number}", 303)


@router.get("/normalisations/{run_id}")
async def normalisation_page(request: Request, run_id: str, gateway: GatewayDep, steward: StewardDep) -> Response:
    """One normalisation run, recipe by recipe."""
    return gateway.pages.page(
        "studio/normalisation.html",
        request,
        steward.visitor,
        section="corpora",
        run=await gateway.normalizer.one_run(steward.token, run_id),
    )


@router.get("/normalisations/{run_id}/rejects")
async def rejects_page(
    request: Request,
    run_id: str,
    gateway: GatewayDep,
    steward: StewardDep,
    recipe: str = "",
    step: str = "",
    field: str = "",
    code: str = "",
    after: str = "",
) -> Response:
    """What could not be taken, narrowed by recipe, step, field and reason."""
    run = await gateway.normalizer.one_run(steward.token, run_id)
    chosen = {"recipe": recipe, "step": step if _STEP.fullmatch(step) else "", "field": field, "code": code}
    asked = [(name, value) for name, value in chosen.items() if value]
    paging = [("limit", str(REJECT_PAGE)), *([("after", after)] if after else [])]
    found = await gateway.normalizer.rejects(steward.token, run_id, [*asked, *paging])
    totals = await gateway.normalizer.reject_totals(steward.token, run_id)
    words = gateway.pages.wording(steward.visitor.language)
    recipes = {one.id: one for one in await gateway.normalizer.recipes(steward.token)}
    return gateway.pages.page(
        "studio/rejects.html",
        request,
        steward.visitor,
        section="corpora",
        run=run,
        chosen=chosen,
        lines=[RejectLine(reject, _sentence(reject.recipe, reject.step, recipes, words)) for reject in found.items],
        totals=[(total, _sentence(total.recipe, total.step, recipes, words)) for total in totals],
        recipe_ids=_ids(run),
        steps=_step_choices(totals, words),
        fields=sorted({total.field for total in totals} | {field} - {""}),
        codes=sorted({total.code for total in totals} | {code} - {""}),
        next=found.next,
    )


def _ids(run: NormalisationRun) -> list[str]:
    return [counters.recipe for counters in run.recipes]


def _step_choices(totals: Iterable[RejectTotal], words: Wording) -> list[tuple[str, str]]:
    """The steps that refused something, by their numbers, the schema last."""
    numbers = sorted({total.step for total in totals if total.step is not None})
    choices = [(str(number), words("recipe.step", number=number + 1)) for number in numbers]
    return [*choices, ("schema", words("rejects.schema"))]


def _sentence(recipe_id: str, step: int | None, recipes: dict[str, Recipe], words: Wording) -> str | None:
    """The step in words, as the recipe is now; the run may have met an earlier version of it."""
    recipe = recipes.get(recipe_id)
    if recipe is None or step is None or step >= len(recipe.steps):
        return None
    return step_sentence(recipe.steps[step], words)


async def _corpus(
    request: Request, gateway: Gateway, steward: Member, corpus_id: str, refused: tuple[int, Conflict] | None = None
) -> Response:
    corpus = await gateway.normalizer.corpus(steward.token, corpus_id)
    versions = await gateway.normalizer.versions(steward.token, corpus_id)
    recipes = await gateway.normalizer.recipes(steward.token)
    return gateway.pages.page(
        "studio/corpus.html",
        request,
        steward.visitor,
        status=409 if refused else 200,
        section="corpora",
        corpus=corpus,
        live=_newest(versions, "live"),
        candidate=_newest(versions, "candidate"),
        earlier=[version for version in versions if version.state == "earlier"],
        runs=await gateway.normalizer.runs(steward.token, corpus_id, 8),
        recipes=[recipe for recipe in recipes if recipe.corpus == corpus_id],
        refused=_why_refused(*refused, versions, gateway.pages.wording(steward.visitor.language)) if refused else None,
        published=request.query_params.get("published", ""),
    )


def _why_refused(number: int, error: Conflict, versions: Iterable[VersionSummary], words: Wording) -> tuple[int, str]:
    """The version and why it does not go live: the checks that it does not pass, else what the normalizer said."""
    checks = (check for version in versions if version.version == number for check in version.checks)
    names = [words(f"check.{check.name}") for check in checks if not check.passed and not check.warning]
    if not names:
        return number, str(error)
    return number, words("corpus.not_passed", version=number, names=", ".join(names))


def _newest(versions: Iterable[VersionSummary], state: str) -> VersionSummary | None:
    found = (version for version in versions if version.state == state)
    return max(found, key=lambda version: version.version, default=None)

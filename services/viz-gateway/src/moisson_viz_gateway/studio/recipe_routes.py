"""A recipe: its steps as sentences beside a preview on stored records, and the form in which it is written."""

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from moisson_shared.contracts.errors import Fault, Invalid, MoissonError, VersionConflict
from moisson_shared.contracts.faults import invalid
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.normalisation import Preview
from moisson_shared.contracts.recipe import RecipeDraft
from moisson_viz_gateway.gateway import FormDep, Gateway, GatewayDep, Member, StewardDep
from moisson_viz_gateway.studio.document_text import PlacedFault, placed, read_document, written
from moisson_viz_gateway.studio.recipe_trace import TracedProject, traced
from moisson_viz_gateway.studio.recipe_words import step_sentence

router = APIRouter(prefix="/studio/recipes", include_in_schema=False)
AT_ONCE = 3
MOST_OFFSET = 1_000_000


@router.get("/{recipe_id}")
async def recipe_page(
    request: Request, recipe_id: str, gateway: GatewayDep, steward: StewardDep, offset: str = "0"
) -> Response:
    """The steps, and what they make of some records."""
    start = min(int(offset), MOST_OFFSET) if offset.isascii() and offset.isdigit() and len(offset) < 10 else 0
    recipe = (await gateway.normalizer.recipe(steward.token, recipe_id)).recipe
    words = gateway.pages.wording(steward.visitor.language)
    preview: Preview | None = None
    trouble = ""
    try:
        draft = recipe.model_dump(mode="json", exclude={"version"})
        preview = await gateway.normalizer.preview(steward.token, draft, AT_ONCE, start)
    except MoissonError as error:
        trouble = str(error)
    title = await _title_field(gateway, steward, recipe.corpus)
    return gateway.pages.page(
        "studio/recipe.html",
        request,
        steward.visitor,
        section="corpora",
        recipe=recipe,
        sentences=[step_sentence(step, words) for step in recipe.steps],
        preview=preview,
        projects=[traced(one, recipe, title, words) for one in preview.projects] if preview else [],
        trouble=trouble,
        offset=start,
        at_once=AT_ONCE,
    )


@router.get("/{recipe_id}/edit")
async def edit_recipe(request: Request, recipe_id: str, gateway: GatewayDep, steward: StewardDep) -> Response:
    """The recipe as text."""
    found = await gateway.normalizer.recipe(steward.token, recipe_id)
    return _editor(request, gateway, steward, recipe_id, written(found.recipe, without=("version",)), etag=found.etag)


@router.post("/{recipe_id}/edit")
async def replace_recipe(
    request: Request, recipe_id: str, gateway: GatewayDep, steward: StewardDep, form: FormDep
) -> Response:
    """Saves the next version, or only previews the draft."""
    text, etag = form.get("document", ""), form.get("etag", "")
    words = gateway.pages.wording(steward.visitor.language)
    try:
        document = read_document(text)
        if form.get("action") != "preview":
            await gateway.normalizer.replace_recipe(steward.token, recipe_id, document, etag)
            return RedirectResponse(f"/studio/recipes/{recipe_id}", 303)
        draft = _draft(document)
        preview = await gateway.normalizer.preview(steward.token, document, AT_ONCE, 0)
        title = await _title_field(gateway, steward, draft.corpus)
    except Invalid as error:
        faults = placed([_in_recipe(fault) for fault in error.faults], text)
        message = f"{words('editor.refused')} {'' if faults else error}".strip()
        return _editor(
            request, gateway, steward, recipe_id, text, etag=etag, status=422, faults=faults, message=message
        )
    except VersionConflict:
        return _editor(
            request, gateway, steward, recipe_id, text, etag=etag, status=412, message=words("editor.changed")
        )
    projects = [traced(one, draft, title, words) for one in preview.projects]
    return _editor(request, gateway, steward, recipe_id, text, etag=etag, preview=preview, projects=projects)


def _in_recipe(fault: Fault) -> Fault:
    """A preview is asked for by a document that holds the recipe: its faults point there."""
    return Fault(fault.pointer.removeprefix("/recipe"), fault.message)


def _draft(document: JsonObject) -> RecipeDraft:
    """The shape of the draft, needed to tell its steps in words; whether it fits the schema is the normalizer's."""
    try:
        return RecipeDraft.model_validate(document)
    except ValidationError as error:
        raise invalid("The recipe does not have the form it should.", error, document) from error


async def _title_field(gateway: Gateway, steward: Member, corpus: str) -> str | None:
    """The field that heads a project; None while nothing of the corpus is published."""
    try:
        return (await gateway.portals.corpus(corpus, steward.token)).data_schema.title
    except MoissonError:
        return None


def _editor(
    request: Request,
    gateway: Gateway,
    steward: Member,
    recipe_id: str,
    text: str,
    *,
    etag: str,
    status: int = 200,
    faults: list[PlacedFault] | None = None,
    message: str = "",
    preview: Preview | None = None,
    projects: list[TracedProject] | None = None,
) -> Response:
    return gateway.pages.page(
        "studio/recipe_edit.html",
        request,
        steward.visitor,
        status=status,
        section="corpora",
        recipe_id=recipe_id,
        text=text,
        etag=etag,
        faults=faults or [],
        message=message,
        preview=preview,
        projects=projects or [],
    )

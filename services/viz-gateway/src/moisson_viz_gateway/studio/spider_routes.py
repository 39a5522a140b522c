"""A spider: what it does in words, its runs, a preview, and the form in which it is written."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from moisson_shared.contracts.errors import Conflict, Forbidden, Invalid, VersionConflict
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.run import RunOrder
from moisson_shared.contracts.sources import FileSource
from moisson_viz_gateway.gateway import FormDep, Gateway, GatewayDep, Member, MemberDep
from moisson_viz_gateway.neighbours.scraper_pages import FixturePolicy
from moisson_viz_gateway.studio.difference_words import CheckedFixture, checked_fixture
from moisson_viz_gateway.studio.document_text import placed, read_document, written
from moisson_viz_gateway.studio.editor_page import editor_page
from moisson_viz_gateway.studio.preview_view import PreviewView
from moisson_viz_gateway.studio.previews import placed_preview
from moisson_viz_gateway.studio.spider_templates import KINDS, template
from moisson_viz_gateway.studio.spider_words import spider_sentences
from moisson_viz_gateway.studio.starting_page import chosen_partner, managed_partners, starting_page

router = APIRouter(prefix="/studio/spiders", include_in_schema=False)
TRIAL_PAGES = 10
_POLICIES: dict[str, FixturePolicy] = {"warn": "warn", "replace": "replace"}
"""By the button that was pressed once fixtures did not hold."""


@router.get("/new")
async def new_spider(
    request: Request, gateway: GatewayDep, member: MemberDep, kind: str = "", partner: str = ""
) -> Response:
    """First the kind of the source, then a draft of that kind to change."""
    partners = await managed_partners(gateway, member)
    if kind not in KINDS:
        return starting_page(request, gateway, member, partners, partner=partner)
    chosen = chosen_partner(partners, partner).id
    return editor_page(request, gateway, member, written(template(kind, chosen)), spider_id=None, etag="")


@router.post("")
async def create_spider(request: Request, gateway: GatewayDep, member: MemberDep, form: FormDep) -> Response:
    """Creates a spider, or only previews the draft."""
    return await _take(request, gateway, member, form, spider_id=None)


@router.get("/{spider_id}")
async def spider_page(request: Request, spider_id: str, gateway: GatewayDep, member: MemberDep) -> Response:
    """One spider."""
    spider = (await gateway.scraper.spider(member.token, spider_id)).spider
    return gateway.pages.page(
        "studio/spider.html",
        request,
        member.visitor,
        section="spiders",
        spider=spider,
        sentences=spider_sentences(spider, gateway.pages.wording(member.visitor.language)),
        runs=await gateway.scraper.runs(member.token, spider_id),
        schedule=await gateway.scraper.schedule(member.token, spider_id),
        manages=member.session.manages(spider.partner),
        trial_pages=TRIAL_PAGES,
        source=written(spider, without=("version",)),
    )


@router.get("/{spider_id}/edit")
async def edit_spider(request: Request, spider_id: str, gateway: GatewayDep, member: MemberDep) -> Response:
    """The spider as text."""
    found = await gateway.scraper.spider(member.token, spider_id)
    if not member.session.manages(found.spider.partner):
        raise Forbidden("Only members of the partner change its spiders.")
    return editor_page(
        request, gateway, member, written(found.spider, without=("version",)), spider_id=spider_id, etag=found.etag
    )


@router.post("/{spider_id}/edit")
async def replace_spider(
    request: Request, spider_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep
) -> Response:
    """Saves the next version, or only previews the draft."""
    return await _take(request, gateway, member, form, spider_id=spider_id)


@router.post("/{spider_id}/preview")
async def preview_spider(
    request: Request, spider_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep
) -> Response:
    """The first page of the spider as it is."""
    spider = (await gateway.scraper.spider(member.token, spider_id)).spider
    preview = await gateway.scraper.pages.preview(member.token, spider_id)
    return gateway.pages.page(
        "studio/spider_preview.html",
        request,
        member.visitor,
        section="spiders",
        spider=spider,
        manages=member.session.manages(spider.partner),
        view=await placed_preview(gateway, member, spider_id, preview),
    )


@router.get("/{spider_id}/preview")
async def previewed_before(spider_id: str, member: MemberDep) -> Response:
    """A preview is of one moment: whoever comes back to its address asks for another one."""
    return RedirectResponse(f"/studio/spiders/{spider_id}", 303)


@router.post("/{spider_id}/runs")
async def run_spider(spider_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep) -> Response:
    """Asks for a run and goes to watch it; where one is going on already, to that one."""
    return await _run(gateway, member, spider_id, RunOrder())


@router.post("/{spider_id}/trial")
async def try_spider(spider_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep) -> Response:
    """The same for a run over a few pages, of which nothing is kept."""
    return await _run(gateway, member, spider_id, RunOrder(trial_pages=TRIAL_PAGES))


async def _run(gateway: Gateway, member: Member, spider_id: str, order: RunOrder) -> Response:
    try:
        run_id = (await gateway.scraper.run(member.token, spider_id, order)).id
    except Conflict:
        runs = await gateway.scraper.runs(member.token, spider_id, 1)
        if not runs or runs[0].state.final:
            raise
        run_id = runs[0].id
    return RedirectResponse(f"/studio/runs/{run_id}", 303)


async def _take(
    request: Request, gateway: Gateway, member: Member, form: dict[str, str], *, spider_id: str | None
) -> Response:
    text, etag, action = form.get("document", ""), form.get("etag", ""), form.get("action", "")
    preview: PreviewView | None = None
    draft: JsonObject = {}
    try:
        draft = read_document(text)
        if action == "preview":
            made = await gateway.scraper.preview(member.token, draft)
            preview = await placed_preview(gateway, member, str(draft.get("id")), made)
        elif spider_id is None:
            created = await gateway.scraper.create(member.token, draft)
            # A file that is to be uploaded comes next.
            ending = "/upload" if isinstance(created.source, FileSource) and created.source.url is None else ""
            return RedirectResponse(f"/studio/spiders/{created.id}{ending}", 303)
        else:
            await gateway.scraper.replace(member.token, spider_id, draft, etag, _POLICIES.get(action, "refuse"))
            return RedirectResponse(f"/studio/spiders/{spider_id}", 303)
    except Invalid as error:
        saving = spider_id is not None and action not in {"preview", *_POLICIES}
        if spider_id is not None and saving and (checked := await _broken(gateway, member, spider_id, draft)):
            return editor_page(
                request, gateway, member, text, spider_id=spider_id, etag=etag, status=422, checked=checked
            )
        faults = placed(error.faults, text)
        message = gateway.pages.wording(member.visitor.language)("editor.refused")
        said = "" if faults else str(error)
        return editor_page(
            request,
            gateway,
            member,
            text,
            spider_id=spider_id,
            etag=etag,
            status=422,
            faults=faults,
            message=f"{message} {said}".strip(),
        )
    except VersionConflict:
        message = gateway.pages.wording(member.visitor.language)("editor.changed")
        return editor_page(request, gateway, member, text, spider_id=spider_id, etag=etag, status=412, message=message)
    except Conflict as error:
        return editor_page(
            request, gateway, member, text, spider_id=spider_id, etag=etag, status=409, message=str(error)
        )
    return editor_page(request, gateway, member, text, spider_id=spider_id, etag=etag, preview=preview)


async def _broken(gateway: Gateway, member: Member, spider_id: str, draft: JsonObject) -> list[CheckedFixture]:
    """The fixtures, where the draft is sound and reads them otherwise; nothing where it is refused for itself."""
    try:
        check = await gateway.scraper.pages.check(member.token, spider_id, draft)
    except Invalid:
        return []
    words = gateway.pages.wording(member.visitor.language)
    return [] if check.holds else [checked_fixture(one, words) for one in check.fixtures]

"""A new spider from an address: what the scraper proposes for it, the fields that are wanted, and the draft that is
saved."""

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from moisson_shared.contracts.errors import AlreadyExists, Invalid, TooManyRequests
from moisson_shared.contracts.faults import faults_of
from moisson_shared.contracts.spider import SpiderDraft
from moisson_viz_gateway.gateway import FormDep, GatewayDep, MemberDep
from moisson_viz_gateway.studio.document_text import placed, read_document, written
from moisson_viz_gateway.studio.editor_page import editor_page
from moisson_viz_gateway.studio.spider_words import spider_sentences
from moisson_viz_gateway.studio.starting_page import NothingSuggested, chosen_partner, managed_partners, starting_page
from moisson_viz_gateway.studio.suggestion_view import (
    may_choose,
    next_ids,
    proposed_choices,
    sureness,
    with_chosen_fields,
)
from moisson_viz_gateway.wording.evidence_sentences import evidence_sentences

router = APIRouter(prefix="/studio/spiders", include_in_schema=False)
FIELD = "field:"
"""Begins the name of each choice in the form."""


@router.post("/suggest")
async def suggest_spider(request: Request, gateway: GatewayDep, member: MemberDep, form: FormDep) -> Response:
    """What is proposed for an address; where that is nothing, the form again with the reason."""
    words = gateway.pages.wording(member.visitor.language)
    partners = await managed_partners(gateway, member)
    partner = chosen_partner(partners, form.get("partner", ""))
    address = with_scheme(form.get("address", ""))
    try:
        told = await gateway.scraper.suggest(member.token, partner.id, address)
    except (Invalid, TooManyRequests) as error:
        busy = isinstance(error, TooManyRequests)
        nothing = NothingSuggested(address, words("suggest.busy" if busy else "suggest.no_address"))
        return starting_page(
            request, gateway, member, partners, partner=partner.id, nothing=nothing, status=429 if busy else 422
        )
    if told.draft is None:
        nothing = NothingSuggested(address, reasons=told.reasons, others=told.alternatives)
        return starting_page(request, gateway, member, partners, partner=partner.id, nothing=nothing, status=422)
    coded = {reason.code for reason in told.reasons}
    return gateway.pages.page(
        "studio/suggestion.html",
        request,
        member.visitor,
        section="spiders",
        address=address,
        partner=partner,
        suggestion=told,
        evidence=evidence_sentences([one for one in told.evidence if one.code not in coded], words),
        draft=told.draft,
        document=written(told.draft),
        others=[(other, written(other.draft) if other.draft else "") for other in told.alternatives],
        sentences=spider_sentences(told.draft, words),
        sureness=sureness(told.confidence),
        choices=proposed_choices(told.draft, told.fields),
        may_choose=may_choose(told.draft),
        field=FIELD,
    )


@router.get("/suggest")
@router.get("/suggested")
async def start_again(member: MemberDep) -> Response:
    """A proposal is not kept: whoever comes back to its address starts again."""
    return RedirectResponse("/studio/spiders/new", 303)


@router.post("/suggested")
async def save_suggested(request: Request, gateway: GatewayDep, member: MemberDep, form: FormDep) -> Response:
    """Saves the proposal with the chosen fields, under the next id that is free; then the spider, or the editor."""
    given = read_document(form.get("document", ""))
    try:
        draft = SpiderDraft.model_validate(given)
    except ValidationError as error:
        raise Invalid("The proposal is not understood any more: ask for it again.", faults_of(error, given)) from error
    chosen = {name.removeprefix(FIELD) for name in form if name.startswith(FIELD)}
    document = with_chosen_fields(draft, chosen) | ({"name": form["name"]} if form.get("name") else {})
    for spider_id in next_ids(draft.id):
        try:
            saved = await gateway.scraper.create(member.token, document | {"id": spider_id})
        except AlreadyExists:
            continue
        except Invalid as error:
            text = written(draft)
            message = gateway.pages.wording(member.visitor.language)("editor.refused")
            faults = placed(error.faults, text)
            return editor_page(
                request, gateway, member, text, spider_id=None, etag="", status=422, faults=faults, message=message
            )
        ending = "/edit" if form.get("action") == "edit" else ""
        return RedirectResponse(f"/studio/spiders/{saved.id}{ending}", 303)
    raise AlreadyExists(f"Spiders with the id {draft.id} and those that follow it are there already.")


def with_scheme(address: str) -> str:
    """What people write of an address, with the scheme that browsers leave out."""
    address = address.strip()
    return address if not address or "://" in address else f"https://{address}"

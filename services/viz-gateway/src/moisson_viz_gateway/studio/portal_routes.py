"""Portals as data: admins read and replace them as text."""

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from moisson_shared.contracts.errors import Fault, Forbidden, Invalid, VersionConflict
from moisson_shared.contracts.faults import invalid
from moisson_shared.ports.documents import Replace
from moisson_viz_gateway.gateway import FormDep, Gateway, GatewayDep, Member, MemberDep
from moisson_viz_gateway.portal.portal_document import PORTALS, Portal
from moisson_viz_gateway.studio.document_text import PlacedFault, placed, read_document, written

router = APIRouter(prefix="/studio/portals", include_in_schema=False)


@router.get("/{portal_id}")
async def edit_portal(request: Request, portal_id: str, gateway: GatewayDep, member: MemberDep) -> Response:
    """The portal as text."""
    _require_admin(member)
    portal, version = await gateway.portals.portal(portal_id)
    return _editor(request, gateway, member, portal_id, written(portal), version)


@router.post("/{portal_id}")
async def replace_portal(
    request: Request, portal_id: str, gateway: GatewayDep, member: MemberDep, form: FormDep
) -> Response:
    """The next version of the portal; readers see it at once."""
    _require_admin(member)
    text, given = form.get("document", ""), form.get("version", "")
    version = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    words = gateway.pages.wording(member.visitor.language)
    try:
        portal = _read(text, portal_id)
        await gateway.store.apply([Replace(PORTALS, portal, version)])
    except Invalid as error:
        faults = placed(error.faults, text)
        return _editor(
            request, gateway, member, portal_id, text, version, 422, faults=faults, message=words("editor.refused")
        )
    except VersionConflict:
        return _editor(request, gateway, member, portal_id, text, version, 412, message=words("editor.changed"))
    return RedirectResponse(f"/{portal.languages[0]}/{portal_id}", 303)


def _read(text: str, portal_id: str) -> Portal:
    document = read_document(text)
    try:
        portal = Portal.model_validate(document)
    except ValidationError as error:
        raise invalid("The portal does not have the form it should.", error, document) from error
    if portal.id != portal_id:
        raise Invalid("The id stays.", (Fault("/id", f"it stays {portal_id}: addresses depend on it"),))
    return portal


def _require_admin(member: Member) -> None:
    if not member.session.admin:
        raise Forbidden("This is for admins.")


def _editor(
    request: Request,
    gateway: Gateway,
    member: Member,
    portal_id: str,
    text: str,
    version: int,
    status: int = 200,
    *,
    faults: list[PlacedFault] | None = None,
    message: str = "",
) -> Response:
    return gateway.pages.page(
        "studio/portal_edit.html",
        request,
        member.visitor,
        status=status,
        section="portals",
        portal_id=portal_id,
        text=text,
        version=version,
        faults=faults or [],
        message=message,
    )

"""Where a new spider starts: from an address alone, or from a draft of a kind."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from moisson_shared.contracts.errors import Forbidden
from moisson_shared.contracts.partner import Partner
from moisson_shared.contracts.run import Reason
from moisson_shared.contracts.spider_suggestion import OtherSource
from moisson_viz_gateway.gateway import Gateway, Member
from moisson_viz_gateway.studio.spider_templates import KINDS


@dataclass(frozen=True, slots=True)
class NothingSuggested:
    """Why an address came to nothing: a sentence of ours, or the scraper's reasons and other addresses to try."""

    address: str
    message: str = ""
    reasons: tuple[Reason, ...] = ()
    others: tuple[OtherSource, ...] = ()


async def managed_partners(gateway: Gateway, member: Member) -> list[Partner]:
    """The partners whose spiders this person may write. Raises `Forbidden` where there are none."""
    partners = [one for one in await gateway.scraper.partners(member.token) if member.session.manages(one.id)]
    if not partners:
        raise Forbidden("This account manages no partner.")
    return partners


def chosen_partner(partners: Sequence[Partner], wanted: str) -> Partner:
    """The wanted one of them, else the first."""
    return next((one for one in partners if one.id == wanted), partners[0])


def starting_page(
    request: Request,
    gateway: Gateway,
    member: Member,
    partners: Sequence[Partner],
    *,
    partner: str = "",
    nothing: NothingSuggested | None = None,
    status: int = 200,
) -> Response:
    """The page, with what came of the address that was asked for before, if it came to nothing."""
    return gateway.pages.page(
        "studio/spider_kind.html",
        request,
        member.visitor,
        status=status,
        section="spiders",
        partners=partners,
        partner=chosen_partner(partners, partner).id,
        kinds=KINDS,
        nothing=nothing,
    )

"""The first page of the studio: what is one's own, and how it is."""

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from moisson_shared.contracts.access import Role
from moisson_shared.contracts.corpus import Corpus
from moisson_shared.contracts.errors import MoissonError
from moisson_shared.contracts.normalisation import VersionSummary
from moisson_shared.contracts.partner import Partner
from moisson_shared.contracts.recipe import Recipe
from moisson_shared.contracts.run import CrawlRun
from moisson_shared.contracts.spider import SpiderConfig
from moisson_viz_gateway.gateway import Gateway, GatewayDep, Member, MemberDep

router = APIRouter(prefix="/studio", include_in_schema=False)
MOST_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class SpiderLine:
    """A spider and its last run."""

    spider: SpiderConfig
    last: CrawlRun | None
    partner: str


@dataclass(frozen=True, slots=True)
class CorpusLine:
    """A corpus with its live version and a newer candidate, where there are such."""

    corpus: Corpus
    live: VersionSummary | None
    candidate: VersionSummary | None


@router.get("")
async def overview(request: Request, gateway: GatewayDep, member: MemberDep) -> Response:
    """Spiders for partners; corpora and recipes too for stewards. A neighbour that is away takes only its part."""
    spiders: list[SpiderLine] = []
    partners: tuple[Partner, ...] = ()
    corpora: list[CorpusLine] = []
    recipes: tuple[Recipe, ...] = ()
    away: list[str] = []
    if member.session.has(Role.ADMIN, Role.STEWARD, Role.PARTNER):
        try:
            partners = await gateway.scraper.partners(member.token)
            spiders = await _spiders(gateway, member, partners)
        except MoissonError as error:
            away.append(str(error))
    if member.session.steward:
        try:
            corpora = await _corpora(gateway, member)
            recipes = await gateway.normalizer.recipes(member.token)
        except MoissonError as error:
            away.append(str(error))
    return gateway.pages.page(
        "studio/overview.html",
        request,
        member.visitor,
        section="overview",
        spiders=spiders,
        partners=[one for one in partners if member.session.steward or member.session.role_in(one.id)],
        corpora=corpora,
        recipes=recipes,
        portals=await gateway.portals.all() if member.session.admin else (),
        away=away,
    )


async def _spiders(gateway: Gateway, member: Member, partners: tuple[Partner, ...]) -> list[SpiderLine]:
    spiders = await gateway.scraper.spiders(member.token)
    names = {partner.id: partner.name for partner in partners}
    limit = asyncio.Semaphore(MOST_AT_ONCE)

    async def line(spider: SpiderConfig) -> SpiderLine:
        async with limit:
            runs = await gateway.scraper.runs(member.token, spider.id, 1)
        return SpiderLine(spider, runs[0] if runs else None, names.get(spider.partner, spider.partner))

    return list(await asyncio.gather(*(line(spider) for spider in spiders)))


async def _corpora(gateway: Gateway, member: Member) -> list[CorpusLine]:
    lines = []
    for corpus in await gateway.normalizer.corpora(member.token):
        versions = await gateway.normalizer.versions(member.token, corpus.id)
        live = next((version for version in versions if version.state == "live"), None)
        candidates = [version for version in versions if version.state == "candidate"]
        lines.append(CorpusLine(corpus, live, max(candidates, key=lambda version: version.version, default=None)))
    return lines

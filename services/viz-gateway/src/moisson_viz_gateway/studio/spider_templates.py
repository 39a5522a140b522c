"""Where a new spider starts: one draft for each kind of source, to be changed rather than written."""

from moisson_shared.contracts.detail import HtmlDetail
from moisson_shared.contracts.paging import NextLink, PageParameter
from moisson_shared.contracts.selecting import HtmlField, Selector, Take
from moisson_shared.contracts.sources import FeedSource, FileSource, HtmlSource, JsonSource, SitemapSource
from moisson_shared.contracts.spider import KeyByContent, KeyByFields, KeyByUrl, SpiderDraft

KINDS = ("html", "json", "sitemap", "feed", "file", "upload")


def template(kind: str, partner: str) -> SpiderDraft:
    """A draft of a kind, for a partner; an unknown kind is a page of HTML."""
    match kind:
        case "json":
            return SpiderDraft(
                id=_id(partner, "api"),
                partner=partner,
                name="Projets (API)",
                source=JsonSource(
                    url="https://www.example.org/api/projets",
                    items="$.items[*]",
                    paging=PageParameter(parameter="page", first=1),
                    link="$.url",
                ),
                identity=KeyByFields(fields=("id",)),
            )
        case "sitemap":
            return SpiderDraft(
                id=_id(partner, "plan-du-site"),
                partner=partner,
                name="Projets (plan du site)",
                source=SitemapSource(
                    start_urls=("https://www.example.org/sitemap.xml",),
                    include=("/projets/[^/]+$",),
                    fields={
                        "titre": HtmlField(expression="h1"),
                        "présentation": HtmlField(expression=".presentation", take=Take.HTML),
                    },
                ),
                identity=KeyByUrl(),
            )
        case "feed":
            return SpiderDraft(
                id=_id(partner, "flux"),
                partner=partner,
                name="Projets (flux)",
                source=FeedSource(start_urls=("https://www.example.org/projets/feed",)),
                identity=KeyByUrl(),
            )
        case "file":
            return SpiderDraft(
                id=_id(partner, "fichier"),
                partner=partner,
                name="Projets (fichier)",
                source=FileSource(url="https://www.example.org/projets.csv"),
                identity=KeyByFields(fields=("Identifiant",)),
            )
        case "upload":
            return SpiderDraft(
                id=_id(partner, "depot"),
                partner=partner,
                name="Projets (fichier déposé)",
                source=FileSource(),
                identity=KeyByContent(),
            )
        case _:
            return SpiderDraft(
                id=_id(partner, "annuaire"),
                partner=partner,
                name="Annuaire des projets",
                source=HtmlSource(
                    start_urls=("https://www.example.org/projets",),
                    item=Selector(expression="article.projet"),
                    fields={"titre": HtmlField(expression="h2")},
                    paging=NextLink(selector=Selector(expression="a[rel=next]")),
                    detail=HtmlDetail(
                        link=HtmlField(expression="h2 a", take=Take.LINK),
                        fields={
                            "présentation": HtmlField(expression=".presentation", take=Take.HTML),
                            "thèmes": HtmlField(expression=".themes li", many=True),
                        },
                    ),
                ),
                identity=KeyByUrl(),
            )


def _id(partner: str, ending: str) -> str:
    return f"{partner[: 62 - len(ending)].rstrip('-')}-{ending}"

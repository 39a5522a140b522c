"""A new spider from an address alone, as a partner makes one: the real scraper looks at a site on loopback."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from moisson_shared.contracts.detail import HtmlDetail
from moisson_shared.contracts.selecting import HtmlField, Selector, Take
from moisson_shared.contracts.sources import FeedSource, HtmlSource, JsonSource, Source
from moisson_shared.contracts.spider import Identity, KeyByFields, KeyByUrl, SpiderDraft
from moisson_viz_gateway.studio.suggestion_routes import with_scheme
from moisson_viz_gateway.studio.suggestion_view import fixed_fields, may_choose, next_ids, with_chosen_fields
from tests.scraper.sample_site import SampleSite, json_answer, sample_site
from tests.scraper.suggestible_data import as_object
from tests.scraper.suggestible_projects import page, projects
from tests.viz_gateway.studio_over_scraper import Studio, studio_over_scraper

NEW = "/studio/spiders/new"


@pytest.fixture
async def site() -> AsyncIterator[SampleSite]:
    async with sample_site() as made:
        yield made


@pytest.fixture
async def studio(tmp_path: Path, site: SampleSite) -> AsyncIterator[Studio]:
    async with studio_over_scraper(tmp_path, site) as made:
        await made.sign_in()
        yield made


async def test_a_spider_is_proposed_chosen_and_saved_twice_over(studio: Studio, site: SampleSite) -> None:
    site.pages["/api/projets"] = json_answer([as_object(p) for p in projects()])
    proposal = await studio.post("/studio/spiders/suggest", NEW, address=f"{site.url}/api/projets", partner="essor")
    assert proposal.status_code == 200, proposal.text
    assert "API en JSON" in proposal.text
    assert "La Cantine des voisins" in proposal.text
    assert "objets avec" in proposal.text
    assert "Les enregistrements se distinguent par" in proposal.text
    assert "Records are told apart" not in proposal.text
    names = re.findall(r'name="field:([^"]+)"', proposal.text)
    needed = re.findall(r'name="field:([^"]+)" checked disabled', proposal.text)
    assert len(names) > 3
    assert len(needed) == 1
    kept = next(name for name in names if name not in needed)
    fields = {f"field:{kept}": "on", "name": "Projets d’Essor", "action": "save"}
    saved = await studio.sent("/studio/spiders/suggested", proposal, **fields)
    assert saved.headers["location"] == "/studio/spiders/essor-projets"
    spider = (await studio.scraper.send("GET", "/v1/spiders/essor-projets", studio.scraper.people.member)).json()
    assert spider["name"] == "Projets d’Essor"
    assert set(spider["source"]["fields"]) == {kept, *needed}
    again = await studio.sent("/studio/spiders/suggested", proposal, name="Encore", action="edit")
    assert again.headers["location"] == "/studio/spiders/essor-projets-2/edit"
    assert '"id": "essor-projets-2"' in await studio.editor_text("/studio/spiders/essor-projets-2/edit")


async def test_what_is_to_be_said_of_a_proposal_is_said_in_french(studio: Studio, site: SampleSite) -> None:
    site.pages["/p/9"] = page(
        "<main><article><h1>Vélos du canal</h1>"
        "<dl><dt>Ville</dt><dd>Nantes</dd><dt>Porteur</dt><dd>Les rayons</dd></dl>"
        "<p>On y répare ensemble des vélos, on en prête, on en transforme, et l’on apprend à s’en servir en ville.</p>"
        "</article></main>"
    )
    proposal = await studio.post("/studio/spiders/suggest", NEW, address=f"{site.url}/p/9", partner="essor")
    assert proposal.status_code == 200, proposal.text
    assert "La page décrit une seule chose et n’en énumère pas d’autres" in proposal.text
    assert "The page describes one thing" not in proposal.text


async def test_an_address_that_lists_nothing_says_why_in_french_and_what_to_try(
    studio: Studio, site: SampleSite
) -> None:
    site.pages["/"] = page(
        "<main><h1>Bienvenue</h1><p>Le réseau réunit des initiatives de toute la région depuis vingt ans.</p></main>"
        '<a href="/feed.xml">RSS</a>',
        head='<link rel="alternate" type="application/rss+xml" title="Flux" href="/feed.xml">',
    )
    told = await studio.post("/studio/spiders/suggest", NEW, address=site.url, partner="essor")
    assert told.status_code == 422
    assert "Aucune liste n’a été trouvée sur cette page" in told.text
    assert "give the address" not in told.text
    assert f'value="{site.url}"' in told.text, "nothing has to be written again"
    assert f'value="{site.url}/feed.xml"' in told.text
    assert "Essayer cette adresse" in told.text


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("pas une adresse", "Ce n’est pas une adresse de page"),
        ("", "Ce n’est pas une adresse de page"),
        ("http://169.254.169.254/latest", "Ces adresses ne doivent pas être lues"),
    ],
)
async def test_what_cannot_be_looked_at_is_refused_in_french(studio: Studio, address: str, said: str) -> None:
    told = await studio.post("/studio/spiders/suggest", NEW, address=address)
    assert told.status_code == 422
    assert said in told.text


async def test_a_proposal_is_not_kept(studio: Studio) -> None:
    assert (await studio.get("/studio/spiders/suggest")).headers["location"] == NEW


def html_source(detail: tuple[str, ...] = ("titre", "texte")) -> HtmlSource:
    link = HtmlField(expression="a", take=Take.LINK)
    fields = {name: HtmlField(expression=f".{name}") for name in detail}
    return HtmlSource(
        start_urls=("https://x.example/",),
        item=Selector(expression="li"),
        fields={"ville": HtmlField(expression=".ville"), "thème": HtmlField(expression=".theme")},
        detail=HtmlDetail(link=link, fields=fields) if detail else None,
    )


JSON = JsonSource(
    url="https://x.example/api", fields={"id": "$.id", "nom": "$.nom"}, detail=None, items="$[*]", link="$.lien"
)


@pytest.mark.parametrize(
    ("source", "identity", "chosen", "listing", "detail"),
    [
        (html_source(), KeyByUrl(), {"ville"}, ["ville"], ["titre"]),
        (html_source(), KeyByUrl(), set(), [], ["titre"]),
        (html_source(), KeyByFields(fields=("ville",)), set(), ["ville"], None),
        (html_source(()), KeyByUrl(), set(), ["ville"], None),
        (html_source(), KeyByUrl(), {"texte", "thème"}, ["thème"], ["titre", "texte"]),
        (JSON, KeyByFields(fields=("id",)), {"nom"}, ["id", "nom"], None),
    ],
    ids=["the page makes the key", "nothing", "no page is opened", "one at least", "order", "the key stays"],
)
def test_fields_that_are_not_chosen_are_left_out(
    source: Source, identity: Identity, chosen: set[str], listing: list[str], detail: list[str] | None
) -> None:
    draft = SpiderDraft(id="a", partner="p", name="A", source=source, identity=identity)
    assert may_choose(draft)
    left = SpiderDraft.model_validate(with_chosen_fields(draft, chosen))
    assert isinstance(left.source, HtmlSource | JsonSource)
    assert list(left.source.fields) == listing
    assert (None if left.source.detail is None else list(left.source.detail.fields)) == detail
    assert fixed_fields(draft) <= {*listing, *(detail or ())}


def test_a_feed_gives_all_it_has() -> None:
    feed = FeedSource(start_urls=("https://x.example/feed",))
    draft = SpiderDraft(id="a", partner="p", name="A", source=feed, identity=KeyByUrl())
    assert not may_choose(draft)
    assert SpiderDraft.model_validate(with_chosen_fields(draft, set())) == draft


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("www.x.example/projets ", "https://www.x.example/projets"),
        ("http://x.example", "http://x.example"),
        ("ftp://x.example", "ftp://x.example"),
        ("", ""),
    ],
)
def test_the_scheme_may_be_left_out(written: str, address: str) -> None:
    assert with_scheme(written) == address


def test_ids_that_are_taken_are_counted_on() -> None:
    assert next_ids("a-b", 3) == ["a-b", "a-b-2", "a-b-3"]
    assert max(map(len, next_ids("x" * 63))) == 63

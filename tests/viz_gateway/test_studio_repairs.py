"""A site changes, its run is quarantined, and a partner repairs the source in the studio or accepts the run."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.run import RunState
from moisson_shared.contracts.run_repair import Proposal
from moisson_shared.contracts.selecting import HtmlField, Syntax
from moisson_viz_gateway.studio.repair_view import with_proposal
from tests.scraper.sample_site import SampleSite, directory, sample_site
from tests.scraper.test_repair import rewritten, watchful
from tests.viz_gateway.studio_over_scraper import Studio, studio_over_scraper

SPIDER = "essor-projets"


@pytest.fixture
async def site() -> AsyncIterator[SampleSite]:
    async with sample_site(directory(12)) as made:
        yield made


@pytest.fixture
async def studio(tmp_path: Path, site: SampleSite) -> AsyncIterator[Studio]:
    async with studio_over_scraper(tmp_path, site) as made:
        await made.scraper.save(watchful(site))
        assert (await made.scraper.crawl(SPIDER)).state is RunState.DONE
        rewritten(
            site, ('class="town"', 'class="place"'), ("<h1>", '<header><h2 class="name">'), ("</h1>", "</h2></header>")
        )
        yield made


async def test_a_quarantined_run_is_repaired_field_by_field_and_runs_again(studio: Studio) -> None:
    run = await studio.scraper.crawl(SPIDER)
    assert run.state is RunState.QUARANTINED
    await studio.sign_in()
    page = f"/studio/runs/{run.id}/repair"
    assert page in (await studio.get(f"/studio/runs/{run.id}")).text
    html = (await studio.get(page)).text
    assert "est rempli dans 0" in html, "the broken expectations"
    assert "class=&#34;town&#34;&gt;<mark>Ville 1</mark>" in html, "the last good page"
    assert "class=&#34;place&#34;&gt;<mark>Ville 1</mark>" in html, "today's"
    assert "Accepter cette récolte" in html
    stale = await studio.post(page, page, pointer="/source/fields/ville", expression=".gone")
    assert stale.status_code == 409
    applied = await studio.post(page, page, pointer="/source/fields/ville", expression=".place")
    assert applied.status_code == 303, applied.text
    after = (await studio.get(applied.headers["location"])).text
    assert "La version 2 de la source est enregistrée." in after
    assert after.count("Appliqué</span>") == 1
    spider = (await studio.scraper.send("GET", f"/v1/spiders/{SPIDER}", studio.scraper.people.member)).json()
    assert spider["source"]["fields"]["ville"]["expression"] == ".place"
    rest = await studio.post(page, page, action="all")
    assert rest.headers["location"].endswith("saved=3")
    assert (await studio.scraper.crawl(SPIDER)).state is RunState.DONE


async def test_a_run_is_accepted_and_who_may_only_look_sees_no_buttons(studio: Studio) -> None:
    run = await studio.scraper.crawl(SPIDER)
    page = f"/studio/runs/{run.id}/repair"
    await studio.sign_in("viewer")
    html = (await studio.get(page)).text
    assert "<mark>Ville 1</mark>" in html
    assert f'action="{page}"' not in html
    assert "/accept" not in html
    assert (await studio.post(page, page, action="all")).status_code == 403
    await studio.sign_in()
    accepted = await studio.post(f"/studio/runs/{run.id}/accept", page)
    assert accepted.status_code == 303
    assert (await studio.scraper.ended(run.id)).state is RunState.DONE


async def test_the_projects_of_a_list_are_found_again_after_a_run_without_any(studio: Studio, site: SampleSite) -> None:
    rewritten(site, ('<li class="card">', '<li class="tuile">'))
    run = await studio.scraper.crawl(SPIDER)
    assert run.code == "no-items"
    await studio.sign_in()
    page = f"/studio/runs/{run.id}/repair"
    assert page in (await studio.get(f"/studio/runs/{run.id}")).text
    html = (await studio.get(page)).text
    assert "Les projets de la liste" in html
    assert "trouvé dans 10 des 10 fiches" in html
    applied = await studio.post(page, page, pointer="/source/item", expression=".tuile")
    assert applied.status_code == 303, applied.text
    assert (await studio.scraper.crawl(SPIDER)).counters.items == 12
    assert "une autre récolte de la source a commencé depuis." in (await studio.get(page)).text


DRAFT: JsonObject = {
    "source": {"item": {"syntax": "css", "expression": "li"}, "fields": {"a/b": {"expression": "p", "take": "html"}}}
}


@pytest.mark.parametrize(
    ("pointer", "proposal", "place", "left"),
    [
        (
            "/source/fields/a~1b",
            Proposal(
                selector=HtmlField(syntax=Syntax.XPATH, expression="//b", take="html"), confidence=1, filled=1, of=1
            ),
            "fields",
            {"a/b": {"expression": "//b", "take": "html"}},
        ),
        (
            "/source/item",
            Proposal(selector=HtmlField(expression=".tile"), confidence=1, filled=1, of=1),
            "item",
            {"syntax": "css", "expression": ".tile"},
        ),
    ],
)
def test_a_proposal_takes_the_place_of_a_selector(
    pointer: str, proposal: Proposal, place: str, left: JsonObject
) -> None:
    changed = with_proposal(DRAFT, pointer, proposal)
    assert changed is not None
    source = changed["source"]
    assert isinstance(source, dict)
    assert source[place] == left
    assert with_proposal(DRAFT, "/source/none/x", proposal) is None
    assert DRAFT["source"] != source

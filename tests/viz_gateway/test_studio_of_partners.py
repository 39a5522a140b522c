"""A partner's screens: own spiders, a preview, a run watched live, and a form that shows faults at their place."""

import json
from datetime import UTC, datetime

import pytest

from moisson_shared.contracts.run import Reason, RunOrder
from moisson_shared.contracts.schedule import SkippedFirings
from tests.viz_gateway.running_gateway import Running
from tests.viz_gateway.sample_runs import a_run

SPIDER = "/studio/spiders/ronce-annuaire"


async def test_the_dashboard_shows_spiders_and_their_last_run(gateway: Running) -> None:
    await gateway.sign_in("partner")
    html = (await gateway.get("/studio")).text
    assert "Bonjour Équipe éditoriale" in html
    assert SPIDER in html
    assert "Jamais récoltée" in html
    assert "en cours" in html
    assert "/studio/corpora" not in html
    assert set(gateway.scraper.tokens) == {"Bearer access-0"}


async def test_a_user_without_a_role_sees_no_sources(gateway: Running) -> None:
    await gateway.sign_in("user", partners=())
    html = (await gateway.get("/studio")).text
    assert SPIDER not in html
    assert "/studio/spiders/new" not in html
    assert (await gateway.get("/studio/spiders/new")).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/studio/corpora/cis",
        "/studio/normalisations/n1",
        "/studio/normalisations/n1/rejects",
        "/studio/recipes/ronce-annuaire",
        "/studio/recipes/ronce-annuaire/edit",
        "/studio/portals/cis",
    ],
)
async def test_a_partner_is_kept_from_the_stewards_screens(gateway: Running, path: str) -> None:
    await gateway.sign_in("partner")
    response = await gateway.get(path)
    assert response.status_code == 403
    assert "Cette page n’est pas pour vous." in response.text


async def test_a_steward_reads_but_does_not_change_what_is_a_partners(gateway: Running) -> None:
    await gateway.sign_in("steward", partners=())
    html = (await gateway.get("/studio/spiders/tissage-api")).text
    assert "/studio/spiders/tissage-api/runs" not in html
    assert (await gateway.get("/studio/spiders/tissage-api/edit")).status_code == 403


async def test_what_is_another_partners_is_not_there(gateway: Running) -> None:
    await gateway.sign_in("partner", partners=("ronce",))
    assert "tissage-api" not in (await gateway.get("/studio")).text
    for page in ("/studio/spiders/tissage-api", "/studio/spiders/tissage-api/edit"):
        assert (await gateway.get(page)).status_code == 404


async def test_a_spider_is_described_in_words(gateway: Running) -> None:
    await gateway.sign_in("partner")
    html = (await gateway.get(SPIDER)).text
    assert "Suit le lien vers la page suivante" in html
    assert "article.projet" in html


@pytest.mark.parametrize(
    ("language", "planned", "unplanned"),
    [
        (
            "fr",
            "Prochaine récolte : 30 mars 2026 à 01:00 UTC. 2 récoltes n’ont pas eu lieu : une autre était en cours.",
            "Pas de récolte programmée.",
        ),
        (
            "en",
            "Next run: 30 March 2026 at 01:00 UTC. 2 runs did not take place: another one was going on.",
            "No run is scheduled.",
        ),
    ],
)
async def test_the_next_run_and_what_was_skipped_are_told(
    gateway: Running, language: str, planned: str, unplanned: str
) -> None:
    await gateway.sign_in("partner")
    await gateway.get(f"/studio/language/{language}")
    assert unplanned in (await gateway.get(SPIDER)).text
    moment = datetime(2026, 3, 30, 1, tzinfo=UTC)
    skipped = SkippedFirings(code="run-going-on", message="A run was going on.", count=2, last_at=moment)
    gateway.scraper.schedule = {"next_at": moment, "skipped": (skipped,)}
    assert planned in (await gateway.get(SPIDER)).text


async def test_a_preview_shows_what_each_selector_gave(gateway: Running) -> None:
    await gateway.sign_in("partner")
    gateway.scraper.warnings = (Reason(code="nothing", message="Rien trouvé pour thèmes."),)
    html = (await gateway.post(f"{SPIDER}/preview", SPIDER)).text
    assert "12 projets sur la première page" in html
    assert "12 sur 12" in html
    assert "0 sur 3" in html
    assert "Rien trouvé pour thèmes." in html


async def test_a_trial_asks_for_ten_pages(gateway: Running) -> None:
    await gateway.sign_in("partner")
    assert "Essayer sur 10 pages" in (await gateway.get(SPIDER)).text
    assert (await gateway.post(f"{SPIDER}/trial", SPIDER)).headers["location"] == "/studio/runs/r1"
    assert gateway.scraper.orders == [RunOrder(trial_pages=10)]


async def test_running_leads_to_the_run_even_when_one_is_going_on(gateway: Running) -> None:
    await gateway.sign_in("partner")
    assert (await gateway.post(f"{SPIDER}/runs", SPIDER)).headers["location"] == "/studio/runs/r1"
    gateway.scraper.busy = True
    assert (await gateway.post(f"{SPIDER}/runs", SPIDER)).headers["location"] == "/studio/runs/r1"
    gateway.scraper.states = [a_run()]
    assert (await gateway.post(f"{SPIDER}/runs", SPIDER)).status_code == 409


@pytest.mark.parametrize("kind", ["html", "json", "file", "sitemap", "feed", "upload"])
async def test_a_new_spider_starts_from_a_draft(gateway: Running, kind: str) -> None:
    await gateway.sign_in("partner")
    assert (await gateway.get("/studio/spiders/new")).text.count('name="kind"') == 6
    page = f"/studio/spiders/new?kind={kind}"
    draft = json.loads(await gateway.editor_text(page))
    draft["id"] = "mine"
    response = await gateway.post("/studio/spiders", page, document=json.dumps(draft), action="save")
    assert response.headers["location"].removesuffix("/upload") == "/studio/spiders/mine"
    assert gateway.scraper.spiders["mine"].version == 1


async def test_faults_are_shown_at_their_lines_and_nothing_is_lost(gateway: Running) -> None:
    await gateway.sign_in("partner")
    page = "/studio/spiders/new?kind=html"
    text = (await gateway.editor_text(page)).replace('"expression": "article.projet"', '"expression": ""')
    line = next(n for n, one in enumerate(text.split("\n"), 1) if '"expression": ""' in one)
    response = await gateway.post("/studio/spiders", page, document=text, action="save")
    assert response.status_code == 422
    assert f'data-line="{line}"' in response.text
    assert "/source/item/expression" in response.text
    assert "article.projet" not in response.text
    assert "présentation" in response.text
    assert len(gateway.scraper.spiders) == 3


@pytest.mark.parametrize("text", ["", "{", '{"id": 1,\n"x" }', "[]"])
async def test_what_is_no_json_is_told_so(gateway: Running, text: str) -> None:
    await gateway.sign_in("partner")
    response = await gateway.post("/studio/spiders", "/studio/spiders/new?kind=html", document=text)
    assert response.status_code == 422
    assert "data-line=" in response.text


async def test_a_draft_can_be_previewed_before_it_is_saved(gateway: Running) -> None:
    await gateway.sign_in("partner")
    page = f"{SPIDER}/edit"
    response = await gateway.post(page, page, document=await gateway.editor_text(page), action="preview", etag='"1"')
    assert response.status_code == 200
    assert "12 projets sur la première page" in response.text
    assert gateway.scraper.spiders["ronce-annuaire"].version == 1


async def test_saving_over_somebody_elses_version_is_refused(gateway: Running) -> None:
    await gateway.sign_in("partner")
    page = f"{SPIDER}/edit"
    text = await gateway.editor_text(page)
    assert (await gateway.post(page, page, document=text, etag='"1"')).status_code == 303
    response = await gateway.post(page, page, document=text, etag='"1"')
    assert response.status_code == 412
    assert "Quelqu’un d’autre a enregistré une version" in response.text


async def test_an_id_that_is_taken_is_told_so(gateway: Running) -> None:
    await gateway.sign_in("partner")
    page = "/studio/spiders/new?kind=html"
    response = await gateway.post("/studio/spiders", page, document=await gateway.editor_text(page))
    assert response.status_code == 409


@pytest.mark.parametrize("path", ["/studio/spiders/none", "/studio/runs/none", "/studio/nowhere"])
async def test_what_is_not_there_is_a_page_of_the_studio(gateway: Running, path: str) -> None:
    await gateway.sign_in("partner")
    response = await gateway.get(path)
    assert response.status_code == 404
    assert 'href="/studio"' in response.text

"""The studio of a real installation, without script: what partners and stewards do, and what others may not."""

import html
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from moisson_standalone.demo.accounts import ACCOUNTS, ADMIN, DemoAccount
from moisson_standalone.demo.sample_partners import SAMPLE_PARTNERS
from moisson_standalone.demo.sites.tilleul import read_directory
from moisson_viz_gateway.wording.catalogue import load_wordings
from tests.flow.harvesting import harvest_samples
from tests.flow.loopback_sites import sample_sites
from tests.flow.studio_visitor import StudioVisitor, read_text
from tests.flow.suite import Form, Suite, started_suite
from tests.flow.watching import eventually, everything, sign_in

STEWARD, PARTNER = ACCOUNTS[0], ACCOUNTS[1]
READER = DemoAccount("lectrice@moisson.example", "Lectrice", "lire-seulement-et-rien-de-plus", ("user",))
FRENCH = load_wordings()["fr"]
TILLEUL = SAMPLE_PARTNERS[0]
SPIDER, RECIPE, CORPUS = "/studio/spiders/tilleul-annuaire", "/studio/recipes/tilleul", "/studio/corpora/cis"
OTHERS = ("archipel-api", "moulin-fichier")


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    with sample_sites() as sites:
        hosts = [address.removeprefix("http://") for address in sites.values()]
        with started_suite(Form.EMBEDDED, tmp_path_factory.mktemp("studio"), hosts) as running:
            harvest_samples(running, sites)
            yield running


@pytest.fixture
def partner(suite: Suite) -> Iterator[StudioVisitor]:
    with StudioVisitor(suite.addresses.portal).sign_in(PARTNER) as visitor:
        yield visitor


@pytest.fixture
def steward(suite: Suite) -> Iterator[StudioVisitor]:
    with StudioVisitor(suite.addresses.portal).sign_in(STEWARD) as visitor:
        yield visitor


@pytest.fixture
def services(suite: Suite) -> Iterator[httpx.Client]:
    """The services themselves, as the steward reaches them: the truth that pages must show."""
    with sign_in(suite.addresses.api, STEWARD) as client:
        yield client


# Partners.


def test_a_partner_finds_its_own_sources_and_no_others(partner: StudioVisitor) -> None:
    assert f"Bonjour {PARTNER.name}" in partner.read("/studio")
    overview = partner.page("/studio")
    assert SPIDER in overview
    assert not [other for other in OTHERS if other in overview]
    assert "/studio/corpora" not in overview
    for other in OTHERS:
        assert partner.http.get(f"/studio/spiders/{other}").status_code == httpx.codes.NOT_FOUND
        assert partner.http.get(f"/studio/spiders/{other}/edit").status_code == httpx.codes.NOT_FOUND


def test_a_preview_shows_what_the_site_says_now(partner: StudioVisitor) -> None:
    answer = partner.send(f"{SPIDER}/preview", SPIDER)
    assert answer.status_code == httpx.codes.OK
    shown = read_text(answer.text)
    assert "10 projets sur la première page" in shown
    assert "titre page de détail 3 sur 3 La Cantine des Petits Loups Vélo-bibliothèque des dunes" in shown
    assert "reference dans la liste 10 sur 10 TIL-0107 TIL-0114" in shown


def test_a_run_is_followed_to_its_end_and_its_parts_add_up(
    partner: StudioVisitor, suite: Suite, services: httpx.Client
) -> None:
    address = partner.go(f"{SPIDER}/runs", SPIDER)
    with partner.http.stream("GET", f"{address}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = [event for event in "".join(answer.iter_text()).split("\n\n") if event.startswith("event:")]
    assert [event.splitlines()[0] for event in events[-2:]] == ["event: run", "event: end"]
    assert {event.splitlines()[0] for event in events[:-1]} == {"event: run"}
    last = read_text("\n".join(line.removeprefix("data:") for line in events[-2].splitlines()[1:]))
    page = partner.page(address)
    assert "data-events" not in page
    shown = read_text(page)
    assert last.startswith("terminée")
    assert last in shown
    run = services.get(f"{suite.addresses.scraper}/v1/runs/{address.rpartition('/')[2]}").json()
    counted = run["counters"]
    cards = read_directory()
    drafts, missing = sum(card.draft for card in cards), sum(card.missing_page for card in cards)
    kept = len(cards) - drafts - missing
    assert (counted["items"], counted["records_unchanged"]) == (len(cards), kept)
    assert (counted["pages_off_limits"], counted["pages_failed"]) == (drafts, missing)
    for sentence in (
        f"{counted['pages_found']} pages lues {counted['pages_fetched']}",
        f"interdites {drafts} au-delà des limites 0 en échec {missing}",
        f"{counted['items']} fiches nouvelles 0 changées 0 inchangées {kept} écartées {drafts + missing}",
        "The site answered 404.",
    ):
        assert sentence in shown


def test_a_trial_shows_what_it_found_and_its_numbers_are_explained(
    partner: StudioVisitor, suite: Suite, services: httpx.Client
) -> None:
    address = partner.go(f"{SPIDER}/trial", SPIDER)
    partner.http.get(f"{address}/events")  # to its end
    counted = services.get(f"{suite.addresses.scraper}/v1/runs/{address.rpartition('/')[2]}").json()["counters"]
    assert counted["records_held"] > 0
    assert (counted["records_new"], counted["records_changed"], counted["records_unchanged"]) == (0, 0, 0)
    for page in (address, f"{address}/items"):
        shown = partner.read(page)
        assert "Essai sur 10 pages. Rien n’en est gardé" in shown
        assert "TIL-0107" in shown
    report = partner.read(f"{address}/report")
    assert f"{counted['pages_found']} pages trouvées" in report
    assert f"= {counted['pages_found']} " in report
    assert f"non enregistrées {counted['records_held']} · " in report
    assert "reference" in report[report.index("combien de fois ils sont remplis") :]


def test_a_partner_changes_its_source_and_nobody_is_overwritten(partner: StudioVisitor) -> None:
    page = f"{SPIDER}/edit"
    draft, version = partner.document(page)
    text = json.dumps(draft | {"name": "Annuaire du Réseau Tilleul, relu"})
    preview = partner.send(page, page, document=text, action="preview", **version)
    assert "10 projets sur la première page" in read_text(preview.text)
    assert partner.go(page, page, document=text, action="save", **version) == SPIDER
    assert "Annuaire du Réseau Tilleul, relu" in partner.read(SPIDER)
    late = partner.send(page, page, document=json.dumps(draft), action="save", **version)
    assert late.status_code == httpx.codes.PRECONDITION_FAILED
    assert "Quelqu’un d’autre a enregistré une version" in read_text(late.text)


def test_what_the_scraper_refuses_is_shown_at_its_line(partner: StudioVisitor) -> None:
    page = f"{SPIDER}/edit"
    draft, version = partner.document(page)
    text = json.dumps(draft, indent=2, ensure_ascii=False).replace('"li.card"', '""')
    line = next(number for number, one in enumerate(text.split("\n"), 1) if one.endswith('"expression": ""'))
    refused = partner.send(page, page, document=text, action="save", **version)
    assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert f'data-line="{line}"' in refused.text
    assert "/source/item/expression" in refused.text


# Stewards.


def test_a_recipe_is_sentences_beside_what_they_make_of_real_records(steward: StudioVisitor) -> None:
    shown = steward.read(RECIPE)
    assert "10 étapes" in shown
    assert "Cherche les mots de « famille » dans la taxonomie de « themes », par libellé." in shown
    assert "43 fiches, 43 projets" in shown
    outcome = shown[shown.index("Ce que cela devient") :]
    themes = outcome[outcome.index(" themes ") : outcome.index(" sub_themes ")]
    assert themes.startswith(" themes ENV famille Enlève les espaces de trop")
    assert themes.endswith("Cherche les mots de « famille » dans la taxonomie de « themes », par libellé.")
    page = steward.page(RECIPE)
    assert 'data-raw-fields="["famille"]"' in html.unescape(page)
    assert 'data-raw-field="famille" class="used"' in page
    assert 'data-raw-field="depuis" class="used"' not in page


def test_rejects_are_counted_and_narrowed(steward: StudioVisitor, suite: Suite, services: httpx.Client) -> None:
    base = f"{suite.addresses.normalizer}/v1"
    run = services.get(f"{base}/corpora/cis/runs").json()["items"][0]["id"]
    rejects = everything(services, f"{base}/runs/{run}/rejects")
    page = f"/studio/normalisations/{run}/rejects"
    assert rejects
    assert steward.page(page).count("/studio/recipes/") == len(rejects)
    codes = {reject["code"] for reject in rejects}
    recipes = {reject["recipe"] for reject in rejects}
    assert len(codes) > 1
    for name, values in (("code", codes), ("recipe", recipes)):
        for value in values:
            wanted = [reject for reject in rejects if reject[name] == value]
            narrowed = steward.http.get(page, params={name: value}).text
            assert narrowed.count("/studio/recipes/") == len(wanted)
            said = {read_text(FRENCH(f"reject.{reject['code']}")) for reject in wanted}
            assert all(sentence in read_text(narrowed) for sentence in said)
    assert "Aucun rejet." in steward.read(f"{page}?code=nothing-of-the-kind")


def test_a_changed_recipe_becomes_a_candidate_and_is_published_by_the_form(
    steward: StudioVisitor, suite: Suite, services: httpx.Client
) -> None:
    base = f"{suite.addresses.normalizer}/v1"
    live = state(services, base, "live")
    assert f"Version {live['version']}, " in steward.read(CORPUS)
    draft, version = steward.document(f"{RECIPE}/edit")
    draft["steps"].append({"step": "constant", "to": "distinctions", "value": "Projet relu"})
    text = json.dumps(draft)
    preview = steward.send(f"{RECIPE}/edit", f"{RECIPE}/edit", document=text, action="preview", **version)
    assert "distinctions Projet relu" in read_text(preview.text)
    assert steward.go(f"{RECIPE}/edit", f"{RECIPE}/edit", document=text, action="save", **version) == RECIPE
    run = steward.go(f"{CORPUS}/runs", CORPUS)
    eventually(lambda: "terminée" in steward.read(run), "the normalisation has come to its end")
    candidate = eventually(lambda: state(services, base, "candidate"), "there is a candidate")
    shown = steward.read(CORPUS)
    assert f"À publier {live['projects']} projets" in shown
    assert f"Nouveaux +0 Changés {len(TILLEUL.titles())} Disparus 0" in shown
    portal = suite.addresses.portal
    (project,) = find(suite, "Le Café des Aidants du Port")
    with StudioVisitor(portal) as reader:
        before = reader.read(f"/fr/cis/projects/{project}")
        assert "Projet relu" not in before
        address = steward.go(f"{CORPUS}/publish", CORPUS, version=str(candidate["version"]))
        assert f"La version {candidate['version']} est en ligne." in steward.read(address)
        eventually(lambda: "Projet relu" in reader.read(f"/fr/cis/projects/{project}"), "the portal shows it")
        back = steward.go(f"{CORPUS}/publish", CORPUS, version=str(live["version"]))
        assert f"La version {live['version']} est en ligne." in steward.read(back)
        eventually(lambda: reader.read(f"/fr/cis/projects/{project}") == before, "the portal shows it as it was")


def state(services: httpx.Client, base: str, wanted: str) -> dict[str, Any]:
    """The newest version in this state; empty where there is none."""
    versions = services.get(f"{base}/corpora/cis/versions").json()["items"]
    found = [version for version in versions if version["state"] == wanted]
    return max(found, key=lambda version: int(version["version"]), default={})


def find(suite: Suite, title: str) -> list[str]:
    answer = httpx.get(f"{suite.addresses.api}/v1/corpora/cis/projects", params={"q": title}, trust_env=False)
    return [hit["id"] for hit in answer.json()["projects"] if hit["title"] == title]


# Others.


@pytest.mark.parametrize("path", [CORPUS, RECIPE, f"{RECIPE}/edit", "/studio/portals/cis"])
def test_a_partner_gets_a_page_that_says_no(partner: StudioVisitor, path: str) -> None:
    answer = partner.http.get(path)
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert "Cette page n’est pas pour vous." in read_text(answer.text)


def test_a_user_without_rights_sees_nothing_and_starts_nothing(suite: Suite) -> None:
    with sign_in(suite.addresses.api, ADMIN) as admin:
        made = admin.post(f"{suite.addresses.api}/v1/accounts", json=READER.document())
        assert made.status_code == httpx.codes.CREATED, made.text
    with StudioVisitor(suite.addresses.portal).sign_in(READER) as reader:
        overview = reader.page("/studio")
        assert SPIDER not in overview
        assert RECIPE not in overview
        for path in (SPIDER, "/studio/spiders/new", CORPUS, RECIPE, "/studio/portals/cis"):
            answer = reader.http.get(path)
            assert answer.status_code == httpx.codes.FORBIDDEN, path
            assert "Cette page n’est pas pour vous." in read_text(answer.text)
        for path in (f"{SPIDER}/runs", f"{SPIDER}/preview", f"{CORPUS}/publish"):
            assert reader.send(path, "/studio", version="1").status_code == httpx.codes.FORBIDDEN, path


def test_a_form_without_its_token_is_refused(partner: StudioVisitor, suite: Suite) -> None:
    answer = partner.http.post(f"{SPIDER}/runs", data={"form_token": "made up"})
    assert answer.status_code == httpx.codes.FORBIDDEN
    with StudioVisitor(suite.addresses.portal) as nobody:
        assert nobody.http.get("/studio").headers["location"].startswith("/studio/login")

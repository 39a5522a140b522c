"""A steward's screens: versions, publishing, recipes as sentences beside a preview, rejects; and admins' portals."""

import html
import json
import re
from pathlib import Path

import pytest

from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.ports.documents import Insert
from moisson_viz_gateway.portal.default_portal import default_portal
from moisson_viz_gateway.portal.portal_document import PORTALS
from tests.viz_gateway.running_gateway import Running, running_gateway
from tests.viz_gateway.sample_normalisation import a_version

CORPUS = "/studio/corpora/cis"
RECIPE = "/studio/recipes/ronce-annuaire"


async def test_a_corpus_says_what_publishing_would_change(gateway: Running) -> None:
    await gateway.sign_in("steward")
    page = (await gateway.get(CORPUS)).text
    assert "41 projets" in page
    assert "40 projets" in page
    assert "Le Jardin partagé" in page
    assert "Pas trop de projets perdus" in page
    assert "Publier malgré les vérifications" in page


async def test_failed_checks_hold_a_version_back_until_it_is_forced(gateway: Running) -> None:
    await gateway.sign_in("steward")
    response = await gateway.post(f"{CORPUS}/publish", CORPUS, version="3")
    assert response.status_code == 409
    assert "Pas publiée" in response.text
    assert "La version 3 ne passe pas toutes les vérifications : Pas trop de projets perdus." in response.text
    assert gateway.normalizer.published == []
    response = await gateway.post(f"{CORPUS}/publish", CORPUS, version="3", force="yes")
    assert response.headers["location"] == f"{CORPUS}?published=3"
    assert gateway.normalizer.published == [(3, True)]
    assert "La version 3 est en ligne." in (await gateway.get(response.headers["location"])).text


@pytest.mark.parametrize("version", ["", "x", "-1", "1e3", "99999999999999999999"])
async def test_a_version_that_is_no_number_is_not_found(gateway: Running, version: str) -> None:
    await gateway.sign_in("steward")
    response = await gateway.post(f"{CORPUS}/publish", CORPUS, version=version)
    assert response.status_code == 404


async def test_a_run_of_normalisation_is_asked_for_and_shown(gateway: Running) -> None:
    await gateway.sign_in("steward")
    response = await gateway.post(f"{CORPUS}/runs", CORPUS)
    assert response.headers["location"] == "/studio/normalisations/n1"
    page = (await gateway.get("/studio/normalisations/n1")).text
    assert "1 champ non utilisé" in page
    assert "version 3 construite" in page


async def test_a_recipe_is_sentences_beside_a_preview(gateway: Running) -> None:
    await gateway.sign_in("steward")
    page = html.unescape((await gateway.get(RECIPE)).text)
    assert "Cherche les mots de «\u202fmots\u202f» dans la taxonomie de «\u202fthemes\u202f»" in page
    assert "La Ressourcerie du Canal" in page
    assert 'data-raw-fields="["Thématiques"]"' in page
    assert 'data-raw-field="Thématiques"' in page
    assert "Jardinage lunaire" in page
    assert "Champs que rien n’utilise" in page
    assert "?offset=3" in page


async def test_rejects_are_narrowed(gateway: Running) -> None:
    await gateway.sign_in("steward")
    page = "/studio/normalisations/n1/rejects"
    assert "Jardinage lunaire" in (await gateway.get(page)).text
    narrowed = (await gateway.get(f"{page}?step=5&code=not-a-date&recipe=ronce-annuaire")).text
    assert "Jardinage lunaire" not in narrowed
    assert "fiche entière" in narrowed
    assert gateway.normalizer.asked[-1] == [("recipe", "ronce-annuaire"), ("step", "5"), ("code", "not-a-date")]
    assert "Un projet ne peut pas exister sans ce champ." in (await gateway.get(f"{page}?step=schema")).text
    assert "Aucun rejet." in (await gateway.get(f"{page}?field=started&code=unknown-concept")).text


async def test_what_the_normalizer_says_is_french_on_french_pages_and_keeps_its_details(gateway: Running) -> None:
    await gateway.sign_in("steward")
    rejects = html.unescape((await gateway.get("/studio/normalisations/n1/rejects")).text)
    assert "Ce n’est pas une date de la forme attendue." in rejects
    assert 'Le service l’a dit ainsi : <span lang="en">not a date in any of the formats: %d/%m/%Y, %Y</span>' in rejects
    assert "avertissement, rien n’est perdu" in rejects
    corpus = html.unescape((await gateway.get("/studio/corpora/cis")).text)
    assert "2 projets disparaîtraient, sur 40 en ligne (5\u202f%) ; au plus 3\u202f%" in corpus
    assert "Sans récolte complète ou sans fiches : moulin-places (1 sur 2)." in corpus
    english = html.unescape((await gateway.get("/studio/corpora/cis", **{"Accept-Language": "en"})).text)
    assert "No complete run or no records yet: moulin-places (1 of 2)." in english


async def test_a_warning_keeps_nobody_from_publishing(gateway: Running) -> None:
    gateway.normalizer.versions[0] = a_version(3, "candidate", passes=True)
    await gateway.sign_in("steward")
    page = (await gateway.get(CORPUS)).text
    assert "Sans récolte complète" in page
    assert 'name="force"' not in page
    answer = await gateway.post(f"{CORPUS}/publish", CORPUS, version="3")
    assert answer.status_code == 303
    assert gateway.normalizer.published == [(3, False)]


async def test_a_recipe_is_changed_as_text(gateway: Running) -> None:
    await gateway.sign_in("steward")
    page = f"{RECIPE}/edit"
    draft = json.loads(await gateway.editor_text(page))
    draft["steps"].append({"step": "trim", "columns": ["title"]})
    response = await gateway.post(page, page, document=json.dumps(draft), etag='"3"', action="preview")
    assert response.status_code == 200
    assert "La Ressourcerie du Canal" in response.text
    assert gateway.normalizer.recipe.version == 3
    response = await gateway.post(page, page, document=json.dumps(draft), etag='"3"', action="save")
    assert response.headers["location"] == RECIPE
    assert gateway.normalizer.recipe.version == 4
    response = await gateway.post(page, page, document=json.dumps(draft), etag='"3"', action="save")
    assert response.status_code == 412


async def test_faults_of_a_previewed_recipe_point_into_its_text(gateway: Running) -> None:
    await gateway.sign_in("steward")
    page = f"{RECIPE}/edit"
    text = (await gateway.editor_text(page)).replace('"to": "themes"', '"to": "nowhere"')
    line = next(n for n, one in enumerate(text.split("\n"), 1) if "nowhere" in one)
    response = await gateway.post(page, page, document=text, etag='"3"', action="preview")
    assert response.status_code == 422
    assert f'data-line="{line}"' in response.text


async def test_a_step_that_does_not_exist_is_refused_at_its_line(gateway: Running) -> None:
    await gateway.sign_in("steward")
    page = f"{RECIPE}/edit"
    text = (await gateway.editor_text(page)).replace('"step": "trim"', '"step": "polish"')
    line = next(n for n, one in enumerate(text.split("\n"), 1) if "polish" in one)
    for action in ("save", "preview"):
        response = await gateway.post(page, page, document=text, etag='"3"', action=action)
        assert response.status_code == 422
        assert re.search(rf'data-line="({line}|{line - 1})"', response.text)


async def test_a_portal_is_changed_as_text_by_admins(gateway: Running) -> None:
    await gateway.sign_in("admin")
    page = "/studio/portals/cis"
    draft = json.loads(await gateway.editor_text(page))
    draft["titles"]["fr"] = "Le Grand Carrefour"
    draft["facets"] = ["region", "themes"]
    draft["colours"] = {"banner": "#c5e8d5"}
    response = await gateway.post(page, page, document=json.dumps(draft), version="1")
    assert response.headers["location"] == "/fr/cis"
    public = (await gateway.get("/fr/cis")).text
    assert "Le Grand Carrefour" in public
    assert public.index('id="facet-region"') < public.index('id="facet-themes"')
    assert 'id="facet-partner"' not in public
    assert "--banner:#c5e8d5" in (await gateway.get("/portals/cis.css")).text
    assert (await gateway.post(page, page, document=json.dumps(draft), version="1")).status_code == 412


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colours": {"banner": "#171c3a"}}, "cannot be read"),
        ({"colours": {"banner": "red}body{display:none"}}, "pattern"),
        ({"id": "other"}, "it stays cis"),
        ({"languages": ["de"]}, "speaks fr and en"),
        ({"map": {"tile_address": "https://tiles.example/"}}, "must contain"),
    ],
)
async def test_a_portal_that_nobody_could_use_is_refused(
    gateway: Running, change: dict[str, object], said: str
) -> None:
    await gateway.sign_in("admin")
    page = "/studio/portals/cis"
    draft = json.loads(await gateway.editor_text(page)) | change
    response = await gateway.post(page, page, document=json.dumps(draft), version="1")
    assert response.status_code == 422
    assert said in html.unescape(response.text)


async def test_a_portal_with_tiles_lets_only_their_server_in(gateway: Running) -> None:
    await gateway.sign_in("admin")
    page = "/studio/portals/cis"
    draft = json.loads(await gateway.editor_text(page))
    draft["map"]["tile_address"] = "https://tiles.example/{z}/{x}/{y}.png"
    assert (await gateway.post(page, page, document=json.dumps(draft), version="1")).status_code == 303
    policy = (await gateway.get("/fr/cis/map")).headers["content-security-policy"]
    assert "img-src 'self' data: https://tiles.example;" in policy
    assert "tiles.example" not in (await gateway.get("/fr/cis")).headers["content-security-policy"]


async def test_a_part_that_is_away_leaves_the_rest_of_the_dashboard(gateway: Running) -> None:
    await gateway.sign_in("steward", "partner")
    gateway.normalizer.versions = []
    page = (await gateway.get("/studio")).text
    assert "Rien en ligne" in page


async def test_admins_see_every_portal_however_many(tmp_path: Path) -> None:
    names = [f"portail-{number:04}" for number in range(1001)]
    async with running_gateway(tmp_path) as gateway:
        store = open_documents(gateway.settings.documents_url)
        await store.open((PORTALS,))
        await store.apply([Insert(PORTALS, default_portal(name)) for name in names])
        await store.close()
        await gateway.sign_in("admin")

        overview = (await gateway.get("/studio")).text

    assert re.findall(r'href="/studio/portals/([^"]+)"', overview) == ["cis", *names]

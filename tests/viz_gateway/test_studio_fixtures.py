"""Previews with the pieces of the pages that values came from, and fixtures: approved, checked, dropped."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scraper.running_scraper import html_spider
from tests.scraper.sample_site import SampleSite, directory, sample_site
from tests.viz_gateway.studio_over_scraper import Studio, studio_over_scraper

SPIDER = "/studio/spiders/essor-projets"


@pytest.fixture
async def site() -> AsyncIterator[SampleSite]:
    async with sample_site(directory(12)) as made:
        yield made


@pytest.fixture
async def studio(tmp_path: Path, site: SampleSite) -> AsyncIterator[Studio]:
    async with studio_over_scraper(tmp_path, site) as made:
        await made.scraper.save(html_spider(site))
        await made.sign_in()
        yield made


async def approved(studio: Studio) -> str:
    """The page of fixtures once the preview of the spider is one of them."""
    preview = await studio.post(f"{SPIDER}/preview", SPIDER)
    assert "Approuver comme témoin" in preview.text
    answer = await studio.sent(f"{SPIDER}/fixtures", preview, name="première page")
    assert answer.status_code == 303, answer.text
    return (await studio.get(answer.headers["location"])).text


async def test_each_value_of_a_preview_is_shown_in_its_page(studio: Studio, site: SampleSite) -> None:
    html = (await studio.post(f"{SPIDER}/preview", SPIDER)).text
    assert "<mark>Ville 1</mark>" in html
    assert "/html/body/ul/li[1]/span" in html
    assert f"{site.url}/projets?page=2" in html
    assert "10 pages de détail" in html
    (page,) = set(re.findall(rf'href="({SPIDER}/pages/[^"#]+)#l1"', html)[:1])
    kept = (await studio.get(page)).text
    assert '<li id="l1">' in kept
    assert "&lt;li class=&#34;card&#34;&gt;" in kept, "a page of others is text here, whatever it holds"


async def test_a_draft_in_the_editor_is_shown_in_its_pages_too(studio: Studio) -> None:
    text = await studio.editor_text(f"{SPIDER}/edit")
    answer = await studio.post(f"{SPIDER}/edit", f"{SPIDER}/edit", document=text, action="preview", etag='"1"')
    assert "<mark>Ville 1</mark>" in answer.text
    assert "Approuver comme témoin" not in answer.text, "only what is saved can be approved"


async def test_a_preview_is_approved_checked_and_dropped(studio: Studio) -> None:
    html = await approved(studio)
    assert "Ces pages sont désormais des témoins." in html
    assert "première page" in html
    assert "12 fiches attendues" not in html
    assert "10 fiches attendues" in html
    checked = await studio.post(f"{SPIDER}/check", f"{SPIDER}/fixtures")
    assert "Toutes les pages témoins sont lues comme attendu." in checked.text
    (drop,) = re.findall(rf'action="({SPIDER}/fixtures/[^"]+/drop)"', html)
    assert (await studio.post(drop, f"{SPIDER}/fixtures")).status_code == 303
    assert "Pas encore de page témoin." in (await studio.get(f"{SPIDER}/fixtures")).text


async def test_a_change_that_reads_fixtures_otherwise_is_shown_and_saved_all_the_same(studio: Studio) -> None:
    await approved(studio)
    edit = f"{SPIDER}/edit"
    draft = json.loads(await studio.editor_text(edit))
    draft["source"]["fields"]["ville"]["expression"] = ".nowhere"
    document = json.dumps(draft)
    refused = await studio.post(edit, edit, document=document, action="save", etag='"1"')
    assert refused.status_code == 422
    assert "ville\u202f» : n’est plus trouvé" in refused.text
    assert "<del>Ville 1</del>" in refused.text
    assert ".nowhere" in refused.text, "what was written is still there"
    saved = await studio.post(edit, edit, document=document, action="warn", etag='"1"')
    assert saved.status_code == 303, saved.text
    checked = await studio.post(f"{SPIDER}/check", f"{SPIDER}/fixtures")
    assert "1 témoin est lu autrement qu’attendu." in checked.text
    assert "n’est plus trouvé" in checked.text


async def test_a_preview_of_another_configuration_cannot_be_approved(studio: Studio, site: SampleSite) -> None:
    preview = await studio.post(f"{SPIDER}/preview", SPIDER)
    changed = html_spider(site)
    changed["source"]["item"] = {"expression": "li"}
    await studio.scraper.change(changed)
    answer = await studio.sent(f"{SPIDER}/fixtures", preview)
    assert answer.status_code == 409
    assert "Cet aperçu ne peut pas devenir un témoin" in answer.text


async def test_who_may_only_look_previews_and_checks_but_changes_nothing(studio: Studio) -> None:
    await approved(studio)
    await studio.sign_in("viewer")
    preview = await studio.post(f"{SPIDER}/preview", SPIDER)
    assert "<mark>Ville 1</mark>" in preview.text
    assert "Approuver comme témoin" not in preview.text
    html = (await studio.post(f"{SPIDER}/check", f"{SPIDER}/fixtures")).text
    assert "lues comme attendu" in html
    assert "/drop" not in html

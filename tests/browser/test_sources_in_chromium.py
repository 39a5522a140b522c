"""A source brought in, watched over and repaired in the studio, with the real scraper behind it."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.accessibility import faults
from tests.browser.conftest import TELEPHONE, open_window
from tests.scraper.running_scraper import PARTNER, file_spider, json_spider
from tests.scraper.sample_site import directory, sample_site
from tests.scraper.suggestible_listings import cards
from tests.scraper.test_fixtures import approved
from tests.scraper.test_repair import rewritten, watchful
from tests.viz_gateway.fake_api import PASSWORD
from tests.viz_gateway.studio_over_scraper import Studio, studio_over_scraper

pytestmark = pytest.mark.browser


async def sign_in(page: Page, studio: Studio, role: str) -> None:
    """Through the form, as a member of the partner with that role."""
    studio.api.roles, studio.api.partners = ("partner",), (PARTNER,)
    studio.api.partner_roles = {PARTNER: role}
    await page.goto("/studio")
    await page.get_by_label("Adresse électronique").fill("mia@essor.example")
    await page.get_by_label("Mot de passe").fill(PASSWORD)
    await page.get_by_role("button", name="Se connecter").click()
    await expect(page.get_by_role("link", name="Réseau Essor")).to_be_visible()


async def test_a_partner_brings_a_site_in_from_its_address_alone(browser: Browser, tmp_path: Path) -> None:
    async with (
        sample_site(dict(cards().pages)) as site,
        studio_over_scraper(tmp_path, site, served=True) as studio,
    ):
        window = await open_window(browser, studio)
        page = window.page
        await sign_in(page, studio, "editor")
        await page.get_by_role("link", name="Nouvelle source").click()
        assert await faults(page) == []
        await page.get_by_label("Adresse de la page").fill(f"{site.url}/projets")
        await page.get_by_role("button", name="Chercher les projets").click()
        await expect(page.get_by_text("6 champs trouvés")).to_be_visible(timeout=30_000)
        assert await faults(page) == []
        await window.picture("studio-suggestion")
        await page.get_by_label("theme").uncheck()
        await page.get_by_label("Nom de la source").fill("Annuaire des initiatives")
        await page.get_by_role("button", name="Enregistrer cette source").click()
        await expect(page.locator("h1")).to_have_text("Annuaire des initiatives")
        await page.get_by_role("button", name="Aperçu").click()
        await expect(page.locator(".placed mark", has_text="La Cantine des voisins")).to_be_visible()
        await expect(page.locator(".placed dt", has_text="theme")).to_have_count(0)
        assert await faults(page) == []
        await window.picture("studio-preview-places")
        await page.get_by_role("button", name="Approuver comme témoin").click()
        await expect(page.locator("[role=status]")).to_have_text("Ces pages sont désormais des témoins.")
        await page.get_by_role("button", name="Vérifier les témoins").click()
        await expect(page.locator("[role=status]")).to_have_text("Toutes les pages témoins sont lues comme attendu.")
        assert await faults(page) == []
        window.check()


async def test_a_source_is_repaired_on_a_telephone_at_night(browser: Browser, tmp_path: Path) -> None:
    async with (
        sample_site(directory(12)) as site,
        studio_over_scraper(tmp_path, site, served=True) as studio,
    ):
        scraper = studio.scraper
        await scraper.save(watchful(site))
        await scraper.save(file_spider("") | {"source": {"kind": "file"}})
        await scraper.save(json_spider("https://x.example/api", headers={"Authorization": "Bearer {secret:jeton}"}))
        await approved(scraper)
        await scraper.crawl("essor-projets")
        rewritten(site, ('class="town"', 'class="place"'))
        run = await scraper.crawl("essor-projets")
        window = await open_window(browser, studio, TELEPHONE, dark=True)
        page = window.page
        await sign_in(page, studio, "owner")
        screens = {
            "fixtures": "/studio/spiders/essor-projets/fixtures",
            "upload": "/studio/spiders/essor-fichier/upload",
            "secrets": "/studio/spiders/essor-api/secrets",
            "partner": f"/studio/partners/{PARTNER}",
        }
        for name, path in screens.items():
            await page.goto(path)
            assert await faults(page) == [], path
            await window.picture(f"studio-{name}-telephone-dark")
        await page.goto(f"/studio/runs/{run.id}")
        await page.get_by_role("link", name="Réparer la source").click()
        await expect(page.locator(".side-by-side mark")).to_have_text(["Ville 1", "Ville 1"])
        assert await faults(page) == []
        await window.picture("studio-repair-telephone-dark")
        await page.locator(".side-by-side a").first.click()
        await expect(page.locator("li:target")).to_contain_text("town")
        assert await faults(page) == []
        await page.go_back()
        await page.get_by_role("button", name="Appliquer ce sélecteur").first.click()
        await expect(page.locator("[role=status]")).to_contain_text("La version 2 de la source est enregistrée.")
        await page.get_by_role("button", name="Récolter de nouveau").click()
        await expect(page.locator("#progress .state")).to_have_text("terminée", timeout=15_000)
        window.check()

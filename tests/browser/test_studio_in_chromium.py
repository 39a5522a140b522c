"""The studio as partners and stewards meet it."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from moisson_shared.contracts.run import RunState, pace_of
from tests.browser.accessibility import faults
from tests.browser.conftest import DESKTOP, TELEPHONE, open_window
from tests.viz_gateway.fake_api import PASSWORD
from tests.viz_gateway.running_gateway import Running
from tests.viz_gateway.sample_runs import a_quarantined_run, a_trial

pytestmark = pytest.mark.browser


async def sign_in(page: Page, gateway: Running, *roles: str) -> None:
    """Through the form, as people do."""
    gateway.api.roles = roles
    await page.goto("/studio")
    await page.get_by_label("Adresse électronique").fill("equipe@ronce.example")
    await page.get_by_label("Mot de passe").fill(PASSWORD)
    await page.get_by_role("button", name="Se connecter").click()
    await expect(page.locator("h1")).to_have_text("Bonjour Équipe éditoriale")


@pytest.mark.parametrize("size", [DESKTOP, TELEPHONE], ids=["desktop", "telephone"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_every_screen_is_accessible(
    browser: Browser, gateway: Running, size: tuple[int, int], dark: bool
) -> None:
    window = await open_window(browser, gateway, size, dark=dark)
    page = window.page
    await sign_in(page, gateway, "admin", "steward", "partner")
    gateway.scraper.states = gateway.scraper.states[-1:]
    screens = {
        "overview": "/studio",
        "spider": "/studio/spiders/ronce-annuaire",
        "kinds": "/studio/spiders/new",
        "editor": "/studio/spiders/ronce-annuaire/edit",
        "run": "/studio/runs/r1",
        "corpus": "/studio/corpora/cis",
        "normalisation": "/studio/normalisations/n1",
        "rejects": "/studio/normalisations/n1/rejects",
        "recipe": "/studio/recipes/ronce-annuaire",
        "portal": "/studio/portals/cis",
    }
    for name, path in screens.items():
        await page.goto(path)
        assert await faults(page) == [], path
        await window.picture(f"studio-{name}-{'dark' if dark else 'light'}-{size[0]}")
    window.check()


async def test_a_partner_previews_runs_and_watches(browser: Browser, gateway: Running) -> None:
    window = await open_window(browser, gateway)
    page = window.page
    await sign_in(page, gateway, "partner")
    await page.get_by_role("link", name="Annuaire des projets").click()
    await page.get_by_role("button", name="Aperçu").click()
    await expect(page.get_by_text("12 projets sur la première page")).to_be_visible()
    await window.picture("studio-preview")
    await page.go_back()
    await page.get_by_role("button", name="Récolter maintenant").click()
    await expect(page.locator("#progress .state")).to_have_text("en cours")
    await expect(page.locator("#progress .state")).to_have_text("terminée")
    await expect(page.get_by_role("button", name="Récolter de nouveau")).to_be_visible()
    await page.get_by_text("Le site a répondu par le code 404.").click()
    await expect(page.get_by_text("https://x.example/12")).to_be_visible()
    window.check()


@pytest.mark.parametrize("size", [DESKTOP, TELEPHONE], ids=["desktop", "telephone"])
async def test_a_run_is_paused_goes_on_and_is_explained(
    browser: Browser, gateway: Running, size: tuple[int, int]
) -> None:
    gateway.scraper.standing = True
    window = await open_window(browser, gateway, size)
    page = window.page
    await sign_in(page, gateway, "partner")
    await page.goto("/studio/runs/r1")
    state = page.locator("#progress .state")
    await expect(state).to_have_text("en cours")
    await expect(page.locator(".figures")).to_contain_text("Temps restant")
    await page.get_by_text("Le site a répondu par le code 404.").click()
    await window.picture(f"studio-run-running-{size[0]}")
    expecting = gateway.scraper.states[0].model_copy(update={"pages_expected": 100})
    gateway.scraper.states[0] = expecting.model_copy(update={"pace": pace_of(expecting)})
    await expect(page.locator(".figures")).to_contain_text("37,6")
    await expect(page.get_by_text("https://x.example/12")).to_be_visible()
    await page.get_by_role("button", name="Mettre en pause").click()
    await expect(state).to_have_text("en pause")
    assert await faults(page) == []
    await window.picture(f"studio-run-paused-{size[0]}")
    gateway.scraper.standing = False
    await page.get_by_role("button", name="Reprendre").click()
    await expect(state).to_have_text("terminée")
    assert [action for action, _ in gateway.scraper.asked] == ["pause", "resume"]
    await page.get_by_role("link", name="Pourquoi ces chiffres ?").click()
    await expect(page.locator("h1")).to_have_text("Pourquoi ces chiffres")
    assert await faults(page) == []
    await window.picture(f"studio-report-{size[0]}")
    window.check()


async def test_somebody_elses_pause_changes_the_buttons_of_an_open_page(browser: Browser, gateway: Running) -> None:
    gateway.scraper.standing = True
    window = await open_window(browser, gateway)
    page = window.page
    await sign_in(page, gateway, "partner")
    await page.goto("/studio/runs/r1")
    await page.evaluate("window.stillHere = true")
    paused = {"state": RunState.PAUSED, "code": "paused-by-person", "error": "The run was paused."}
    gateway.scraper.states[0] = gateway.scraper.states[0].model_copy(update=paused)
    await expect(page.get_by_role("button", name="Reprendre")).to_be_visible()
    await expect(page.get_by_role("button", name="Mettre en pause")).to_have_count(0)
    assert await page.evaluate("window.stillHere")


@pytest.mark.parametrize(("size", "dark"), [(DESKTOP, False), (TELEPHONE, True)], ids=["desktop-light", "phone-dark"])
async def test_what_is_not_kept_is_marked_and_accessible(
    browser: Browser, gateway: Running, size: tuple[int, int], dark: bool
) -> None:
    window = await open_window(browser, gateway, size, dark=dark)
    page = window.page
    await sign_in(page, gateway, "partner")
    gateway.scraper.themes_filled = 3
    for name, run in (("trial", a_trial()), ("quarantined", a_quarantined_run())):
        gateway.scraper.states = [run]
        for path in ("/studio/runs/r1", "/studio/runs/r1/items", "/studio/runs/r1/report"):
            await page.goto(path)
            assert await faults(page) == [], (name, path)
            look = f"{'dark' if dark else 'light'}-{size[0]}"
            await window.picture(f"studio-{name}-{path.rpartition('/')[2]}-{look}")
    window.check()


async def test_a_run_is_watched_without_script_by_reloading(browser: Browser, gateway: Running) -> None:
    window = await open_window(browser, gateway, script=False)
    page = window.page
    await sign_in(page, gateway, "partner")
    await page.goto("/studio/runs/r1")
    await expect(page.locator("#progress .state")).to_have_text("en cours")
    gateway.scraper.states = gateway.scraper.states[-1:]
    await expect(page.locator("#progress .state")).to_have_text("terminée", timeout=10_000)


async def test_a_fault_leads_to_its_line(browser: Browser, gateway: Running) -> None:
    window = await open_window(browser, gateway)
    page = window.page
    await sign_in(page, gateway, "partner")
    await page.goto("/studio/spiders/new?kind=html")
    text = await page.get_by_label("La configuration, en JSON").input_value()
    await page.get_by_label("La configuration, en JSON").fill(text.replace('"article.projet"', '""'))
    await page.get_by_role("button", name="Enregistrer").click()
    await page.locator("a[data-line]").click()
    chosen = await page.locator("textarea").evaluate("(box) => box.value.slice(box.selectionStart, box.selectionEnd)")
    assert '"expression": ""' in chosen
    assert await faults(page) == []
    await window.picture("studio-faults")


async def test_a_steward_traces_a_value_and_publishes(browser: Browser, gateway: Running) -> None:
    window = await open_window(browser, gateway)
    page = window.page
    await sign_in(page, gateway, "steward")
    await page.goto("/studio/recipes/ronce-annuaire")
    await page.locator(".traced", has_text="ENV, EMP").hover()
    await expect(page.locator(".raw .lit")).to_contain_text("Environnement; Emploi")
    await page.get_by_text("ENV, EMP").click()
    await expect(page.locator(".traced", has_text="ENV, EMP").locator("ol")).to_contain_text("taxonomie")
    await page.goto("/studio/corpora/cis")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Publier cette version").click()
    await expect(page.get_by_text("Pas publiée")).to_be_visible()
    await page.get_by_label("Publier malgré les vérifications").check()
    await page.get_by_role("button", name="Publier cette version").click()
    await expect(page.locator("[role=status]")).to_have_text(re.compile("La version 3 est en ligne"))
    assert gateway.normalizer.published == [(3, True)]


async def test_the_studio_speaks_english_too(browser: Browser, gateway: Running) -> None:
    window = await open_window(browser, gateway)
    page = window.page
    await sign_in(page, gateway, "steward", "partner")
    await page.get_by_role("link", name="English").click()
    await expect(page.locator("h1")).to_have_text("Hello Équipe éditoriale")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.locator("h1")).to_have_text("Partners’ studio")
    window.check()

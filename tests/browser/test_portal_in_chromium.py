"""The portal as people meet it: with script and without, on a desk and on a telephone, in light and in the dark."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.accessibility import faults
from tests.browser.conftest import DESKTOP, TELEPHONE, open_window
from tests.viz_gateway.running_gateway import Running

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", [DESKTOP, TELEPHONE], ids=["desktop", "telephone"])


@SIZES
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_every_public_page_is_accessible(
    browser: Browser, gateway: Running, size: tuple[int, int], dark: bool
) -> None:
    window = await open_window(browser, gateway, size, dark=dark)
    look = f"{'dark' if dark else 'light'}-{size[0]}"
    pages = {
        "home": "/fr/cis",
        "english": "/en/cis",
        "search": "/fr/cis?q=vélo&themes=EMP",
        "empty": "/fr/cis?q=zzz&themes=EMP",
        "map": "/fr/cis/map",
        "project": "/fr/cis/projects/p004?themes=HAB",
        "login": "/studio/login",
    }
    for name, path in pages.items():
        await window.page.goto(path)
        if name in {"map", "project"}:
            await window.page.wait_for_selector("[data-map][data-ready]")
        assert await faults(window.page) == [], path
        await window.picture(f"portal-{name}-{look}", whole=name != "map")
    window.check()


async def test_searching_and_filtering_without_loading_the_page_again(browser: Browser, gateway: Running) -> None:
    window = await open_window(browser, gateway)
    page = window.page
    await page.goto("/fr/cis")
    await page.evaluate("window.stillHere = true")
    await page.fill("#q", "vélo")
    await page.press("#q", "Enter")
    await expect(page.locator("#results .total")).to_have_text("7 projets")
    await expect(page.locator(".card mark").first).to_have_text("vélo")
    await page.get_by_label("Emploi").check()
    await page.wait_for_url(re.compile(r"themes=EMP"))
    assert "q=v%C3%A9lo" in page.url
    assert "sort=" not in page.url
    await expect(page.locator(".chip")).to_have_count(2)
    await expect(page.get_by_label("Emploi")).to_be_checked()
    await page.locator(".chip", has_text="Emploi").click()
    await expect(page.locator(".chip")).to_have_count(1)
    await expect(page.get_by_label("Emploi")).not_to_be_checked()
    assert await page.evaluate("window.stillHere")
    await page.go_back()
    await expect(page.locator(".chip")).to_have_count(2)
    window.check()


@SIZES
async def test_a_search_makes_the_banner_small_and_taking_it_back_makes_it_tall(
    browser: Browser, gateway: Running, size: tuple[int, int]
) -> None:
    window = await open_window(browser, gateway, size)
    page = window.page
    await page.goto("/fr/cis?q=vélo")
    small = await height(page, ".banner")
    await page.goto("/fr/cis")
    assert await height(page, ".banner") > 2 * small
    await page.evaluate("window.stillHere = true")
    await page.fill("#q", "vélo")
    await page.press("#q", "Enter")
    await expect(page.locator("#results .total")).to_have_text("7 projets")
    await expect(page.locator(".banner")).to_have_class("banner slim")
    assert await height(page, ".banner") == small
    await expect(page.locator("h1")).to_have_count(1)
    await expect(page.locator("#q")).to_be_focused()
    assert await faults(page) == []
    await window.picture(f"portal-banner-after-search-{size[0]}", whole=False)
    await page.get_by_role("link", name="Tout effacer").click()
    await expect(page.locator(".banner")).to_have_class("banner")
    await expect(page.locator("h1")).to_have_text("Ce qui pousse près de chez vous.")
    assert await page.evaluate("window.stillHere")
    window.check()


async def height(page: Page, selector: str) -> float:
    box = await page.locator(selector).bounding_box()
    assert box is not None
    return box["height"]


async def test_pages_and_order_keep_the_place(browser: Browser, gateway: Running) -> None:
    window = await open_window(browser, gateway)
    page = window.page
    await page.goto("/fr/cis")
    await page.select_option("#sort", "title")
    await page.wait_for_url(re.compile(r"sort=title"))
    await page.get_by_role("link", name="Page suivante").click()
    await page.wait_for_url(re.compile(r"page=2"))
    await expect(page.locator("ol.cards")).to_have_attribute("start", "21")
    first = await page.locator(".card-title a").first.inner_text()
    await page.locator(".card-title a").first.click()
    await expect(page.locator("h1")).to_have_text(first)
    await page.get_by_role("link", name="Retour aux résultats").click()
    await expect(page.locator("ol.cards")).to_have_attribute("start", "21")
    window.check()


@SIZES
async def test_the_map_shows_countries_and_what_was_found(
    browser: Browser, gateway: Running, size: tuple[int, int]
) -> None:
    window = await open_window(browser, gateway, size)
    page = window.page
    await page.goto("/fr/cis/map")
    element = page.locator("[data-map]")
    await expect(element).to_have_attribute("data-ready", re.compile(r"^[1-9]"))
    assert await page.locator(".cluster").count() >= 5
    colours = await page.evaluate(
        """() => {
          const canvas = document.querySelector('canvas');
          const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
          const seen = new Set();
          for (let at = 0; at < pixels.length; at += 4 * 97) seen.add(pixels.slice(at, at + 4).join());
          return seen.size;
        }"""
    )
    assert colours >= 3, "land, home and sea must differ: a map is never a grey square"
    await page.goto("/fr/cis/map?q=Maison")
    await expect(element).to_have_attribute("data-ready", re.compile(r"^[1-9]"))
    marker = page.locator(".leaflet-marker-icon.pin").first
    await marker.wait_for()
    await marker.focus()
    await page.keyboard.press("Enter")
    link = page.locator(".popup a")
    await expect(link).to_have_attribute("href", re.compile(r"^/fr/cis/projects/p\d+\?"))
    await link.press("Enter")  # the map still moves to make room for the popup: a click may hit what was there before
    await expect(page.locator("h1")).to_contain_text("Maison de santé")
    window.check()


@SIZES
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_places_overseas_are_said_and_reached(
    browser: Browser, gateway: Running, size: tuple[int, int], language: str
) -> None:
    hint, island, back = {
        "fr": (r"^Outre-mer : \d+ lieux hors de la vue$", "La Réunion", "Revenir à la première vue"),
        "en": (r"^Overseas: \d+ places out of view$", "Réunion", "Back to the first view"),
    }[language]
    window = await open_window(browser, gateway, size)
    page = window.page
    await page.goto(f"/{language}/cis/map")
    await expect(page.locator("[data-map]")).to_have_attribute("data-ready", re.compile(r"^[1-9]"))
    summary = page.locator(".jumps summary")
    await expect(summary).to_have_text(re.compile(hint))
    await expect(summary).to_be_in_viewport()
    before = await summary.inner_text()
    await summary.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name=back)).to_be_hidden()
    assert await faults(page) == []
    await window.picture(f"portal-map-jumps-{language}-{size[0]}", whole=False)
    await page.get_by_role("button", name=re.compile(f"^{island} \\(\\d+\\)$")).press("Enter")
    await expect(page.locator(".leaflet-marker-icon:not(.landmark)").first).to_be_in_viewport()
    assert await summary.inner_text() != before
    await window.picture(f"portal-map-island-{language}-{size[0]}", whole=False)
    if size == TELEPHONE:
        await expect(page.locator(".jumps ul")).to_be_hidden()
        await expect(summary).to_be_focused()
        await summary.press("Enter")
    await page.get_by_role("button", name=back).click()
    await expect(summary).to_have_text(before)
    window.check()


async def test_a_map_that_shows_everything_offers_no_jumps(browser: Browser, gateway: Running) -> None:
    window = await open_window(browser, gateway)
    await window.page.goto("/fr/cis/map?q=Maison")
    await expect(window.page.locator("[data-map]")).to_have_attribute("data-ready", re.compile(r"^[1-9]"))
    await expect(window.page.locator(".jumps")).to_have_count(0)
    window.check()


async def test_everything_can_be_read_and_used_without_script(browser: Browser, gateway: Running) -> None:
    window = await open_window(browser, gateway, script=False)
    page = window.page
    await page.goto("/")
    await page.fill("#q", "vélo")
    await page.press("#q", "Enter")
    await expect(page.locator("#results .total")).to_have_text("7 projets")
    await page.get_by_label("Emploi").check()
    await page.get_by_role("button", name="Voir les 7 projets").click()
    await expect(page.locator(".chip")).to_have_count(2)
    await window.picture("portal-search-without-script")
    await page.get_by_role("link", name="La carte").first.click()
    await expect(page.locator(".no-script p")).to_be_visible()
    await expect(page.locator(".regions li").first).to_be_visible()
    await window.picture("portal-map-without-script")
    await page.locator(".regions a").first.click()
    await page.locator(".card-title a").first.click()
    await expect(page.locator("h1")).to_be_visible()
    await expect(page.locator(".places li").first).to_be_visible()
    assert window.hosts <= {"127.0.0.1"}


async def test_filters_on_a_telephone_open_close_and_apply(browser: Browser, gateway: Running) -> None:
    window = await open_window(browser, gateway, TELEPHONE)
    page = window.page
    await page.goto("/fr/cis")
    await expect(page.locator("#filters")).to_be_hidden()
    await page.get_by_role("link", name="Filtrer").click()
    await expect(page.locator("#filters")).to_be_visible()
    await window.picture("portal-filters-390", whole=False)
    await page.keyboard.press("Escape")
    await expect(page.locator("#filters")).to_be_hidden()
    await page.get_by_role("link", name="Filtrer").click()
    await page.get_by_label("Emploi").check()
    await expect(page.get_by_role("button", name="Voir les 7 projets")).to_be_visible()
    await page.get_by_role("button", name="Voir les 7 projets").click()
    await expect(page.locator("#filters")).to_be_hidden()
    await expect(page.locator("#results .total")).to_have_text("7 projets")
    window.check()


async def test_the_keyboard_reaches_the_content_first(browser: Browser, gateway: Running) -> None:
    window = await open_window(browser, gateway)
    page = window.page
    await page.goto("/fr/cis")
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await expect(page.locator(".skip")).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.locator("#content")).to_be_focused()
    await page.locator("#facet-themes > summary").focus()
    await page.keyboard.press("Space")
    await expect(page.locator("#facet-themes fieldset")).to_be_hidden()
    window.check()


async def test_an_api_that_is_away_leaves_a_page_to_read(browser: Browser, gateway: Running) -> None:
    window = await open_window(browser, gateway)
    page = window.page
    await page.goto("/fr/cis")
    gateway.api.down = True
    await page.goto("/fr/cis?q=vélo")
    await expect(page.locator("h1")).to_have_text("Une pièce manque à l’appel.")
    assert await faults(page) == []
    await window.picture("portal-unavailable")
    gateway.api.down = False
    await page.get_by_role("link", name="Réessayer").click()
    await expect(page.locator("#results .total")).to_have_text("7 projets")

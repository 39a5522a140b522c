"""What was harvested from three sites, read in Chromium on the portal of a real installation: four processes."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.accessibility import faults
from tests.browser.conftest import TELEPHONE, open_window
from tests.flow.harvesting import harvest_samples
from tests.flow.loopback_sites import sample_sites
from tests.flow.public_dump import dump_corpus
from tests.flow.suite import Form, Suite, started_suite

pytestmark = pytest.mark.browser
PROJECT = "Bois-énergie du Plateau"
COLOURS = """() => {
  const canvas = document.querySelector('[data-map] canvas');
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const counted = new Map();
  let looked = 0;
  for (let at = 0; at < pixels.length; at += 4 * 97, looked += 1) {
    const colour = pixels.slice(at, at + 4).join();
    counted.set(colour, (counted.get(colour) ?? 0) + 1);
  }
  return [...counted.values()].filter((count) => count > looked / 100).length;
}"""
"""How many colours cover more than a hundredth of the map."""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    with sample_sites() as sites:
        hosts = [address.removeprefix("http://") for address in sites.values()]
        with started_suite(Form.EMBEDDED, tmp_path_factory.mktemp("whole-way"), hosts) as running:
            harvest_samples(running, sites)
            yield running


async def total(page: Page) -> int:
    """How many projects the page says it has found."""
    said = await page.locator(".total").first.inner_text()
    return int(re.sub(r"\D", "", said.split("projet")[0]))


async def test_a_visitor_searches_narrows_looks_at_the_map_and_opens_a_project(browser: Browser, suite: Suite) -> None:
    published = dump_corpus(suite.addresses.api, "cis")
    window = await open_window(browser, suite.processes["viz-gateway"])
    page = window.page
    await page.goto("/")
    assert await total(page) == len(published["listed"])
    assert await faults(page) == []
    await window.picture("whole-way-home")

    await page.fill("#q", "energie")
    await page.press("#q", "Enter")
    await page.wait_for_url(re.compile("q=energie"))
    await expect(page.locator("#results .total")).to_have_text(f"{published['questions']['energie']['total']} projets")
    await expect(page.locator(".card mark").first).to_have_text(re.compile("^énergie", re.IGNORECASE))
    await expect(page.locator(".card-title", has_text=PROJECT)).to_be_visible()
    await window.picture("whole-way-search")

    await page.locator("#facet-region > summary").click()
    region = page.locator("#facet-region .facet-value", has_text="Occitanie")
    count = int(await region.locator(".count").inner_text())
    await region.locator("input").check()
    await page.wait_for_url(re.compile("region=Occitanie"))
    await expect(page.locator("#results .total")).to_have_text(re.compile(rf"^{count} projets?$"))
    assert 0 < count < published["questions"]["energie"]["total"]
    await window.picture("whole-way-facets")

    await page.goto("/fr/cis/map")
    places = published["map"]["features"]
    await expect(page.locator("[data-map]")).to_have_attribute("data-ready", str(len(places)))
    bubbles = await page.locator(".cluster:visible").all_inner_texts()
    single = await page.locator(".leaflet-marker-icon.pin:visible").count()
    assert len(bubbles) >= 3
    assert 0 < sum(map(int, bubbles)) + single <= len(places)
    assert await page.evaluate(COLOURS) >= 3, "sea, land and home must differ: a map is never a grey square"
    await window.picture("whole-way-map", whole=False)

    await page.goto("/fr/cis/map?q=energie")
    await page.wait_for_selector("[data-map][data-ready]")
    await window.picture("whole-way-map-search", whole=False)
    pin = page.get_by_title(PROJECT)
    await pin.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".popup a")).to_be_visible()
    await expect(page.locator(".leaflet-pan-anim")).to_have_count(0)  # no click on what moves
    await page.locator(".popup a").click()
    await expect(page.locator("h1")).to_have_text(PROJECT)
    (found,) = [hit for hit in published["listed"] if hit["title"] == PROJECT]
    source = page.get_by_role("link", name="Lire la fiche d’origine")
    await expect(source).to_have_attribute("href", found["url"])
    assert urlsplit(found["url"]).hostname == "127.0.0.1"
    await page.wait_for_selector("[data-map][data-ready='1']")
    assert await faults(page) == []
    await window.picture("whole-way-project")
    window.check()
    await source.click()
    await expect(page.locator("h1")).to_have_text(PROJECT)
    assert page.url == found["url"]


async def test_the_same_without_script(browser: Browser, suite: Suite) -> None:
    published = dump_corpus(suite.addresses.api, "cis")
    window = await open_window(browser, suite.processes["viz-gateway"], script=False)
    page = window.page
    await page.goto("/")
    await page.fill("#q", "energie")
    await page.press("#q", "Enter")
    await page.wait_for_url(re.compile("q=energie"))
    assert await total(page) == published["questions"]["energie"]["total"]
    await page.locator("#facet-region > summary").click()
    region = page.locator("#facet-region .facet-value", has_text="Occitanie")
    count = int(await region.locator(".count").inner_text())
    await region.locator("input").check()
    await page.get_by_role("button", name=re.compile("^Voir les")).click()
    await page.wait_for_url(re.compile("region=Occitanie"))
    assert await total(page) == count
    await window.picture("whole-way-search-without-script")
    await page.locator(".card-title a", has_text=PROJECT).click()
    await expect(page.locator("h1")).to_have_text(PROJECT)
    await expect(page.locator(".places li").first).to_be_visible()
    (found,) = [hit for hit in published["listed"] if hit["title"] == PROJECT]
    await expect(page.get_by_role("link", name="Lire la fiche d’origine")).to_have_attribute("href", found["url"])
    await window.picture("whole-way-project-without-script")
    window.check()


async def test_on_a_telephone_nothing_is_wider_than_the_screen(browser: Browser, suite: Suite) -> None:
    window = await open_window(browser, suite.processes["viz-gateway"], TELEPHONE)
    page = window.page
    (found,) = [h for h in dump_corpus(suite.addresses.api, "cis")["listed"] if h["title"] == PROJECT]
    pages = {"search": "/fr/cis?q=energie", "map": "/fr/cis/map", "project": f"/fr/cis/projects/{found['id']}"}
    for name, path in pages.items():
        await page.goto(path)
        if name != "search":
            await page.wait_for_selector("[data-map][data-ready]")
        assert await faults(page) == [], path
        await window.picture(f"whole-way-{name}-telephone", whole=name != "map")
    window.check()

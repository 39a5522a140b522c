"""The three sample sites: what a harvester and a person find there, the same at every start."""

import csv
import io
import re

import httpx
import pytest
from starlette.types import ASGIApp

from moisson_standalone.demo.sites.archipel import archipel_site, read_initiatives
from moisson_standalone.demo.sites.moulin import FILE_ADDRESS, moulin_site
from moisson_standalone.demo.sites.pages import PARTNERS
from moisson_standalone.demo.sites.tilleul import read_directory, tilleul_site

FICTITIOUS_NUMBERS = ("01 99 00", "02 61 91", "03 53 01", "04 65 71", "05 36 49", "06 39 98")
"""Ranges that ARCEP keeps free of subscribers, for films and books (decision 2018-0881)."""


def visitor(site: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://site")


async def test_the_directory_leads_from_page_to_page_to_every_project() -> None:
    async with visitor(tilleul_site()) as client:
        found: list[str] = []
        address: str | None = "/projets"
        while address:
            page = (await client.get(address)).text
            found += re.findall(r'class="fiche" href="([^"]+)"', page)
            following = re.search(r'rel="next" href="([^"]+)"', page)
            address = following.group(1) if following else None
        assert found == [entry.path for entry in read_directory()]
        statuses = {path: (await client.get(path)).status_code for path in found}
    assert [path for path, status in statuses.items() if status != 200] == ["/projets/le-grand-raccommodage"]


async def test_the_directory_answers_addresses_it_does_not_have_with_404() -> None:
    async with visitor(tilleul_site()) as client:
        for address in ("/projets?page=0", "/projets?page=99", "/projets?page=x", "/projets/rien"):
            assert (await client.get(address)).status_code == 404, address


async def test_robots_closes_drafts_only() -> None:
    async with visitor(tilleul_site()) as client:
        assert (await client.get("/robots.txt")).text == "User-agent: *\nDisallow: /brouillons/\n"
    async with visitor(archipel_site()) as client:
        assert (await client.get("/robots.txt")).text == "User-agent: *\nDisallow: \n"


async def test_the_api_pages_by_offset_and_links_to_pages_for_people() -> None:
    async with visitor(archipel_site()) as client:
        items = []
        for offset in range(0, 60, 15):
            page = (await client.get("/api/initiatives", params={"offset": offset})).json()
            assert page["total"] == len(read_initiatives())
            items += page["initiatives"]
        assert [item["id"] for item in items] == [initiative["id"] for initiative in read_initiatives()]
        assert {(await client.get(item["lien"])).status_code for item in items} == {200}
        assert (await client.get("/api/initiatives?offset=-1")).status_code == 400
        assert (await client.get("/initiatives/none")).status_code == 404
        assert "Phare numérique" in (await client.get("/")).text


async def test_the_file_is_what_an_older_spreadsheet_writes() -> None:
    async with visitor(moulin_site()) as client:
        assert FILE_ADDRESS in (await client.get("/")).text
        answer = await client.get(FILE_ADDRESS)
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("cp1252")), delimiter=";"))
    assert rows[0]["Intitulé"] == "Épicerie du coin perdu"
    assert len(rows) > len({row["N° fiche"] for row in rows}) >= 40


@pytest.mark.parametrize("partner", ["tilleul/directory.json", "archipel/initiatives.json", "moulin/places.csv"])
def test_nobody_real_can_be_reached_through_the_sample_data(partner: str) -> None:
    text = (PARTNERS / partner).read_text(encoding="utf-8")
    domains = set(re.findall(r"(?:@|https?://|\bwww\.)([a-z0-9.-]+\.[a-z]+)", text))
    assert domains
    assert {domain for domain in domains if not domain.endswith(".example")} == set()
    numbers = re.findall(r"\b0\d(?: \d\d){4}\b", text)
    assert len(numbers) >= 40
    assert [number for number in numbers if not number.startswith(FICTITIOUS_NUMBERS)] == []

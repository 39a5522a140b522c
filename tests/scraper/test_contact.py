"""Who we say we are: the user agent that sites see, with a way to reach whoever runs the spiders."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from moisson_scraper.settings import ScraperSettings
from tests.scraper.running_scraper import html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory

SECRET = "not-the-default-one"


def settings(**given: Any) -> ScraperSettings:
    return ScraperSettings(client_secret=SECRET, **given)


async def test_sites_are_told_whom_to_write_to(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(1)
    async with running_scraper(tmp_path, site, contact="https://moisson.example/robot") as scraper:
        await scraper.save(html_spider(site))
        assert (await scraper.crawl("essor-projets")).complete
    agents = {line for asked in site.asked for line in asked.headers.splitlines() if "user-agent" in line.lower()}
    assert [agent.partition(": ")[2] for agent in agents] == ["Moisson/0.1 (+https://moisson.example/robot)"]


@pytest.mark.parametrize("contact", ["", "http://a.example/b?c=d", "robot@essor.example", "a.b+c@x-y.example"])
def test_contacts(contact: str) -> None:
    assert settings(contact=contact).contact == contact


@pytest.mark.parametrize(
    "contact",
    ["Essor", "@essor", "ftp://a.example", "https://a.example/ b", "a@b.example\r\nX: y", "https://é.example/"],
)
def test_what_is_no_contact_is_refused(contact: str) -> None:
    with pytest.raises(ValidationError):
        settings(contact=contact)


@pytest.mark.parametrize("agent", ["", "Moisson\r\nX: y", "Moisson é", "M" * 201])
def test_what_is_no_user_agent_is_refused(agent: str) -> None:
    with pytest.raises(ValidationError):
        settings(user_agent=agent)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, True),
        ({"demo": True}, False),
        ({"contact": "robot@essor.example"}, False),
        ({"user_agent": "Essor/1 (+https://essor.example)"}, False),
    ],
)
async def test_an_operator_without_a_contact_is_told_at_the_start(
    tmp_path: Path, site: SampleSite, capfd: pytest.CaptureFixture[str], given: dict[str, Any], told: bool
) -> None:
    real: dict[str, Any] = {"demo": False, "client_secret": SECRET}
    async with running_scraper(tmp_path, site, **(real | given)):
        written = "".join(capfd.readouterr())
        assert ("MOISSON_SCRAPER_CONTACT is not set" in written) == told

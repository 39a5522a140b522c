"""`moisson-scraper check`: all fixtures of all spiders, as an operator runs it after an upgrade."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from moisson_scraper.__main__ import main
from tests.scraper.running_scraper import People, file_spider, html_spider, running_scraper
from tests.scraper.sample_site import SampleSite, answer, directory
from tests.scraper.test_fixtures import SPIDER, approved, with_field


async def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str], str]:
    """Exit code, lines of the table, and what was said of errors."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        await asyncio.to_thread(main, ["check", *arguments])
    said = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, said.out.splitlines(), said.err


async def test_the_command_tells_what_is_read_otherwise(
    tmp_path: Path, site: SampleSite, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site.pages |= directory(2) | {"/f.csv": answer("id\n1\n", content_type="text/csv")}
    spider, people = html_spider(site), People()
    async with running_scraper(tmp_path, site, people=people) as scraper:
        await scraper.save(spider)
        await scraper.save(file_spider(f"{site.url}/f.csv", partner="tilleul"))
        await approved(scraper, name="page 1\x1b[2J\r")  # what partners write steers no operator's terminal
        changed: dict[str, Any] = {"json": with_field(spider, "a"), "headers": {"If-Match": "*"}}

    monkeypatch.setenv("MOISSON_SCRAPER_DEMO", "true")
    monkeypatch.setenv("MOISSON_SCRAPER_DOCUMENTS_URL", f"sqlite://{tmp_path}/scraper.sqlite")
    monkeypatch.setenv("MOISSON_SCRAPER_ISSUER", "http://issuer.test")
    assert await told(capsys) == (
        0,
        [
            "essor-fichier  has no fixtures",
            "essor-projets  page 1�[2J�: holds",
            "2 spiders, 1 fixtures: 1 hold, 0 do not",
        ],
        "",
    )
    async with running_scraper(tmp_path, site, people=people) as scraper:
        saved = await scraper.send("PUT", f"{SPIDER}?fixtures=warn", people.member, **changed)
        assert saved.status_code == 200
    code, lines, _ = await told(capsys, "--partner", "essor", "essor-projets")
    assert code == 1
    assert lines == [
        "essor-projets  page 1�[2J�: 2 differences",
        "    record 1: 'ville' is expected to be 'Ville 1', 'Projet 1' was found",
        "    record 2: 'ville' is expected to be 'Ville 2', 'Projet 2' was found",
        "1 spiders, 1 fixtures: 0 hold, 1 do not",
    ]
    assert await told(capsys, "nowhere") == (1, [], "moisson-scraper: There is no spider nowhere.\n")

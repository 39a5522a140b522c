"""What a run leaves to look at, in the studio: its log, and the first page of each class of failures."""

import re
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from moisson_shared.contracts.run_log import LogLine
from moisson_viz_gateway.wording.catalogue import load_wordings
from moisson_viz_gateway.wording.logged_lines import logged_words
from tests.scraper.running_scraper import html_spider
from tests.scraper.sample_site import answer, directory, sample_site
from tests.viz_gateway.studio_over_scraper import studio_over_scraper


async def test_failures_are_shown_with_their_first_page_and_the_log_line_by_line(tmp_path: Path) -> None:
    async with sample_site(directory(5)) as site, studio_over_scraper(tmp_path, site) as studio:
        site.pages["/projets/3"] = answer("<h1>En travaux</h1><script>alert(1)</script>", status="410 Gone")
        await studio.scraper.save(html_spider(site))
        run = await studio.scraper.crawl("essor-projets")
        await studio.sign_in("viewer")
        page = f"/studio/runs/{run.id}"
        html = (await studio.get(page)).text
        assert f"{page}/errors" in html
        assert f"{page}/log" in html
        html = (await studio.get(f"{page}/errors")).text
        assert "Le site a répondu par le code 410." in html
        assert f"{site.url}/projets/3" in html
        assert "réponse 410" in html
        first = (await studio.get(f"{page}/errors/http-410/page")).text
        assert "En travaux" in first
        assert "<script>alert" not in first
        assert (await studio.get(f"{page}/errors/none/page")).status_code == 404
        log = (await studio.get(f"{page}/log")).text
        assert log.index("La récolte est demandée.") < log.index("La récolte commence.")
        assert "La récolte est finie." in log
        assert "Le site a répondu par le code 410." in log
        assert f"Premier exemple : {site.url}/projets/3" in log
        assert "Elle est : terminée." in log
        english = re.findall(r'<p[^>]* lang="en">([^<]*)</p>', log)
        assert [line.partition(" were")[0] for line in english] == ["Items whose detail page could not be had"]


def test_every_code_of_the_log_has_its_words() -> None:
    sources = [path.read_text(encoding="utf-8") for path in Path(str(files("moisson_scraper"))).rglob("*.py")]
    said = {code for source in sources for code in re.findall(r'(?:_?log|self)\.say\("([a-z-]+)"', source)}
    wished = {code for source in sources for code in re.findall(r'\("([a-z-]+)", "[^"]*\{who\}', source)}
    assert {"begun", "host-held"} <= said
    assert "queued" in wished
    french = load_wordings()["fr"]
    assert [code for code in sorted({*said, *wished, "left", "ended"}) if not french.has(f"log.code.{code}")] == []


@pytest.mark.parametrize(
    ("code", "message", "figures", "shown"),
    [
        (
            "host-held",
            "…",
            {"host": "s.example", "seconds": 2.5},
            ("s.example est laissé tranquille pendant 2,5 s", ""),
        ),
        ("host-held", "s.example is left alone.", {}, (None, "s.example is left alone.")),
        (
            "ended",
            "It is over: No.",
            {"state": "failed", "why": "no-items"},
            ("échouée. Aucun élément", "It is over: No."),
        ),
        ("settled", "What was found is written.", {}, (None, "")),
        ("settled", "Half of it is written.", {}, (None, "Half of it is written.")),
        ("robots", "Not here. First: /a", {"first": "/a"}, ("Premier exemple : /a", "Not here.")),
        ("moon", "The moon was full.", {}, (None, "")),
    ],
)
def test_a_line_is_said_as_far_as_it_is_known(
    code: str, message: str, figures: dict[str, str | float], shown: tuple[str | None, str]
) -> None:
    line = LogLine(at=datetime(2026, 3, 1, tzinfo=UTC), level="info", code=code, message=message, figures=figures)
    words = load_wordings()
    told = logged_words(words["en"], words["fr"], line)
    assert (told.detail is None) == (shown[0] is None)
    assert (shown[0] or "") in (told.detail or "")
    assert (told.own or "") == shown[1]
    assert told.said.foreign == (code == "moon")

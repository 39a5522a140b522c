"""A listing without end meets a limit, a circle is seen, and robots.txt is no way in."""

from pathlib import Path

from moisson_shared.contracts.run import RunState
from tests.scraper.hostile_listings import MAZES
from tests.scraper.hostile_runs import IMPATIENT, LIMITS, ended, sites
from tests.scraper.running_scraper import codes, html_spider, running_scraper


async def test_every_maze_has_an_end(tmp_path: Path) -> None:
    async with (
        sites(maze.pages for maze in MAZES) as made,
        running_scraper(tmp_path, *made, runs_at_once=20) as scraper,
    ):
        limits = LIMITS | {"seconds": 10}
        spiders = [
            html_spider(site, id=f"dedale-{n}", politeness=IMPATIENT, limits=limits) for n, site in enumerate(made)
        ]
        runs = await ended(scraper, spiders)
    otherwise = {}
    for maze, run, site in zip(MAZES, runs, made, strict=True):
        reasons = {code for code in codes(run) if not code.startswith("detail-")}
        found = (run.state is RunState.FAILED, run.complete, reasons)
        if found != (maze.failed, maze.complete, maze.reasons) or len(site.asked) > 60:
            otherwise[maze.name] = (*found, len(site.asked), run.error)
    assert otherwise == {}

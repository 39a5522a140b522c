"""What a run leaves to look at: its log, and why pages failed with the first page of each class."""

from moisson_shared.contracts.run_log import LoggedRun, RunErrors
from moisson_viz_gateway.neighbours.neighbour import Neighbour
from moisson_viz_gateway.neighbours.scraper_pages import MOST_BYTES, KeptText
from moisson_viz_gateway.neighbours.scraper_paths import in_path, run_path


class ScraperEvidence:
    """Typed calls in the name of a person; each raises the domain errors of `Neighbour.call`."""

    def __init__(self, neighbour: Neighbour) -> None:
        self._scraper = neighbour

    async def log(self, token: str, run: str) -> LoggedRun:
        """What happened, line by line."""
        return await self._scraper.read(LoggedRun, f"{run_path(run)}/log", token=token)

    async def errors(self, token: str, run: str) -> RunErrors:
        """Why pages failed, the most frequent class first."""
        return await self._scraper.read(RunErrors, f"{run_path(run)}/errors", token=token)

    async def error_page(self, token: str, run: str, code: str) -> KeptText:
        """The first page of one class; `NotFound` where the site had not answered at all."""
        path = f"{run_path(run)}/errors/{in_path(code)}/page"
        response, body, cut = await self._scraper.read_some(path, MOST_BYTES, token=token)
        return KeptText(body.decode(response.charset_encoding or "utf-8", "replace"), cut)

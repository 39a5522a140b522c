"""Tells the normalizer that a run has ended. Best effort: it looks for itself every few minutes anyway."""

import httpx
import structlog

from moisson_shared.adapters.peer_http import ServiceTokens
from moisson_shared.contracts.errors import MoissonError
from moisson_shared.contracts.run import CrawlRun


class NormalizerNotices:
    """Posts notices as the service client `scraper`. `normalizer` is a peer client; None where nobody is to hear."""

    def __init__(self, normalizer: httpx.AsyncClient | None, tokens: ServiceTokens | None) -> None:
        self._normalizer = normalizer
        self._tokens = tokens

    async def send(self, run: CrawlRun) -> None:
        """Never raises for a neighbour that is away; says so in the log."""
        if self._normalizer is None or self._tokens is None:
            return
        notice = {"spider_id": run.spider_id, "run_id": run.id}
        try:
            await self._tokens.call(self._normalizer, "normalizer", "POST", "/v1/notices", json=notice)
        except MoissonError as error:
            structlog.get_logger().warning("notice not sent", run=run.id, reason=str(error))

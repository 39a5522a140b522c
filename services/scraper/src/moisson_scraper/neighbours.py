"""The services that the scraper talks to."""

from moisson_scraper.notify_normalizer import NormalizerNotices
from moisson_scraper.settings import ScraperSettings
from moisson_shared.adapters.peer_http import ServiceTokens, check_peer, peer_client
from moisson_shared.web.health import Probe


class Neighbours:
    """The api, which gives tokens, and the normalizer, which is told of harvests if there is one."""

    def __init__(self, settings: ScraperSettings) -> None:
        self._issuer = peer_client(settings.issuer)
        self._normalizer = peer_client(settings.normalizer_url) if settings.normalizer_url else None
        tokens = ServiceTokens(self._issuer, settings.client_id, settings.client_secret)
        self.notices = NormalizerNotices(self._normalizer, tokens)

    def probes(self) -> list[Probe]:
        """Whether they answer; nothing here stops without them."""
        if (normalizer := self._normalizer) is not None:
            return [Probe("normalizer", lambda: check_peer(normalizer, "normalizer"))]
        return []

    async def close(self) -> None:
        """Closes the connections to them."""
        for client in (self._issuer, self._normalizer):
            if client is not None:
                await client.aclose()

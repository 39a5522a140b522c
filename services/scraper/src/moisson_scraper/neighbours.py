"""The services that the scraper talks to."""

from moisson_scraper.notify_normalizer import NormalizerNotices
from moisson_scraper.settings import ScraperSettings
from moisson_shared.adapters.peer_http import ServiceTokens, check_peer, fetch_json, peer_client
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.web.health import Probe
from moisson_shared.web.jwks import KeySource


class Neighbours:
    """The api, whose keys tokens are verified with, and the normalizer, which is told of harvests if there is one."""

    def __init__(self, settings: ScraperSettings, documents: DocumentStore) -> None:
        self._issuer = peer_client(settings.issuer)
        self._keys_client = peer_client("")
        self._normalizer = peer_client(settings.normalizer_url) if settings.normalizer_url else None
        self.keys = KeySource(lambda: fetch_json(self._keys_client, "api", settings.keys_url), documents)
        tokens = ServiceTokens(self._issuer, settings.client_id, settings.client_secret)
        self.notices = NormalizerNotices(self._normalizer, tokens)

    def probes(self) -> list[Probe]:
        """Whether they answer; nothing here stops without them."""
        probes = [Probe("keys", self.keys.check)]
        if (normalizer := self._normalizer) is not None:
            probes.append(Probe("normalizer", lambda: check_peer(normalizer, "normalizer")))
        return probes

    async def close(self) -> None:
        """Closes the connections to them."""
        await self.keys.close()
        for client in (self._issuer, self._keys_client, self._normalizer):
            if client is not None:
                await client.aclose()

"""Where the four services of an installation answer. It knows nothing of how they were started."""

from dataclasses import dataclass
from typing import Literal

ServiceName = Literal["api", "scraper", "normalizer"]
"""The services that are called with a token; the gateway is for browsers."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Base addresses without a slash at the end: `http://127.0.0.1:8100`."""

    api: str
    scraper: str
    normalizer: str
    portal: str

    def of(self, service: ServiceName) -> str:
        """The base address of one of the services."""
        address: str = getattr(self, service)
        return address

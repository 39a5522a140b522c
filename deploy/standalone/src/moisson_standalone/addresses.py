"""Where the four services of an installation answer. It knows nothing of how they were started."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Addresses:
    """Base addresses without a slash at the end: `http://127.0.0.1:8100`."""

    api: str
    scraper: str
    normalizer: str
    portal: str

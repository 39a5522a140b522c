"""The settings of the scraper, from the environment: `MOISSON_SCRAPER_…`."""

import json
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode, SettingsConfigDict

from moisson_shared.contracts.model import HttpAddress
from moisson_shared.web.settings import ServiceSettings

Seconds = Annotated[float, Field(gt=0)]


def _listed(given: object) -> object:
    """A list as people write it in an environment: with commas, or as JSON."""
    if not isinstance(given, str):
        return given
    if given.lstrip().startswith("["):
        return json.loads(given)
    return tuple(part.strip() for part in given.split(",") if part.strip())


class ScraperSettings(ServiceSettings):
    """What the scraper is told besides what every service is."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="MOISSON_SCRAPER_")

    port: Annotated[int, Field(ge=0, le=65535)] = 8101
    documents_url: str = "sqlite:///var/moisson/scraper.sqlite"
    queue_url: str = "in-process:"
    client_id: str = "scraper"
    normalizer_url: HttpAddress | None = Field(default=None, description="Hears of finished runs; empty: nobody does.")
    outbound_allow: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = Field(
        default=(), description="host:port pairs that may be fetched though they are not public, with commas between."
    )
    outbound_max_bytes: Annotated[int, Field(ge=1)] = Field(default=100_000_000, description="Of one page, at most.")
    upload_max_bytes: Annotated[int, Field(ge=1, le=500_000_000)] = Field(
        default=100_000_000, description="Of one uploaded file, at most."
    )
    user_agent: str = Field(default="Moisson/0.1", description="Sent to partners' sites; add an address to reach you.")
    runs_at_once: Annotated[int, Field(ge=1, le=100)] = Field(default=4, description="Runs of different spiders.")
    requests_per_host: Annotated[int, Field(ge=1, le=100)] = Field(default=8, description="At once, by all spiders.")
    lease_seconds: Seconds = Field(default=15.0, description="After this a dead process's run is taken over.")
    sweep_seconds: Seconds = Field(default=5.0, description="How often the store is looked through for waiting runs.")
    progress_seconds: Seconds = Field(default=0.5, description="How often a run's progress is written.")
    retry_backoff: Seconds = Field(default=1.0, description="The wait before the first retry of a page, in seconds.")
    most_attempts: Annotated[int, Field(ge=1)] = Field(
        default=20, description="A run that was begun so often without coming to its end is given up."
    )

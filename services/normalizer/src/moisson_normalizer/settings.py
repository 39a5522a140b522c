"""The settings of the normalizer, from `MOISSON_NORMALIZER_…`."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from moisson_shared.contracts.model import HttpAddress
from moisson_shared.web.settings import ServiceSettings


class NormalizerSettings(ServiceSettings):
    """Where its neighbours and backends are, and how often it looks."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="MOISSON_NORMALIZER_")

    port: Annotated[int, Field(ge=0, le=65535)] = 8102
    client_id: str = "normalizer"
    scraper_url: HttpAddress = Field(default="http://127.0.0.1:8101", description="Where the scraper is.")
    search_url: str = Field(default="", description="The search index, e.g. tantivy:///var/moisson/index.")
    queue_url: str = Field(default="in-process:", description="The work queue.")
    sweep_seconds: Annotated[float, Field(gt=0)] = Field(default=120, description="Between two looks at all feeds.")
    lease_seconds: Annotated[float, Field(gt=0)] = Field(default=30, description="After this, a silent run is resumed.")
    feed_page_size: Annotated[int, Field(ge=1, le=1000)] = 500
    keep_versions: Annotated[int, Field(ge=1, le=100)] = Field(default=5, description="Index versions kept whatever.")
    keep_version_hours: Annotated[float, Field(ge=0)] = Field(
        default=48, description="A version is kept at least so long: paging cursors name it."
    )
    keep_runs: Annotated[int, Field(ge=1, le=5000)] = Field(default=100, description="Finished runs kept per corpus.")
    seed_defaults: bool = Field(
        default=True, description="Create the CIS schema, taxonomy and corpus in an empty store."
    )
    seeded_corpus_publishes: bool = Field(
        default=False, description="Whether the seeded corpus goes live by itself when its checks pass."
    )

"""Settings of the gateway: where its neighbours are, which portal stands at the root, the secret of its sessions."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from moisson_shared.contracts.model import HttpAddress, Slug
from moisson_shared.web.settings import DEMO_SECRET, ServiceSettings


class VizGatewaySettings(ServiceSettings):
    """`MOISSON_VIZ_GATEWAY_…`. The gateway verifies no token itself: it carries those of its callers."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="MOISSON_VIZ_GATEWAY_")

    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=8080, description="Port to listen on; 0 takes a free one."
    )
    client_secret: SecretStr = Field(default=SecretStr(""), description="Not used: the gateway speaks for its callers.")
    api_url: HttpAddress = Field(default="http://127.0.0.1:8100", description="Where the api answers.")
    scraper_url: HttpAddress = Field(default="http://127.0.0.1:8101", description="Where the scraper answers.")
    normalizer_url: HttpAddress = Field(default="http://127.0.0.1:8102", description="Where the normalizer answers.")
    default_portal: Slug = Field(default="cis", description="The portal at the root; made at the first start.")
    session_secret: SecretStr = Field(
        default=SecretStr(DEMO_SECRET),
        description="Seals sessions and forms; at least 16 characters, same on all replicas.",
    )
    session_hours: Annotated[int, Field(ge=1, le=24 * 90)] = Field(
        default=24 * 14, description="A session that nobody used for so long is over."
    )

    upload_max_bytes: Annotated[int, Field(ge=1, le=500_000_000)] = Field(
        default=100_000_000, description="Of a file that a partner uploads in the studio, at most; as in the scraper."
    )

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by https, so that cookies may be marked for it."""
        return self.public_url is not None and self.public_url.startswith("https://")

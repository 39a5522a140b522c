"""What the api is told by its environment, `MOISSON_API_...`."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from moisson_api.identity.service_client import SCOPES, ServiceClient
from moisson_shared.web.settings import DEMO_SECRET, ServiceSettings

PositiveInt = Annotated[int, Field(ge=1)]


class ApiSettings(ServiceSettings):
    """Settings of the api: its store, the index it reads, and the secrets of the services it knows."""

    model_config = SettingsConfigDict(env_prefix="MOISSON_API_")

    port: Annotated[int, Field(ge=0, le=65535)] = Field(default=8100, description="Port to listen on.")
    search_url: str = Field(default="", description="The index, e.g. tantivy:///var/moisson/index.")
    client_secret: SecretStr = SecretStr("")
    scraper_secret: SecretStr = Field(default=SecretStr(DEMO_SECRET), description="The scraper's client secret.")
    normalizer_secret: SecretStr = Field(default=SecretStr(DEMO_SECRET), description="The normalizer's client secret.")
    viz_gateway_secret: SecretStr = Field(default=SecretStr(DEMO_SECRET), description="The gateway's client secret.")
    key_secret: SecretStr = Field(
        default=SecretStr(""), description="Seals the private keys in the store; empty keeps them as they are."
    )
    signing_key_days: PositiveInt = Field(default=90, description="How long a signing key signs.")
    failed_logins_per_account: PositiveInt = Field(default=10, description="In the window; then 429.")
    failed_logins_per_address: PositiveInt = Field(default=100, description="In the window; then 429.")
    failed_logins_window_seconds: PositiveInt = 300
    password_threads: PositiveInt = Field(default=2, description="Password hashes made at the same time.")
    most_map_places: PositiveInt = Field(default=20_000, description="Places on one map; the rest is counted.")

    @property
    def signing_key_life(self) -> timedelta:
        return timedelta(days=self.signing_key_days)

    def service_clients(self) -> dict[str, ServiceClient]:
        """The services that may ask for tokens, by id."""
        secrets = {
            "scraper": self.scraper_secret,
            "normalizer": self.normalizer_secret,
            "viz-gateway": self.viz_gateway_secret,
        }
        return {
            name: ServiceClient(id=name, secret=secret, scopes=SCOPES[name])
            for name, secret in secrets.items()
            if secret.get_secret_value()
        }

"""Settings of a service: read once from the environment, frozen, and refused in sentences for people.

Each service derives its own class with its prefix. A secret may also come from a file named by `<VARIABLE>_FILE`, as
container engines hand them over. Nothing here may know a service.
"""

import difflib
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from moisson_shared.contracts.faults import message_of
from moisson_shared.contracts.model import HttpAddress

DEMO_SECRET = "moisson-demo-secret"  # noqa: S105 - the one that refuses to start outside the demo
LogLevel = Literal["debug", "info", "warning", "error"]


class ServiceSettings(BaseSettings):
    """What every service is told. A secret with a default is for the demo; one that a service has no use for is ""."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="MOISSON_")

    host: str = Field(default="127.0.0.1", description="Address to listen on; 0.0.0.0 in a container.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(default=0, description="Port to listen on; 0 takes a free one.")
    public_url: HttpAddress | None = Field(default=None, description="Where browsers and neighbours find this service.")
    log_level: LogLevel = "info"
    trusted_proxies: str = Field(
        default="127.0.0.1", description="Addresses or networks, with commas, whose X-Forwarded-For is believed."
    )
    demo: bool = Field(default=False, description="Accepts default secrets. Never where others can reach it.")
    most_body_bytes: Annotated[int, Field(ge=1)] = Field(default=10_000_000, description="Larger request bodies: 413.")
    documents_url: str = Field(default="", description="The document store, e.g. sqlite:///var/moisson/api.sqlite.")
    issuer: str = Field(default="http://127.0.0.1:8100", description="Who signs tokens, as their `iss` says it.")
    jwks_url: HttpAddress | None = Field(default=None, description="The issuer's keys; by default below the issuer.")
    client_id: str = Field(default="", description="This service's name at the issuer.")
    client_secret: SecretStr = SecretStr(DEMO_SECRET)

    @property
    def keys_url(self) -> str:
        """Where the issuer's public keys are."""
        return self.jwks_url or self.issuer.rstrip("/") + "/.well-known/jwks.json"

    @classmethod
    def variable(cls, field: str) -> str:
        """The environment variable of a field: `MOISSON_SCRAPER_PORT`."""
        return str(cls.model_config.get("env_prefix", "")).upper() + field.upper()

    @model_validator(mode="after")
    def _secrets_are_secret(self) -> Self:
        unsafe = [name for name, field in _secret_fields(type(self)).items() if not self._is_secret(name, field)]
        if unsafe:
            raise ValueError("; ".join(self._why_unsafe(name) for name in unsafe))
        return self

    def _is_secret(self, name: str, field: FieldInfo) -> bool:
        value = getattr(self, name)
        given = value.get_secret_value() if isinstance(value, SecretStr) else None
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else None
        if given is None or given == default == "":
            return True
        return bool(given) and (self.demo or given != default)

    def _why_unsafe(self, name: str) -> str:
        variable = self.variable(name)
        if not getattr(self, name).get_secret_value():
            return f"{variable} is empty: give a secret, or name a file that holds it in {variable}_FILE"
        demo = self.variable("demo")
        return f"{variable} still has its default value, which everybody knows: give a secret, or set {demo}=true"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then secret files. No `.env`: what runs must be what was said."""
        return init_settings, env_settings, _SecretFiles(settings_cls)


S = TypeVar("S", bound=ServiceSettings)
T = TypeVar("T")


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads `<VARIABLE>_FILE` of each secret; the last line end of the file does not count."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The secret in the named file, or None where no file is named."""
        variable = f"{self.config.get('env_prefix', '')}{field_name}".upper()
        path = os.environ.get(f"{variable}_FILE")
        if path is None:
            return None, field_name, False
        if variable in os.environ:
            raise SettingsError(f"{variable} and {variable}_FILE are both given: keep one")
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{variable}_FILE names {path}, which cannot be read: {error}") from error
        return text.rstrip("\r\n"), field_name, False

    def __call__(self) -> dict[str, Any]:
        """The secrets that were given as files, by field."""
        found = {}
        for name, field in _secret_fields(self.settings_cls).items():
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                found[key] = value
        return found


def _secret_fields(settings: type[BaseSettings]) -> Mapping[str, FieldInfo]:
    return {name: field for name, field in settings.model_fields.items() if "SecretStr" in str(field.annotation)}


def unknown_variables(settings: type[ServiceSettings], environment: Mapping[str, str]) -> tuple[str, ...]:
    """A sentence for each variable that has the service's prefix and means nothing: most likely a slip of the pen."""
    prefix = settings.variable("")
    known = {settings.variable(name) for name in settings.model_fields}
    known |= {settings.variable(name) + "_FILE" for name in _secret_fields(settings)}
    sentences = []
    for name in sorted(environment):
        if name.upper().startswith(prefix) and name.upper() not in known:
            close = difflib.get_close_matches(name.upper(), known, n=1)
            sentences.append(f"{name} is no setting of this service" + (f": did you mean {close[0]}?" if close else ""))
    return tuple(sentences)


def complaints(settings: type[ServiceSettings], error: ValidationError) -> tuple[str, ...]:
    """One sentence for each thing wrong, with the name of its variable; never the value of a secret."""
    sentences = []
    for detail in error.errors(include_url=False, include_context=False):
        if not detail["loc"]:
            sentences.extend(message_of(detail).split("; "))
            continue
        name = str(detail["loc"][0])
        variable = settings.variable(name)
        if detail["type"] == "missing":
            sentences.append(f"{variable} is not set")
        elif name in _secret_fields(settings):
            sentences.append(f"{variable}: {message_of(detail)}")
        else:
            sentences.append(f"{variable}={detail['input']!r}: {message_of(detail)}")
    return tuple(sentences)


def load_settings(settings: type[S]) -> S:
    """The settings of this process, for a composition root; on bad ones it says which and ends with exit code 2."""
    if unknown := unknown_variables(settings, os.environ):
        _refuse(unknown)
    try:
        return settings()
    except ValidationError as error:
        _refuse(complaints(settings, error))
    except SettingsError as error:
        _refuse((_not_json(settings, str(error)) or str(error),))


def opened(settings: ServiceSettings, field: str, open_: Callable[[str], T]) -> T:
    """What a setting names, for a composition root: `opened(settings, "documents_url", open_documents)`.

    When the opener does not understand it (ValueError), says so with the name of the variable: exit code 2.
    """
    value = str(getattr(settings, field))
    variable = settings.variable(field)
    if not value:
        _refuse((f"{variable} is not set",))
    try:
        return open_(value)
    except ValueError as error:
        _refuse((f"{variable}: {error}",))


def _not_json(settings: type[ServiceSettings], message: str) -> str | None:
    """pydantic-settings says it of a list or object that is not JSON, by field and with its own inner names."""
    match = re.match(r'error parsing value for field "(\w+)"', message)
    return f"{settings.variable(match[1])} must be JSON, such as [1, 2]" if match else None


def _refuse(sentences: tuple[str, ...]) -> NoReturn:
    for sentence in sentences:
        sys.stderr.write(sentence + "\n")
    raise SystemExit(2)

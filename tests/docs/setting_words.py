"""How a page writes the settings of a service: made of the class that reads them."""

import orjson
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from moisson_shared.web.settings import ServiceSettings


def setting_rows(settings: type[ServiceSettings]) -> list[list[str]]:
    """Variable, default, and meaning as the class tells it (empty where it tells none), in the order of the class."""
    return [
        [f"`{settings.variable(name).removeprefix(settings.variable(''))}`", _default(field), _told(name, field)]
        for name, field in settings.model_fields.items()
    ]


def _default(field: FieldInfo) -> str:
    value = field.default
    assert value is not PydanticUndefined
    if isinstance(value, SecretStr):
        return "a known one, refused outside a demo"
    if value in (None, "", ()):
        return "empty"
    return f"`{value if isinstance(value, str) else orjson.dumps(value).decode()}`".replace(".0`", "`")


def _told(name: str, field: FieldInfo) -> str:
    """Its own description, else that of the class it is made from."""
    inherited = ServiceSettings.model_fields.get(name)
    return field.description or (inherited.description if inherited else "") or ""

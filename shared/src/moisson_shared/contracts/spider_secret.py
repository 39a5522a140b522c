"""A secret of a spider as people see it: never its value."""

import re
from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from moisson_shared.contracts.model import Contract, Instant
from moisson_shared.contracts.sources import SecretName

MOST_ESCAPED = 200
"""Each may be spelt in many ways where a site repeats it, and all of them are looked for."""
_ESCAPED = re.compile(r"[^A-Za-z0-9._~-]")


class SecretDraft(Contract):
    """What is sent, once; it is never answered. A shorter one could not be told from ordinary text where a site
    repeats it, and would have to be left visible there."""

    value: Annotated[SecretStr, Field(min_length=8, max_length=4000)]

    @field_validator("value")
    @classmethod
    def _can_stand_in_a_header(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if not (text.isascii() and text.isprintable()) or text != text.strip():
            raise ValueError("a secret has printable ASCII characters only, and no blanks around it")
        if len(_ESCAPED.findall(text)) > MOST_ESCAPED:
            raise ValueError(f"at most {MOST_ESCAPED} characters of a secret are other than letters, digits and -._~")
        return value


class SpiderSecret(Contract):
    """That there is a secret, for where, since when, and by whom."""

    name: SecretName
    origin: str
    """It is sent there only: the origin that the spider's source had when the secret was put."""
    put_at: Instant
    put_by: str

"""The model that all contracts derive from, and the small types they are made of."""

from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints


class Contract(BaseModel):
    """An immutable value, parsed once at the edge. Unknown keys are an error, not a silent loss."""

    # In a partner's own data a number that is not finite is written as a text, where it can be seen, and not as null.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, ser_json_inf_nan="strings")


SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
FIELD_NAME = r"^[a-z][a-z0-9_]*$"
LANGUAGE = r"^[a-z]{2}$"
HTTP_ADDRESS = r"^https?://[^\s/?#\x00-\x1f\x7f]+[^\s\x00-\x1f\x7f]*$"

Slug = Annotated[str, StringConstraints(pattern=SLUG, min_length=1, max_length=63)]
"""An identifier that people choose and that stands in addresses: `france-engagee`."""

FieldName = Annotated[str, StringConstraints(pattern=FIELD_NAME, min_length=1, max_length=63)]
"""The name of a schema field; it is also the name of its filter in the API: `sub_themes`."""

Language = Annotated[str, StringConstraints(pattern=LANGUAGE)]
"""An ISO 639-1 code."""


def _has_text(labels: dict[Language, str]) -> dict[Language, str]:
    if not labels or not all(text.strip() for text in labels.values()):
        raise ValueError("give at least one language, and a text for each language named")
    return labels


LocalizedText = Annotated[dict[Language, str], AfterValidator(_has_text)]
"""One text in one or more languages: `{"fr": "Thème", "en": "Theme"}`."""


def localized(text: dict[Language, str], language: str) -> str:
    """The text in `language`, else French, else English, else whatever there is: never blank."""
    for wanted in (language, "fr", "en"):
        if wanted in text:
            return text[wanted]
    return next(iter(text.values()))


HttpAddress = Annotated[str, StringConstraints(pattern=HTTP_ADDRESS, max_length=2048)]
"""An absolute http(s) address as somebody wrote it; whether it may be fetched is outbound_http's decision."""

Instant = AwareDatetime
"""A moment with its time zone; written in UTC."""

JsonObject = dict[str, Any]
"""A partner's own data, verbatim: any JSON object. The one place where loose dicts are the point."""

Count = Annotated[int, Field(ge=0)]

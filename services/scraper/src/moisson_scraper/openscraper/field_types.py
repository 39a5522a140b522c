"""The type of a field in OpenScraper's sense, where no data model says it: by how it is taken, or how values look."""

import re
from collections.abc import Iterator, Mapping

from moisson_scraper.openscraper.data_model import FieldType
from moisson_shared.contracts.detail import HtmlDetail, levels_of
from moisson_shared.contracts.selecting import HtmlField, Take
from moisson_shared.contracts.sources import FileSource, HtmlSource, JsonSource, SitemapSource, Source

_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_IMAGE = re.compile(r"https?://[^?#]+\.(?:avif|gif|ico|jpe?g|png|svg|webp)(?:[?#].*)?", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?")


def type_of(value: object) -> FieldType:
    """What a value looks like."""
    match value:
        case list():
            return FieldType.TAGS
        case bool():
            return FieldType.TEXT
        case int():
            return FieldType.INTEGER
        case float():
            return FieldType.FLOAT
        case str():
            return _type_of_text(value.strip())
        case _:
            return FieldType.TEXT


def _type_of_text(text: str) -> FieldType:
    for pattern, kind in (
        (_IMAGE, FieldType.IMAGE),
        (_ADDRESS, FieldType.URL),
        (_EMAIL, FieldType.EMAIL),
        (_DATE, FieldType.DATE),
    ):
        if pattern.fullmatch(text):
            return kind
    return FieldType.TEXT


def configured_fields(source: Source) -> Mapping[str, FieldType | None]:
    """The fields that a spider names, with their type where the way they are taken tells it."""
    fields: dict[str, FieldType | None] = {}
    if isinstance(source, HtmlSource | SitemapSource):
        fields |= _of_html(source.fields)
    elif isinstance(source, JsonSource | FileSource):
        fields |= dict.fromkeys(source.fields)
    if isinstance(source, FileSource):
        return fields
    for level in levels_of(source.detail):
        fields |= _of_html(level.fields) if isinstance(level, HtmlDetail) else dict.fromkeys(level.fields)
    return fields


def _of_html(fields: Mapping[str, HtmlField]) -> Iterator[tuple[str, FieldType | None]]:
    for name, field in fields.items():
        kind = FieldType.URL if field.take is Take.LINK else None
        yield name, FieldType.TAGS if field.many else kind

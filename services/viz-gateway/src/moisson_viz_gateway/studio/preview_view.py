"""A preview as people look at it: each record with its values, and for each value the piece of the page it is from.
Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from moisson_shared.contracts.spider_preview import ElementPlace, PreviewedPage, PreviewedRecord, SpiderPreview
from moisson_viz_gateway.studio.found_items import shown_value
from moisson_viz_gateway.studio.source_snippet import Snippet, SourceText, snippet_of

MOST_RECORDS = 5
MOST_ADDRESSES = 50
"""Of each kind that the page lists."""
_MOST_OF_ONE = 8
"""Values of one field of one record."""


@dataclass(frozen=True, slots=True)
class PlacedValue:
    """One value; `page` is the one it was found in, where it is known."""

    text: str
    page: PreviewedPage | None = None
    place: ElementPlace | None = None
    snippet: Snippet | None = None


@dataclass(frozen=True, slots=True)
class PlacedRecord:
    """One record, its fields in their order."""

    record: PreviewedRecord
    fields: tuple[tuple[str, tuple[PlacedValue, ...]], ...]


@dataclass(frozen=True, slots=True)
class PreviewView:
    """The preview with its first records placed, and the spider under whose id its pages are kept."""

    preview: SpiderPreview
    spider_id: str
    records: tuple[PlacedRecord, ...]


def preview_view(preview: SpiderPreview, spider_id: str, sources: Mapping[str, SourceText]) -> PreviewView:
    """`sources` are the texts of kept pages by their ids; a page that is not among them gives places without pieces."""
    shown = preview.records[:MOST_RECORDS]
    records = tuple(_placed(number, record, preview, sources) for number, record in enumerate(shown))
    return PreviewView(preview, spider_id, records)


def _placed(
    number: int, record: PreviewedRecord, preview: SpiderPreview, sources: Mapping[str, SourceText]
) -> PlacedRecord:
    placed: dict[str, list[PlacedValue]] = {}
    for field in preview.fields:
        for value in field.values:
            if value.record != number or len(placed.get(field.name, [])) >= _MOST_OF_ONE:
                continue
            page = preview.pages[value.page] if value.page < len(preview.pages) else None
            source = sources.get(page.id) if page is not None and page.id is not None else None
            snippet = snippet_of(source, value.place, value.text) if source is not None and value.place else None
            placed.setdefault(field.name, []).append(PlacedValue(value.text, page, value.place, snippet))
    fields = []
    for name, value in record.values.items():
        known = placed.get(name)
        fields.append((name, tuple(known) if known else (PlacedValue(shown_value(value)),)))
    return PlacedRecord(record, tuple(fields))

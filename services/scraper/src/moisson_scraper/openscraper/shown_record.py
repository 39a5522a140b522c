"""A raw record in the shape that OpenScraper's readers know. Pure."""

import json
import re
from collections.abc import Iterable, Sequence

from moisson_scraper.keeping.collections import KeptRecord
from moisson_scraper.openscraper.convert_html import LINK_DATA
from moisson_scraper.openscraper.visible_fields import SpiderView
from moisson_shared.contracts.model import JsonObject
from moisson_shared.ports.documents import Stored

CORE_FIELDS = {
    LINK_DATA: "url",
    "link_src": "url",
    "spider_id": "text",
    "added_at": "date",
    "modified_at": "date",
    "page_n": "integer",
    "item_n": "integer",
}
"""Of each record. `link_src`, `page_n` and `item_n` say where this state of it was met first: the page of the listing,
that page's number in the run and the item's number in the page, from 1; null where that is not known."""
CSV_CORE = ("_id", "spider_id", "spider_name", "link_src", LINK_DATA)
_RESERVED = frozenset({*CSV_CORE, *CORE_FIELDS})
_TOLD_APART = " (field)"
_FORMULA = re.compile(r"[\s\x00]*[=+\-@\t\r]")
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")


def field_key(name: str) -> str:
    """The name, told apart from OpenScraper's own where it is one of these, and so from other fields that are."""
    end = len(name)
    while name.endswith(_TOLD_APART, 0, end):
        end -= len(_TOLD_APART)
    return name + _TOLD_APART if name[:end] in _RESERVED else name


def link_and_fields(view: SpiderView, record: KeptRecord) -> tuple[str | None, JsonObject]:
    """The page behind a record, and the fields that the caller may see. Where that page is not read, an imported spider
    keeps its address as a field under OpenScraper's own name for it."""
    fields = dict(view.values(record.values))
    link = fields.get(LINK_DATA)
    if record.url is None and isinstance(link, str) and link:
        del fields[LINK_DATA]
        return link, fields
    return record.url, fields


def shown_record(view: SpiderView, stored: Stored[KeptRecord]) -> JsonObject:
    """Core fields, and each visible field under its name as a list of its values, in their order."""
    record = stored.value
    link, fields = link_and_fields(view, record)
    shown: JsonObject = {
        "_id": stored.key,
        "spider_id": record.spider_id,
        LINK_DATA: link,
        "link_src": view.listing(record.listed_on),
        "added_at": record.first_seen.timestamp(),
        "modified_at": record.last_changed.timestamp(),
        "page_n": record.listed_page or None,
        "item_n": record.listed_item or None,
    }
    for name, value in fields.items():
        shown[field_key(name)] = value if isinstance(value, list) else [value]
    return shown


def csv_row(view: SpiderView, stored: Stored[KeptRecord], columns: Sequence[str]) -> list[str]:
    """The cells of a record: every column has one, whether the record has that field or not."""
    record = stored.value
    link, fields = link_and_fields(view, record)
    core = (stored.key, record.spider_id, view.spider.name, view.listing(record.listed_on) or "", link or "")
    return [safe_cell(cell) for cell in (*core, *(cell_text(fields.get(name)) for name in columns))]


def cell_text(value: object) -> str:
    """Texts and numbers as they are; lists and objects as JSON, so that no two of them look alike."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def safe_cell(text: str) -> str:
    """The text, marked as one where a spreadsheet would calculate it (OWASP, CSV injection); numbers stay numbers."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def csv_line(cells: Iterable[str]) -> str:
    """A line by RFC 4180, every cell in quotes."""
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\r\n"

"""The normalised paths (RFC 9535, 2.7) of the values of a JSON page's fields. Pure."""

from typing import Any

from moisson_scraper.locating.page_fields import PageFields
from moisson_scraper.reading.json_fields import MOST_LOOKS
from moisson_scraper.reading.json_paths import compile_path
from moisson_scraper.reading.source_reader import LARGE_PAGE, FetchedPage
from moisson_scraper.reading.text_cleaning import clean_text
from moisson_shared.contracts.selecting import JsonFields, JsonPath
from moisson_shared.contracts.spider_preview import ElementPlace


def may_be_long(page: FetchedPage, fields: PageFields) -> bool:
    """Whether a page is too large to be looked through at once, or a path could multiply what it finds."""
    paths = [path for path in (fields.items, fields.value, fields.address, *fields.json.values()) if path is not None]
    if len(page.body) >= min(LARGE_PAGE, MOST_LOOKS // max(1, len(paths))):
        return True
    return not all(compile_path(path).linear for path in paths)


def members_at(document: Any, items: JsonPath) -> list[tuple[str, Any]]:
    """Each item with its normalised path. Raises `PathFailed`."""
    return compile_path(items).located(document)


def json_places(member: Any, path: str, fields: JsonFields) -> dict[str, list[ElementPlace]]:
    """The places of one item's values, by field; without fields, of its own keys. Raises `PathFailed`."""
    if not fields:
        if not isinstance(member, dict):
            return {"value": [_place(path)]}
        return {name: [_place(f"{path}[{_quoted(name)}]")] for name in member}
    found = {
        name: [_place(path + inside.removeprefix("$")) for inside, _ in compile_path(field).located(member)]
        for name, field in fields.items()
    }
    return {name: places for name, places in found.items() if places}


def _place(path: str) -> ElementPlace:
    return ElementPlace(path=clean_text(path)[0])


def _quoted(name: str) -> str:
    """A name as RFC 9535 writes it in a normalised path."""
    text = "".join(_ESCAPES.get(character, character) for character in name)
    return "'" + "".join(c if c >= " " else f"\\u{ord(c):04x}" for c in text) + "'"


_ESCAPES = {"'": "\\'", "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

"""A file: its address, and what its format can have."""

from collections.abc import Iterator

from moisson_scraper.checking.expressions import fault, in_address, in_encoding, in_json_fields, in_path
from moisson_scraper.reading.xml_paths import XmlPath, XmlPathRefused
from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.sources import FileSource

_TEXT_TABLES = frozenset({"csv", "tsv"})
_WORKBOOKS = frozenset({"xlsx", "ods"})
_TABLES = _TEXT_TABLES | _WORKBOOKS
_JSON = frozenset({"json", "geojson"})


def in_file(source: FileSource) -> Iterator[Fault]:
    """Everything that is wrong with it."""
    if source.url is not None:
        yield from in_address(source.url, ("source", "url"))
    yield from in_encoding(source.encoding, ("source", "encoding"))
    if source.delimiter is not None and source.delimiter in '"\r\n\0 ':
        yield fault(("source", "delimiter"), "a quote, a blank or a line end cannot separate cells")
    if source.records is not None:
        yield from _in_records(source.records, source.format)
    yield from in_json_fields(source.fields, ("source", "fields"))
    yield from _in_format(source)


def _in_records(records: str, kind: str | None) -> Iterator[Fault]:
    place = ("source", "records")
    if records.startswith("/") and kind in {None, "xml"}:
        try:
            XmlPath(records)
        except XmlPathRefused as error:
            yield fault(place, str(error))
    elif records.startswith("$") and kind in {None, *_JSON}:
        yield from in_path(records, place)
    elif kind == "ndjson":
        yield fault(place, "each line is a record: there is nothing to say where they are")
    elif kind == "xml":
        yield fault(place, f"{records!r} is no path of element names: write /liste/projet, or //projet")
    elif kind in _JSON:
        yield fault(place, f"{records!r} is no RFC 9535 path: write $.projets[*]")
    elif kind is None:
        yield fault(place, "write $.projets[*] for JSON, /liste/projet or //projet for XML")
    else:
        yield fault(place, "the rows of a table are its records: there is nothing to say where they are")


def _in_format(source: FileSource) -> Iterator[Fault]:
    """What a stated format has not."""
    kind = source.format
    if kind is None:
        return
    if source.sheet is not None and kind not in _WORKBOOKS:
        yield fault(("source", "sheet"), f"a {kind.upper()} file has no sheets")
    if source.delimiter is not None and kind not in _TEXT_TABLES:
        yield fault(("source", "delimiter"), f"a {kind.upper()} file has no delimiter")
    if source.encoding is not None and kind in _WORKBOOKS:
        yield fault(("source", "encoding"), f"an {kind.upper()} file says itself how it is encoded")
    if source.header_row is not None and kind not in _TABLES:
        yield fault(("source", "header_row"), f"a {kind.upper()} file has no rows")
    if source.fields and kind in _TABLES:
        yield fault(("source", "fields"), "the header row of a table names its fields: paths look into JSON and XML")

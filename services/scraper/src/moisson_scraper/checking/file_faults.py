"""A file: its address, and what its format can have."""

from collections.abc import Iterator

from moisson_scraper.checking.expressions import fault, in_address, in_encoding
from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.sources import FileSource


def in_file(source: FileSource) -> Iterator[Fault]:
    """Everything that is wrong with it."""
    if source.url is not None:
        yield from in_address(source.url, ("source", "url"))
    yield from in_encoding(source.encoding, ("source", "encoding"))
    if source.delimiter is not None and source.delimiter in '"\r\n\0 ':
        yield fault(("source", "delimiter"), "a quote, a blank or a line end cannot separate cells")
    if source.format in {"csv", "tsv"} and source.sheet is not None:
        yield fault(("source", "sheet"), "a CSV file has no sheets")

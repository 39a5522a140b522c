"""From a source as data to its reader: the one place that knows which kinds there are."""

from typing import assert_never

from moisson_scraper.reading.html_source import HtmlReader
from moisson_scraper.reading.json_paths import PathRefused
from moisson_scraper.reading.json_source import JsonReader
from moisson_scraper.reading.rendered_listing import RenderedListing
from moisson_scraper.reading.source_reader import SourceReader
from moisson_scraper.reading.table_source import TableReader
from moisson_shared.contracts.sources import FeedSource, FileSource, HtmlSource, JsonSource, SitemapSource, Source


def compile_source(source: Source, *, hurried: bool = False) -> SourceReader:
    """The reader. Raises `SelectorRefused` or `PathRefused`; a saved spider has been checked and does not.

    A hurried one may raise `TakesLong` in reading, for pages that should be read where they can be stopped.
    """
    match source:
        case HtmlSource(rendering=None):
            return HtmlReader(source, hurried=hurried)
        case HtmlSource():
            return RenderedListing(HtmlReader(source, hurried=hurried))
        case JsonSource():
            return JsonReader(source)
        case FileSource():
            return TableReader(source)
        case SitemapSource() | FeedSource():
            raise PathRefused("sources of this kind cannot be read")
        case _:
            assert_never(source)

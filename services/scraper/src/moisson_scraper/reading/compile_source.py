"""From a source as data to its reader: the one place that knows which kinds there are."""

from typing import assert_never

from moisson_scraper.reading.feed_source import FeedReader
from moisson_scraper.reading.file_source import FileReader
from moisson_scraper.reading.html_source import HtmlReader
from moisson_scraper.reading.json_source import JsonReader
from moisson_scraper.reading.rendered_listing import RenderedListing
from moisson_scraper.reading.sitemap_source import SitemapReader
from moisson_scraper.reading.source_reader import SourceReader
from moisson_shared.contracts.sources import FeedSource, FileSource, HtmlSource, JsonSource, SitemapSource, Source


def compile_source(source: Source, *, hurried: bool = False) -> SourceReader:
    """The reader. Raises what the compiling of its expressions raises; a saved spider has been checked.

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
            return FileReader(source)
        case SitemapSource():
            return SitemapReader(source)
        case FeedSource():
            return FeedReader(source)
        case _:
            assert_never(source)

"""Sitemaps: their addresses, the patterns of pages, and what is taken in the pages."""

from collections.abc import Iterator

from moisson_scraper.checking.detail_faults import in_detail
from moisson_scraper.checking.expressions import in_addresses, in_encoding, in_html_fields, in_pattern
from moisson_scraper.reading.selectors import Scope
from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.sources import SitemapSource

_SOURCE = ("source",)


def in_sitemap(source: SitemapSource) -> Iterator[Fault]:
    """Everything that is wrong with it."""
    yield from in_addresses(source.start_urls, (*_SOURCE, "start_urls"))
    for name, patterns in (("include", source.include), ("exclude", source.exclude)):
        for number, pattern in enumerate(patterns):
            yield from in_pattern(pattern, (*_SOURCE, name, number))
    yield from in_html_fields(source.fields, (*_SOURCE, "fields"), Scope.PAGE)
    yield from in_detail(source.detail, (*_SOURCE, "detail"), Scope.PAGE)
    yield from in_encoding(source.encoding, (*_SOURCE, "encoding"))

"""Whether a spider can work at all, before it is saved: every selector and path is compiled, and each fault says where.

The models have checked the shape already; what is found here needs the engines that will run the configuration.
"""

from collections.abc import Iterator
from typing import assert_never

from moisson_scraper.checking.archive_faults import absence_of_archive
from moisson_scraper.checking.expressions import fault
from moisson_scraper.checking.feed_faults import in_feed
from moisson_scraper.checking.file_faults import in_file
from moisson_scraper.checking.html_faults import in_html
from moisson_scraper.checking.json_faults import in_json
from moisson_scraper.checking.rendering_faults import absence_of_browser
from moisson_scraper.checking.schedule_faults import in_schedule
from moisson_scraper.checking.secret_faults import in_secrets
from moisson_scraper.checking.sitemap_faults import in_sitemap
from moisson_scraper.stated_fields import possible_fields
from moisson_shared.contracts.errors import Fault, Invalid
from moisson_shared.contracts.sources import FeedSource, FileSource, HtmlSource, JsonSource, SitemapSource, Source
from moisson_shared.contracts.spider import KeyByFields, KeyByUrl, SpiderDraft


def faults_in(spider: SpiderDraft, no_browser: str | None = None, no_archive: str | None = None) -> tuple[Fault, ...]:
    """Everything that is wrong; empty for a spider that can be saved.

    `no_browser` and `no_archive` say why there is none here.
    """
    return (
        *_in_source(spider.source),
        *absence_of_browser(spider.source, no_browser),
        *in_secrets(spider.source),
        *absence_of_archive(spider, no_archive),
        *_in_identity(spider),
        *_in_expectations(spider),
        *in_schedule(spider.schedule),
    )


def require_sound(spider: SpiderDraft, no_browser: str | None = None, no_archive: str | None = None) -> None:
    """Raises `Invalid` with all faults."""
    if faults := faults_in(spider, no_browser, no_archive):
        raise Invalid("This spider could not work; see the faults.", faults)


def _in_source(source: Source) -> Iterator[Fault]:
    match source:
        case HtmlSource():
            yield from in_html(source)
        case JsonSource():
            yield from in_json(source)
        case FileSource():
            yield from in_file(source)
        case SitemapSource():
            yield from in_sitemap(source)
        case FeedSource():
            yield from in_feed(source)
        case _:
            assert_never(source)


def _in_identity(spider: SpiderDraft) -> Iterator[Fault]:
    match spider.identity:
        case KeyByUrl() if not _has_pages(spider.source):
            message = "items of this source have no page of their own: make the key of fields, or of the content"
            yield fault(("identity", "kind"), message)
        case KeyByFields(fields=fields):
            known = possible_fields(spider.source)
            for number, name in enumerate(fields):
                if known is not None and name not in known:
                    yield fault(("identity", "fields", number), f"this spider has no field {name!r}")
        case _:
            pass


def _in_expectations(spider: SpiderDraft) -> Iterator[Fault]:
    known = possible_fields(spider.source)
    for name in spider.expectations.fields:
        if known is not None and name not in known:
            yield fault(("expectations", "fields", name), f"this spider has no field {name!r}")


def _has_pages(source: Source) -> bool:
    match source:
        case HtmlSource(detail=detail):
            return detail is not None
        case JsonSource(link=link, detail=detail):
            return link is not None or detail is not None
        case SitemapSource() | FeedSource():
            return True
        case FileSource():
            return False
        case _:
            assert_never(source)

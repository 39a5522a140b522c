"""A spider in plain words: where it goes, what it takes, how it behaves. Pure."""

from moisson_shared.contracts.sources import FeedSource, FileSource, HtmlSource, JsonSource, SitemapSource
from moisson_shared.contracts.spider import KeyByContent, KeyByFields, SpiderDraft
from moisson_viz_gateway.studio.detail_words import detail_sentences
from moisson_viz_gateway.studio.expectation_words import expectation_sentences
from moisson_viz_gateway.studio.name_words import listed_names
from moisson_viz_gateway.studio.schedule_words import schedule_sentence
from moisson_viz_gateway.wording.catalogue import Wording

_RECORD_FORMATS = frozenset({"json", "ndjson", "geojson", "xml"})


def spider_sentences(spider: SpiderDraft, words: Wording) -> list[str]:
    """Sentences in the order in which things happen."""
    sentences = [*_source(spider, words), _identity(spider, words), _behaviour(spider, words)]
    sentences += expectation_sentences(spider.expectations, words)
    if spider.archive:
        sentences.append(words("spider.archive"))
    if spider.schedule is not None:
        sentences.append(schedule_sentence(spider.schedule, words))
    return sentences


def start_addresses(spider: SpiderDraft) -> tuple[str, ...]:
    """Where a run begins; nothing for a file that was uploaded."""
    match spider.source:
        case JsonSource(url=url):
            return (url,)
        case FileSource(url=address):
            return () if address is None else (address,)
        case HtmlSource() | SitemapSource() | FeedSource() as source:
            return source.start_urls


def _source(spider: SpiderDraft, words: Wording) -> list[str]:
    source = spider.source
    match source:
        case HtmlSource():
            sentences = [
                words.plural("spider.html.start", len(source.start_urls), address=source.start_urls[0]),
                words("spider.html.item", expression=source.item.expression),
            ]
            if source.fields:
                sentences.append(
                    words.plural("spider.html.fields", len(source.fields), names=listed_names(source.fields, words))
                )
            if source.paging is not None:
                sentences.append(words(f"spider.html.{source.paging.kind}"))
            return [*sentences, *detail_sentences(source.detail, words)]
        case JsonSource():
            start = "spider.json.start" if source.method == "GET" else "spider.json.start_post"
            sentences = [words(start, address=source.url), words("spider.json.items", path=source.items)]
            if source.fields:
                sentences.append(
                    words.plural("spider.html.fields", len(source.fields), names=listed_names(source.fields, words))
                )
            else:
                sentences.append(words("spider.json.all_fields"))
            if source.paging is not None:
                sentences.append(
                    words(f"spider.json.{source.paging.kind}", parameter=getattr(source.paging, "parameter", ""))
                )
            return [*sentences, *detail_sentences(source.detail, words)]
        case FileSource():
            return _file(source, words)
        case SitemapSource():
            return _sitemap(source, words)
        case FeedSource():
            return _feed(source, words)


def _file(source: FileSource, words: Wording) -> list[str]:
    start = words("spider.file.uploaded") if source.url is None else words("spider.file.start", address=source.url)
    if source.format in _RECORD_FORMATS or source.records is not None or source.fields:
        if source.records is not None:
            found = words("spider.json.items", path=source.records)
        else:
            found = words("spider.file.records")
        if not source.fields:
            return [start, found, words("spider.json.all_fields")]
        return [
            start,
            found,
            words.plural("spider.html.fields", len(source.fields), names=listed_names(source.fields, words)),
        ]
    if source.header_row is None:
        return [start, words("spider.file.header_found")]
    return [start, words("spider.file.rows", row=source.header_row)]


def _sitemap(source: SitemapSource, words: Wording) -> list[str]:
    sentences = [words.plural("spider.sitemap.start", len(source.start_urls), address=source.start_urls[0])]
    for name, patterns in (("include", source.include), ("exclude", source.exclude)):
        if patterns:
            text = listed_names(patterns, words)
            sentences.append(words(f"spider.sitemap.{name}", patterns=text))
    if source.keep:
        sentences.append(words.plural("spider.sitemap.keep", len(source.keep), names=listed_names(source.keep, words)))
    fields = len(source.fields)
    if fields:
        sentences.append(words.plural("spider.html.detail", fields, names=listed_names(source.fields, words)))
    return [*sentences, *detail_sentences(source.detail, words, behind=True)]


def _feed(source: FeedSource, words: Wording) -> list[str]:
    sentences = [words.plural("spider.feed.start", len(source.start_urls), address=source.start_urls[0])]
    sentences.append(words("spider.feed.entries"))
    if source.pages:
        sentences.append(words("spider.feed.pages"))
    return [*sentences, *detail_sentences(source.detail, words)]


def _identity(spider: SpiderDraft, words: Wording) -> str:
    match spider.identity:
        case KeyByFields(fields=fields):
            return words("spider.key.fields", names=listed_names(fields, words))
        case KeyByContent():
            return words("spider.key.content")
        case _:
            return words("spider.key.url")


def _behaviour(spider: SpiderDraft, words: Wording) -> str:
    robots = words("spider.robots" if spider.politeness.obey_robots else "spider.no_robots")
    return words("spider.politeness", delay=spider.politeness.delay, pages=spider.limits.pages, robots=robots)

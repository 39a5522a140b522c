"""A spider in plain words: where it goes, what it takes, how it behaves. Pure."""

from moisson_shared.contracts.sources import FeedSource, FileSource, HtmlSource, JsonSource, SitemapSource
from moisson_shared.contracts.spider import KeyByContent, KeyByFields, SpiderDraft
from moisson_viz_gateway.studio.detail_words import detail_sentences
from moisson_viz_gateway.studio.name_words import listed_names
from moisson_viz_gateway.wording.catalogue import Wording


def spider_sentences(spider: SpiderDraft, words: Wording) -> list[str]:
    """Sentences in the order in which things happen."""
    return [*_source(spider, words), _identity(spider, words), _behaviour(spider, words)]


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
            return [
                words("spider.file.start", address=source.url),
                words("spider.file.rows", row=source.header_row),
            ]
        case SitemapSource() | FeedSource():
            return []


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

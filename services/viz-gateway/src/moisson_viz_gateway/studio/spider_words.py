"""A spider in plain words: where it goes, what it takes, how it behaves. Pure."""

from moisson_shared.contracts.sources import FeedSource, FileSource, HtmlSource, JsonSource, SitemapSource
from moisson_shared.contracts.spider import KeyByContent, KeyByFields, SpiderDraft
from moisson_viz_gateway.studio.recipe_words import quoted
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
                    words.plural("spider.html.fields", len(source.fields), names=_names(source.fields, words))
                )
            if source.paging is not None:
                sentences.append(words(f"spider.html.{source.paging.kind}"))
            if source.detail is not None:
                sentences.append(
                    words.plural(
                        "spider.html.detail", len(source.detail.fields), names=_names(source.detail.fields, words)
                    )
                )
            return sentences
        case JsonSource():
            sentences = [words("spider.json.start", address=source.url), words("spider.json.items", path=source.items)]
            if source.fields:
                sentences.append(
                    words.plural("spider.html.fields", len(source.fields), names=_names(source.fields, words))
                )
            else:
                sentences.append(words("spider.json.all_fields"))
            if source.paging is not None:
                sentences.append(
                    words(f"spider.json.{source.paging.kind}", parameter=getattr(source.paging, "parameter", ""))
                )
            if source.detail is not None:
                sentences.append(words("spider.json.detail", address=source.detail.address))
            return sentences
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
            return words("spider.key.fields", names=_names(fields, words))
        case KeyByContent():
            return words("spider.key.content")
        case _:
            return words("spider.key.url")


def _behaviour(spider: SpiderDraft, words: Wording) -> str:
    robots = words("spider.robots" if spider.politeness.obey_robots else "spider.no_robots")
    return words("spider.politeness", delay=spider.politeness.delay, pages=spider.limits.pages, robots=robots)


def _names(names: object, words: Wording) -> str:
    every = [str(name) for name in names] if isinstance(names, dict | tuple) else []
    text = ", ".join(quoted(name, words) for name in every[:8])
    return text if len(every) <= 8 else words("text.and_more", text=text, count=len(every) - 8)

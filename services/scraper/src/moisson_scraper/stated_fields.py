"""The raw fields that a spider itself names: a run reports each of them, found or not. Pure."""

from moisson_shared.contracts.detail import levels_of
from moisson_shared.contracts.sources import FEED_FIELDS, FeedSource, FileSource, JsonSource, SitemapSource, Source


def stated_fields(source: Source) -> frozenset[str]:
    """Of the listing and of all pages behind it. What a feed, a table or an API names is known when it is read."""
    names: set[str] = set()
    if not isinstance(source, FeedSource):
        names |= set(source.fields)
    if isinstance(source, SitemapSource):
        names |= set(source.keep)
    levels = () if isinstance(source, FileSource) else levels_of(source.detail)
    return frozenset(names.union(*(level.fields for level in levels)))


def possible_fields(source: Source) -> frozenset[str] | None:
    """All raw fields that its records can have; None where the pages themselves name some."""
    stated = stated_fields(source) | frozenset(FEED_FIELDS if isinstance(source, FeedSource) else ())
    if isinstance(source, JsonSource | FileSource) and not source.fields:
        return None
    levels = () if isinstance(source, FileSource) else levels_of(source.detail)
    return None if any(level.kind == "json" and not level.fields for level in levels) else stated

"""How often each tag stands in the records that a caller may see."""

from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from moisson_scraper.keeping.collections import KeptRecord
from moisson_scraper.openscraper.data_model import FieldType
from moisson_scraper.openscraper.match_record import texts_of
from moisson_scraper.openscraper.scan_records import RecordScan
from moisson_scraper.openscraper.visible_fields import SpiderView
from moisson_shared.contracts.model import JsonObject
from moisson_shared.ports.documents import Stored

MOST_TAGS = 1000
"""Told of one field, the most frequent ones."""
MOST_COUNTED = 20_000
"""Different tags of one field; a field with more has texts, not tags, and those that come later are not counted."""
LONGEST = 500
"""Characters of a tag; what is longer is a text, and not counted."""
MOST_ITEMS = 100
"""Ids of records told of one tag."""


@dataclass
class _Tag:
    count: int = 0
    items: list[str] = field(default_factory=list)
    spiders: set[str] = field(default_factory=set)


async def tag_statistics(views: Sequence[SpiderView], scan: RecordScan) -> list[JsonObject]:
    """For each field of tags its tags, the most frequent first; `complete` is false where not all are told."""
    fields: dict[str, dict[str, _Tag]] = {}
    overfull: set[str] = set()
    counted = 0
    async with aclosing(scan.over(views)) as records:
        async for view, stored in records:
            for name, text in dict.fromkeys(_tags_of(view, stored)):
                tags = fields.get(name, {})
                fits = len(tags) < MOST_COUNTED and len(text) <= LONGEST
                if name not in fields or (fits and text not in tags):
                    if counted >= scan.bounds.tags:
                        scan.cut = "tags"
                        break
                    counted += 1
                fields[name] = tags
                if not fits and text not in tags:
                    overfull.add(name)
                    continue
                tag = tags.setdefault(text, _Tag())
                tag.count += 1
                tag.spiders.add(view.spider.id)
                if len(tag.items) < MOST_ITEMS:
                    tag.items.append(stored.key)
            if scan.cut is not None:
                break
    return [_told(name, tags, overfull=name in overfull) for name, tags in sorted(fields.items())]


def _tags_of(view: SpiderView, stored: Stored[KeptRecord]) -> Iterator[tuple[str, str]]:
    for name, value in view.values(stored.value.values):
        if view.type_of(name, value) is FieldType.TAGS:
            for text in texts_of(value):
                yield name, text


def _told(name: str, tags: dict[str, _Tag], *, overfull: bool) -> JsonObject:
    ordered = sorted(tags.items(), key=lambda pair: (-pair[1].count, pair[0]))
    stats = [
        {
            "tag_name": text,
            "count": tag.count,
            "in_items": tag.items,
            "in_items_complete": tag.count <= len(tag.items),
            "in_spiders": sorted(tag.spiders),
        }
        for text, tag in ordered[:MOST_TAGS]
    ]
    complete = len(ordered) <= MOST_TAGS and not overfull
    return {"field_id": name, "field_name": name, "complete": complete, "stats": stats}

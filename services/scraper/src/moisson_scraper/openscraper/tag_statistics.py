"""How often each tag stands in the records that a caller may see."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from moisson_scraper.openscraper.data_model import FieldType
from moisson_scraper.openscraper.match_record import texts_of
from moisson_scraper.openscraper.scan_records import RecordScan
from moisson_scraper.openscraper.visible_fields import SpiderView
from moisson_shared.contracts.model import JsonObject

MOST_TAGS = 1000
"""Told of one field, the most frequent ones."""
MOST_COUNTED = 20_000
"""Different tags of one field; a field with more has texts, not tags, and those that come later are not counted."""
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
    async for view, stored in scan.over(views):
        for name, value in view.values(stored.value.values):
            if view.type_of(name, value) is not FieldType.TAGS:
                continue
            tags = fields.setdefault(name, {})
            for text in texts_of(value):
                tag = tags.get(text)
                if tag is None and len(tags) >= MOST_COUNTED:
                    overfull.add(name)
                    continue
                tag = tags.setdefault(text, tag or _Tag())
                tag.count += 1
                tag.spiders.add(view.spider.id)
                if len(tag.items) < MOST_ITEMS:
                    tag.items.append(stored.key)
    return [_told(name, tags, overfull=name in overfull) for name, tags in sorted(fields.items())]


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

"""What a caller may see of a spider's raw records, and how its fields are called and typed. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from moisson_scraper.openscraper.data_model import DataModel, FieldType, OldField
from moisson_scraper.openscraper.field_types import configured_fields, type_of
from moisson_scraper.openscraper.old_fields import IN_LISTING
from moisson_scraper.rights import reads
from moisson_shared.contracts.access import AccessLevel, Caller, most_restrictive
from moisson_shared.contracts.partner import Partner
from moisson_shared.contracts.sources import FileSource, JsonSource
from moisson_shared.contracts.spider import SpiderConfig

_MOST_HALVES = 200 // len(IN_LISTING)
"""A spider's fields have no longer names; the keys of an API's own may, and are nobody's half then."""


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field as it is told."""

    name: str
    type: FieldType
    level: AccessLevel


class SpiderView:
    """A spider whose records the caller may see, and which of their fields."""

    def __init__(self, spider: SpiderConfig, partner: Partner, model: DataModel, caller: Caller) -> None:
        self.spider = spider
        self._level = partner.default_level
        self._models = {field.name: field for field in model.fields}
        self._reach = AccessLevel.PRIVATE if reads(caller, partner.id) else caller.level
        self._configured = configured_fields(spider.source)
        self._lists_pages = not isinstance(spider.source, JsonSource | FileSource)

    @property
    def visible(self) -> bool:
        """Whether the caller sees this spider and its records at all."""
        return self._level <= self._reach

    def listing(self, address: str | None) -> str | None:
        """The page of a listing where an item stood. Calls of an API and addresses of files may hold what is for those
        only who may read the spider."""
        return address if self._lists_pages or self._reach is AccessLevel.PRIVATE else None

    def _models_of(self, name: str) -> Iterator[OldField]:
        """The field of that name, and those that it may be the listing's half of."""
        end = len(name)
        for _ in range(_MOST_HALVES):
            if (model := self._models.get(name[:end])) is not None:
                yield model
            if not name.endswith(IN_LISTING, 0, end):
                return
            end -= len(IN_LISTING)

    def level_of(self, name: str) -> AccessLevel:
        """The strictest one of partner and data model; a field in the listing's half keeps that of its name."""
        return most_restrictive(self._level, *(model.level for model in self._models_of(name)))

    def shows(self, name: str) -> bool:
        """Whether the caller may see this field."""
        return self.level_of(name) <= self._reach

    def type_of(self, name: str, value: object) -> FieldType:
        """As the data model says, else as the spider takes it, else as the value looks."""
        model = next(self._models_of(name), None)
        if model is not None:
            return model.type
        return self._configured.get(name) or type_of(value)

    def values(self, values: Mapping[str, object]) -> Iterator[tuple[str, object]]:
        """Those fields of a record that the caller may see."""
        return ((name, value) for name, value in values.items() if value is not None and self.shows(name))

    def named_fields(self) -> Iterator[FieldView]:
        """The fields that spider and data model name, those that the caller may see."""
        for name in dict.fromkeys((*self._configured, *self._models)):
            if self.shows(name):
                yield self.told(name, "")

    def told(self, name: str, value: object) -> FieldView:
        """A field as it is told, by one of its values where nothing else says its type."""
        return FieldView(name, self.type_of(name, value), self.level_of(name))

"""The common data model of a corpus, as data. Index mappings, filters, facets and forms are generated from it."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.misplaced import Misplaced
from moisson_shared.contracts.model import Contract, FieldName, LocalizedText, Slug


class FieldType(StrEnum):
    """What a value is, and so how it is indexed and shown."""

    TEXT = "text"
    """Prose: searched by its words, never a facet."""
    KEYWORD = "keyword"
    """A short word or name taken as a whole: filter and facet, searched by its words too where it has a weight."""
    CONCEPT = "concept"
    """A code of one level of a taxonomy; searched by the labels of its concept."""
    NUMBER = "number"
    INTEGER = "integer"
    DATE = "date"
    """An ISO 8601 date as precise as it is known: `2016`, `2016-05` or `2016-05-17`."""
    BOOLEAN = "boolean"
    URL = "url"
    IMAGE = "image"
    EMAIL = "email"
    PHONE = "phone"


class Scope(StrEnum):
    """Whether a value belongs to the project or to one of its places."""

    PROJECT = "project"
    PLACE = "place"


class ConceptScheme(Contract):
    """The taxonomy and the level that a concept field draws from."""

    taxonomy: Slug
    level: Slug


class View(StrEnum):
    """Where a portal shows a field unless it says otherwise."""

    LIST = "list"
    MAP = "map"
    PAGE = "page"


class SchemaField(Contract):
    """One field. `level` is the least that a caller must reach to see, find, filter, count or sort by it."""

    name: FieldName
    type: FieldType
    labels: LocalizedText
    scope: Scope = Scope.PROJECT
    many: bool = False
    required: bool = False
    level: AccessLevel = AccessLevel.OPENDATA
    search_weight: Annotated[float, Field(ge=0, le=100)] = 0
    """How much a word found here counts; 0 is not searched."""
    facet: bool = False
    filter: bool = False
    sort: bool = False
    scheme: ConceptScheme | None = None
    shown: frozenset[View] = frozenset()

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.type is FieldType.CONCEPT) != (self.scheme is not None):
            raise ValueError("a concept field names its scheme, and no other field does")
        if self.facet and self.type in {FieldType.TEXT, FieldType.NUMBER, FieldType.URL, FieldType.IMAGE}:
            raise ValueError(f"a {self.type} field cannot be a facet")
        if self.filter and self.type is FieldType.TEXT:
            raise ValueError("a text field is searched, not filtered")
        if self.sort and (self.many or self.scope is Scope.PLACE):
            raise ValueError("a field with several values, or of a place, gives no order")
        if self.required and self.scope is Scope.PLACE:
            raise ValueError("a project may have no place, so a field of a place cannot be required")
        return self

    @property
    def filterable(self) -> bool:
        """A facet is always a filter too."""
        return self.filter or self.facet


RESERVED_NAMES = frozenset(
    {
        "id",
        "corpus",
        "partner",
        "source",
        "level",
        "places",
        "text",
        "q",
        "bbox",
        "sort",
        "cursor",
        "size",
        "facets",
        "facet_size",
        "all",
    }
    | {"highlight", "lang", "fields", "format", "version", "url", "point", "total", "page", "view"}
)
"""Names that the API or the project itself uses: no schema field may take one."""


class Schema(Contract):
    """The fields of a corpus. `title` names the field that heads a project and is required there."""

    id: Slug
    labels: LocalizedText
    fields: Annotated[tuple[SchemaField, ...], Field(min_length=1, max_length=200)]
    title: FieldName
    point_level: AccessLevel = AccessLevel.OPENDATA
    """The level of the coordinates of places."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        names = [field.name for field in self.fields]
        for place, name in enumerate(names):
            if name in RESERVED_NAMES:
                raise Misplaced(f"{name!r} is a word of the API; choose another name", "fields", place, "name")
            if name in names[:place]:
                raise Misplaced(f"{name!r} is there twice", "fields", place, "name")
        head = next((field for field in self.fields if field.name == self.title), None)
        if head is None or not head.required or head.many or head.type not in {FieldType.TEXT, FieldType.KEYWORD}:
            raise Misplaced("name a required, single text or keyword field of this schema", "title")
        if head.level is not AccessLevel.OPENDATA:
            message = "it heads every list, so it must be open; hide whole projects by their level"
            raise Misplaced(message, "title")
        return self

    def by_name(self) -> dict[str, SchemaField]:
        """The fields by their names, in the schema's order."""
        return {field.name: field for field in self.fields}

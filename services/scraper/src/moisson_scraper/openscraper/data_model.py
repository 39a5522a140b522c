"""OpenScraper's data model: what each field is called, its type, and who might see it."""

from collections.abc import Sequence
from enum import StrEnum

from moisson_scraper.openscraper.findings import Findings, Place
from moisson_scraper.openscraper.old_section import OldSection
from moisson_shared.contracts.access import AccessLevel, most_restrictive
from moisson_shared.contracts.model import Contract, Slug

LONGEST_NAME = 200
"""As of the raw fields of a spider."""


class FieldType(StrEnum):
    """OpenScraper's eleven, `adress` as it spelt it."""

    URL = "url"
    TEXT = "text"
    EMAIL = "email"
    IMAGE = "image"
    ADRESS = "adress"
    DATE = "date"
    TAGS = "tags"
    INTEGER = "integer"
    FLOAT = "float"
    PRICE = "price"
    LIST = "list"


class OldField(Contract):
    """One custom field."""

    id: str = ""
    """Its `_id`, by which spiders of a database name it; an export names it by its name."""
    name: str
    type: FieldType = FieldType.TEXT
    level: AccessLevel = AccessLevel.OPENDATA


class DataModel(Contract):
    """The custom fields. Core ones (`link_data`, `spider_id`, …) were OpenScraper's own."""

    fields: tuple[OldField, ...] = ()

    def named(self, key: str) -> OldField | None:
        """By name, else by `_id`."""
        for field in self.fields:
            if field.name == key:
                return field
        return next((field for field in self.fields if field.id and field.id == key), None)


class ImportedDataModel(DataModel):
    """As it is kept for a partner: its levels hold for the raw records that the data API shows."""

    partner: Slug


def read_data_model(given: Sequence[object], place: Place, findings: Findings) -> DataModel:
    """The custom fields of an export; faults for those that have no name, notes for what they lose."""
    fields: dict[str, OldField] = {}
    for number, one in enumerate(given):
        field = _read_field(one, (*place, number), findings)
        if field is not None and field.name in fields:
            findings.fault((*place, number, "field_name"), f"two fields are called {field.name!r}")
            first = fields[field.name]
            fields[field.name] = first.model_copy(update={"level": most_restrictive(first.level, field.level)})
        elif field is not None:
            fields[field.name] = field
    return DataModel(fields=tuple(fields.values()))


def _read_field(given: object, place: Place, findings: Findings) -> OldField | None:
    section = OldSection(given, place, findings)
    if section.text("field_class") == "core":
        return None
    name = section.text("field_name")
    if not name:
        findings.fault((*place, "field_name"), "a field must have a name")
        return None
    if len(name) > LONGEST_NAME:
        findings.fault((*place, "field_name"), f"a field has a name of at most {LONGEST_NAME} characters")
        return None
    kind = section.text("field_type") or FieldType.TEXT.value
    if kind not in {known.value for known in FieldType}:
        findings.note("field-type", (*place, "field_type"), f"there is no type {kind!r}: {name!r} is taken as text")
        kind = FieldType.TEXT.value
    stated = section.text("field_open")
    level = next((level for level in AccessLevel if level.value == stated), AccessLevel.PRIVATE)
    if level is not AccessLevel.OPENDATA:
        findings.note("field-level", (*place, "field_open"), _level_note(name, stated, level))
    return OldField(id=_id_of(given), name=name, type=FieldType(kind), level=level)


def _level_note(name: str, stated: str, level: AccessLevel) -> str:
    known = (
        f"was {level.value}" if stated == level.value else f"had no level that is known ({stated!r}), so it is private"
    )
    return (
        f"The field {name!r} {known}. Raw records have no levels by field, only the data API kept from OpenScraper "
        f"minds them: give {level.value} to the field of the schema that the recipe puts it into."
    )


def _id_of(given: object) -> str:
    """`_id` as text, or as MongoDB's tools write it."""
    found = given.get("_id") if isinstance(given, dict) else None
    if isinstance(found, dict):
        found = found.get("$oid")
    return found if isinstance(found, str) and len(found) <= LONGEST_NAME else ""

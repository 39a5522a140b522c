"""Values of a project as a reader sees them: labels for codes, dates in words, links only where they are safe.

Pure. Markup is the templates' business; here every text is text.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

from moisson_shared.contracts.model import localized
from moisson_shared.contracts.partner import PartnerCard
from moisson_shared.contracts.project import FieldValue, Scalar
from moisson_shared.contracts.schema import FieldType, SchemaField
from moisson_viz_gateway.neighbours.api_client import CorpusAnswer
from moisson_viz_gateway.wording.catalogue import Wording

_EMAIL = re.compile(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")
"""What an `input type=email` accepts (HTML standard, 4.10.5.1.5), with a dot in the host."""
_PHONE = re.compile(r"^\+?[0-9 ().\u00a0\u202f-]{4,30}$")
LONG_LINK = 60


@dataclass(frozen=True, slots=True)
class ShownValue:
    """One value: its text, and where it leads. `search` is a filter value of this portal, `href` an address."""

    text: str
    href: str | None = None
    search: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field with its label and its values, at least one."""

    name: str
    label: str
    form: Literal["prose", "words", "line"]
    values: tuple[ShownValue, ...]


def safe_link(address: str | None) -> str | None:
    """The address if a browser may follow it: absolute http or https with a host, no blanks or control characters."""
    if not address or len(address) > 2048 or any(ord(character) < 0x21 for character in address):
        return None
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return None
    return address if parts.scheme in {"http", "https"} and host else None


def short_address(address: str) -> str:
    """An address for reading: without scheme, `www.` and a slash at the end, cut when long."""
    plain = re.sub(r"^https?://(www\.)?", "", address).rstrip("/")
    return plain if len(plain) <= LONG_LINK else plain[: LONG_LINK - 1] + "…"


class FieldDisplay:
    """Shows fields of one corpus in one language."""

    def __init__(self, corpus: CorpusAnswer, wording: Wording) -> None:
        self._fields = corpus.data_schema.by_name()
        self._partners = {partner.id: partner for partner in corpus.partners}
        self._words = wording
        self._labels: dict[tuple[str, str], dict[str, str]] = {}
        for taxonomy in corpus.taxonomies:
            for concept in taxonomy.concepts:
                label = localized(concept.labels, wording.language)
                self._labels.setdefault((taxonomy.id, concept.level), {})[concept.code] = label

    def label(self, name: str) -> str:
        """What a field is called; `partner` and `source` are fields too."""
        if name in self._fields:
            return localized(self._fields[name].labels, self._words.language)
        return self._words(f"field.{name}") if self._words.has(f"field.{name}") else name

    def partner(self, partner_id: str) -> PartnerCard:
        """A partner's card; one that the corpus does not carry is called by its id."""
        return self._partners.get(partner_id) or PartnerCard(id=partner_id, name=partner_id)

    def value_label(self, name: str, value: str) -> str:
        """The words for one filter value, as an address holds it."""
        if name == "partner":
            return self.partner(value).name
        field = self._fields.get(name)
        return value if field is None else self._text(field, value)

    def facet_label(self, name: str, value: str, label: str) -> str:
        """The label that came with a facet value; yes and no, dates and what has no label in our own words."""
        field = self._fields.get(name)
        worded = field is not None and field.type in {FieldType.BOOLEAN, FieldType.DATE}
        return self.value_label(name, value) if worded or not label else label

    def shown(self, names: Iterable[str], values: Mapping[str, FieldValue]) -> list[ShownField]:
        """Those of the fields that have something to show, in the order of `names`."""
        fields = (
            self._shown(self._fields[name], values[name]) for name in names if name in self._fields and name in values
        )
        return [field for field in fields if field is not None]

    def _shown(self, field: SchemaField, value: FieldValue) -> ShownField | None:
        several = value if isinstance(value, tuple) else (value,)
        values = tuple(self._value(field, one) for one in several if str(one).strip())
        if not values:
            return None
        form: Literal["prose", "words", "line"] = "line"
        if field.type is FieldType.TEXT:
            form = "prose"
        elif field.type in {FieldType.CONCEPT, FieldType.KEYWORD} and (field.many or field.type is FieldType.CONCEPT):
            form = "words"
        return ShownField(field.name, localized(field.labels, self._words.language), form, values)

    def _value(self, field: SchemaField, value: Scalar) -> ShownValue:
        text = self._text(field, value)
        raw = str(value).strip()
        match field.type:
            case FieldType.URL:
                link = safe_link(raw)
                return ShownValue(short_address(raw) if link else raw, href=link)
            case FieldType.IMAGE:
                link = safe_link(raw)
                return ShownValue(short_address(raw) if link else raw, href=link, image=link)
            case FieldType.EMAIL if _EMAIL.match(raw):
                return ShownValue(raw, href=f"mailto:{quote(raw, safe='@.+-_')}")
            case FieldType.PHONE if _PHONE.match(raw):
                return ShownValue(raw, href="tel:" + re.sub(r"[^0-9+]", "", raw))
            case FieldType.CONCEPT | FieldType.KEYWORD if field.filterable:
                return ShownValue(text, search=raw)
            case _:
                return ShownValue(text)

    def _text(self, field: SchemaField, value: Scalar) -> str:
        if field.scheme is not None:
            return self._labels.get((field.scheme.taxonomy, field.scheme.level), {}).get(str(value), str(value))
        match field.type:
            case FieldType.BOOLEAN:
                return self._words("value.yes" if str(value).lower() == "true" else "value.no")
            case FieldType.DATE:
                return self._words.date(str(value))
            case FieldType.NUMBER | FieldType.INTEGER if isinstance(value, int | float):
                return self._words.number(value)
            case _:
                return str(value)

"""The last stage of a recipe: what stands under a schema field becomes a value of the field's type, or a reject."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NamedTuple

from moisson_normalizer.contact_details import is_email, one_phone
from moisson_normalizer.raw_values import as_text, collapsed, flattened, is_empty, remembered
from moisson_normalizer.rows import NOT_A_TEXT, Refusal, RowReject, without_repetitions
from moisson_normalizer.steps.numbers import checked_number, number_parser
from moisson_normalizer.web_addresses import is_address
from moisson_shared.contracts.project import FieldValue, Scalar
from moisson_shared.contracts.schema import FieldType, SchemaField
from moisson_shared.contracts.taxonomy import Taxonomy

LONGEST_TEXT = 200_000
LONGEST_KEYWORD = 1_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_TRUE = frozenset({"true", "vrai", "oui", "yes", "1", "x", "o", "y"})
_NO_DATE = Refusal("not-a-date", "not a date as ISO 8601 has it; a date step reads other forms")
_FALSE = frozenset({"false", "faux", "non", "no", "0", "n"})

MORE_THAN_ONE = Refusal("more-than-one", "the field takes one value; the first was kept")
REQUIRED_MISSING = Refusal("required-missing", "a project cannot be without this field")
OTHER_IN_GROUP = Refusal("differs-in-group", "another row of the same project says something else; the first was kept")

Typed = Callable[[Any], Scalar | Refusal | None]


class TypedField(NamedTuple):
    """A schema field ready to take values."""

    name: str
    convert: Typed
    many: bool


def typed_field(field: SchemaField, taxonomies: dict[str, Taxonomy]) -> TypedField:
    """The field's conversion; a concept field needs its taxonomy."""
    if field.scheme is not None:
        return TypedField(field.name, _concept(taxonomies[field.scheme.taxonomy], field.scheme.level), field.many)
    return TypedField(field.name, _CONVERSIONS[field.type], field.many)


def take_values(
    wanted: Iterable[TypedField], values: dict[str, Any], rejects: list[RowReject]
) -> dict[str, FieldValue]:
    """What the fields get from what stands in the row under their names; what they cannot take is noted."""
    fields: dict[str, FieldValue] = {}
    for name, convert, many in wanted:
        raw = values[name]
        if type(raw) is str:
            result = convert(raw)
            if isinstance(result, Refusal):
                rejects.append(RowReject(None, name, raw, result))
            elif result is not None:
                fields[name] = (result,) if many else result
        elif raw is not None:
            kept = _kept(name, convert, raw, rejects)
            if kept:
                fields[name] = tuple(kept) if many else kept[0]
                if not many:
                    rejects.extend(RowReject(None, name, value, MORE_THAN_ONE) for value in kept[1:])
    return fields


def _kept(name: str, convert: Typed, raw: Any, rejects: list[RowReject]) -> list[Any]:
    """What comes of a value that is no text: of each of its elements, without repetitions."""
    kept: list[Any] = []
    for value in flattened(raw):
        result = convert(value)
        if isinstance(result, Refusal):
            rejects.append(RowReject(None, name, value, result))
        elif result is not None:
            kept.append(result)
    return without_repetitions(kept)


def _text(value: Any) -> str | Refusal | None:
    text = value if type(value) is str else as_text(value)
    if text is None:
        return NOT_A_TEXT
    text = (text if text.isprintable() else _CONTROL.sub("", text)).strip()
    if len(text) > LONGEST_TEXT:
        return Refusal("too-long", f"a text of more than {LONGEST_TEXT} characters")
    return text or None


def _keyword(value: Any) -> str | Refusal | None:
    text = value if type(value) is str else as_text(value)
    if text is None:
        return NOT_A_TEXT
    text = collapsed(text if text.isprintable() else _CONTROL.sub(" ", text))
    if len(text) > LONGEST_KEYWORD:
        return Refusal("too-long", f"more than {LONGEST_KEYWORD} characters are not a keyword")
    return text or None


def _concept(taxonomy: Taxonomy, level: str) -> Typed:
    codes = frozenset(code for code in taxonomy.of_level(level) if code == code.strip())
    unknown = Refusal("unknown-concept", f"{taxonomy.id}/{level} has no such code; a lookup step finds codes by labels")

    def convert(value: Any) -> str | Refusal | None:
        text = value if type(value) is str else as_text(value)
        if text in codes:
            return text
        if text is None or text.strip() not in codes:
            return None if is_empty(value) else unknown
        return text.strip()

    return convert


def _number(*, integer: bool) -> Typed:
    parse = number_parser(".", integer=integer)

    def convert(value: Any) -> int | float | Refusal | None:
        if isinstance(value, str):
            return None if is_empty(value) else parse(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return Refusal("not-a-number", "not a number")
        return checked_number(value, integer=integer)

    return convert


def _date(value: Any) -> str | Refusal | None:
    """As precise as it is: `2016`, `2016-05`, `2016-05-17`."""
    text = (as_text(value) or "").strip()
    return _checked_date(text) if text else None


@remembered
def _checked_date(text: str) -> str | Refusal:
    found = _DATE.fullmatch(text)
    if found is None:
        return _NO_DATE
    try:
        date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return _NO_DATE
    return text


def _boolean(value: Any) -> bool | Refusal | None:
    if isinstance(value, bool):
        return value
    word = (as_text(value) or "").strip().casefold()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    return Refusal("not-a-boolean", "neither yes nor no") if word else None


def _url(value: Any) -> str | Refusal | None:
    text = (as_text(value) or "").strip()
    if not text or is_address(text):
        return text or None
    return Refusal("not-a-web-address", "not a web address (http or https)")


def _email(value: Any) -> str | Refusal | None:
    text = (as_text(value) or "").strip()
    if not text or is_email(text):
        return text or None
    return Refusal("not-an-email", "not an e-mail address")


def _phone(value: Any) -> str | Refusal | None:
    text = (as_text(value) or "").strip()
    if not text:
        return None
    return one_phone(text) or Refusal("not-a-phone", "not a telephone number")


_CONVERSIONS: dict[FieldType, Typed] = {
    FieldType.TEXT: _text,
    FieldType.KEYWORD: _keyword,
    FieldType.NUMBER: _number(integer=False),
    FieldType.INTEGER: _number(integer=True),
    FieldType.DATE: _date,
    FieldType.BOOLEAN: _boolean,
    FieldType.URL: _url,
    FieldType.IMAGE: _url,
    FieldType.EMAIL: _email,
    FieldType.PHONE: _phone,
}

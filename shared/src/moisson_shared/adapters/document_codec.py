"""Documents to rows and back: key, plain attributes, and the body as JSON text that pydantic reads again.

Knows models and limits, no engine. An engine adds the version.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from moisson_shared.adapters.document_attributes import Kind, Layout, Plain, plain_value, storable_text
from moisson_shared.adapters.json_fidelity import require_faithful, unwritable
from moisson_shared.adapters.plain_json import plain_json
from moisson_shared.contracts.errors import Invalid, TooLarge
from moisson_shared.contracts.model import Contract
from moisson_shared.ports.documents import MOST_BYTES, MOST_INDEXED_BYTES, Collection, Stored

D = TypeVar("D", bound=Contract)


class UnreadableDocumentError(RuntimeError):
    """A stored document does not fit its model: another version of the software wrote it. Nobody's input is wrong."""


@dataclass(slots=True)  # not frozen: that doubles the time it takes to make one, and a batch makes thousands
class Row:
    """A document on its way into an engine; `attributes` in the order of the layout.

    Its body is written when it is asked for: an engine that takes one row after the other has one in memory at a time.
    """

    layout: Layout
    value: Contract
    key: str
    attributes: tuple[Plain, ...]
    written: bytes | None = None

    def body(self) -> bytes:
        """The document as JSON. `TooLarge` beyond MOST_BYTES, `Invalid` for what no engine can keep."""
        return self.written if self.written is not None else write_body(self.layout, self.key, self.value)


def encode(layout: Layout, value: Contract, given: str | None = None) -> Row:
    """The row of a document, whose key may be given. `TooLarge` and `Invalid` for a key or indexed texts that no engine
    can keep."""
    key = storable_text(layout.collection.key(value) if given is None else given, "/key")
    if not isinstance(value, layout.collection.model):
        raise TypeError(f"{layout.name} holds {layout.collection.model.__name__}, not {type(value).__name__}")
    if layout.key_attribute is not None and getattr(value, layout.key_attribute.name) != key:
        raise ValueError(f"{layout.name} {key!r} is keyed by {layout.key_attribute.name}, which says otherwise")
    fields = value.__dict__
    attributes: list[Plain] = []
    length = len(key)
    for attribute in layout.attributes:
        field = fields[attribute.name]
        # Most are short texts: looked at here, because a call for each would cost as much again.
        if type(field) is str and attribute.kind is Kind.TEXT and field.isascii():
            length += len(field)
            attributes.append(field)
        elif field is None:
            attributes.append(None)
        else:
            attributes.append(plain := plain_value(attribute, field))
            length += len(plain) if isinstance(plain, str) else 0
    if 4 * length > MOST_INDEXED_BYTES:  # a character has at most four bytes
        _require_small(layout, key, attributes)
    return Row(layout, value, key, tuple(attributes))


def write_body(layout: Layout, key: str, value: Contract) -> bytes:
    """A document as JSON; see `Row.body`."""
    body = plain_json(value.__dict__) if layout.plain else None
    checked = body is not None
    if body is None:
        body = _written(layout, key, value)
    if len(body) > MOST_BYTES:
        raise TooLarge(f"{layout.name} {key!r} is {len(body):,} bytes of JSON; at most {MOST_BYTES:,} can be kept")
    if not checked:
        require_faithful(value, body, layout.name, key)
    return body


def _written(layout: Layout, key: str, value: Contract) -> bytes:
    try:
        body: bytes = layout.adapter.serializer.to_json(value)
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise Invalid(
            f"{layout.name} {key!r} cannot be written as JSON in UTF-8: {error}", unwritable(value)
        ) from error
    return body


def _require_small(layout: Layout, key: str, attributes: Sequence[Plain]) -> None:
    size = sum(len(text.encode()) for text in (key, *attributes) if isinstance(text, str))
    if size > MOST_INDEXED_BYTES:
        raise TooLarge(
            f"{layout.name} {key[:100]!r}: its key and indexed texts are {size:,} bytes; "
            f"at most {MOST_INDEXED_BYTES:,} can be kept"
        )


def decode(collection: Collection[D], key: str, version: int, body: str | bytes) -> Stored[D]:
    """The document of a row; a body in bytes is read faster than a text."""
    try:
        return Stored(key, version, collection.model.model_validate_json(body))
    except ValidationError as error:
        raise UnreadableDocumentError(
            f"{collection.name} {key!r} does not fit {collection.model.__name__}; did another version write it? {error}"
        ) from error


def attributes_of(layout: Layout, key: str, body: str | bytes, names: Sequence[str]) -> tuple[Plain, ...]:
    """The plain values of some attributes of a stored document, in the order of the layout: for attributes that are
    declared later."""
    value: Any = decode(layout.collection, key, 0, body).value
    return tuple(
        plain_value(attribute, getattr(value, attribute.name))
        for attribute in layout.attributes
        if attribute.name in names
    )

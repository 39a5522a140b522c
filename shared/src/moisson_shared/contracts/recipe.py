"""Ordered, named steps from one source's raw fields to the fields of a schema.

A step reads fields of a row and writes fields of the same row. A row starts as the values of one raw record; what
stands at the end under names of the schema becomes the project, the rest is working material. Raw names that a step
has not read and that `ignore` does not list are reported as unused.

Every step reads verbatim values: where it meets a list it works on each element. An absent field, null and blank are
the same: nothing, and a step that gives nothing leaves its target as it was. A step that cannot turn a value into what
it should gives a reject (step, field, value, reason), and the value is left out; `moisson_normalizer.steps` says for
each step what it accepts.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.model import Contract, FieldName, Slug

Column = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A field of the row: a raw name as the partner writes it, or a name that an earlier step wrote."""
Columns = Annotated[tuple[Column, ...], Field(min_length=1, max_length=100)]


class Rename(Contract):
    """Copies each field to its new name; the old name counts as read."""

    step: Literal["rename"] = "rename"
    columns: Annotated[dict[Column, Column], Field(min_length=1)]


class Constant(Contract):
    """The same value in every row."""

    step: Literal["constant"] = "constant"
    to: Column
    value: str | int | float | bool | tuple[str, ...]


class Split(Contract):
    """A text to a list, cut at a separator or, with `characters`, at any of its characters."""

    step: Literal["split"] = "split"
    column: Column
    to: Column | None = None
    separator: Annotated[str, Field(min_length=1)]
    any_character: bool = False


class Join(Contract):
    """Several fields to one text, in the order named; empty ones are left out."""

    step: Literal["join"] = "join"
    columns: Columns
    to: Column
    separator: str = " "


class Coalesce(Contract):
    """The first field that has a value."""

    step: Literal["coalesce"] = "coalesce"
    columns: Columns
    to: Column


class Collect(Contract):
    """Several fields to one list, in the order named, without empty values and repetitions."""

    step: Literal["collect"] = "collect"
    columns: Columns
    to: Column


class NullTokens(Contract):
    """Words that mean nothing: `NR`, `null`. Compared after trimming, without regard to case. All fields by default."""

    step: Literal["null_tokens"] = "null_tokens"
    tokens: Annotated[tuple[str, ...], Field(min_length=1)]
    columns: tuple[Column, ...] = ()


class Trim(Contract):
    """Removes white space around, and collapses it inside to one blank (line breaks too). All fields by default."""

    step: Literal["trim"] = "trim"
    columns: tuple[Column, ...] = ()


class HtmlToText(Contract):
    """Markup to readable text: blocks become lines, scripts and styles go, entities are resolved."""

    step: Literal["html_to_text"] = "html_to_text"
    columns: Columns


class ParseDate(Contract):
    """A date in one of the given formats (strptime), French month names allowed, to ISO 8601 as precise as it is.

    `%Y` alone gives a year, `%m/%Y` a month. The special format `iso` takes any ISO 8601 date or date and time.
    """

    step: Literal["date"] = "date"
    column: Column
    to: Column | None = None
    formats: Annotated[tuple[str, ...], Field(min_length=1)] = ("iso", "%d/%m/%Y")


class ParseNumber(Contract):
    """A number: blanks (narrow and no-break too) between thousands, one decimal sign as stated."""

    step: Literal["number"] = "number"
    column: Column
    to: Column | None = None
    decimal: Literal[".", ","] = ","
    integer: bool = False


class Pad(Contract):
    """Digits lost at the left: `1000` is `01000`. A value with more than digits, or too long, is left as it is."""

    step: Literal["pad"] = "pad"
    column: Column
    to: Column | None = None
    width: Annotated[int, Field(ge=2, le=20)]
    fill: Annotated[str, Field(min_length=1, max_length=1)] = "0"


class ParseUrl(Contract):
    """An http(s) address; `www.example.org` gets its scheme, anything else is a reject."""

    step: Literal["url"] = "url"
    column: Column
    to: Column | None = None
    many: bool = False
    """Whether a text may hold several addresses."""
    remainder: Column | None = None
    """Where words that are no address go (the name of a page on a network); then they are no reject."""


class ParseEmail(Contract):
    """E-mail addresses: `mailto:` is removed; with `many` a text may hold several, whatever stands between."""

    step: Literal["email"] = "email"
    column: Column
    to: Column | None = None
    many: bool = False
    remainder: Column | None = None
    """Where words that are no address go; then they are no reject."""


class ParsePhone(Contract):
    """Telephone numbers, kept as written but for blanks; with `many` a text may hold several: `… ou …`, `… / …`."""

    step: Literal["phone"] = "phone"
    column: Column
    to: Column | None = None
    many: bool = False


class Coordinates(Contract):
    """Two fields to the point of the row's place, from the CRS that is stated to WGS 84.

    `x` is the easting or longitude, `y` the northing or latitude; a decimal comma is understood. A point outside
    the CRS's own area of use, or 0, 0, is a reject. `swapped` is for sources that mixed the two up.
    """

    step: Literal["coordinates"] = "coordinates"
    x: Column
    y: Column
    crs: Annotated[str, StringConstraints(pattern=r"^EPSG:\d{4,6}$")] = "EPSG:4326"
    swapped: bool = False


class Lookup(Contract):
    """Words to the codes of a concept field, by code, then by label and other spellings.

    Compared without regard to case, accents, punctuation and spacing. What is not found is a reject.
    """

    step: Literal["lookup"] = "lookup"
    columns: Columns
    to: FieldName
    """A concept field of the schema; its scheme is looked up."""
    by: Annotated[tuple[Literal["code", "label"], ...], Field(min_length=1)] = ("code", "label")
    fallback: tuple[Column, ...] = ()
    """Fields read in place of the one at the same position in `columns` when that one is empty."""

    @model_validator(mode="after")
    def _fallbacks_match(self) -> Self:
        if self.fallback and len(self.fallback) != len(self.columns):
            raise ValueError("fallback: name as many fields as in `columns`, position by position")
        return self


class TermTarget(Contract):
    """If one of the terms stands in one of the fields, the target applies. Without terms it always does."""

    columns: tuple[Column, ...] = ()
    terms: tuple[str, ...] = ()
    target: Annotated[str, Field(min_length=1)]


class Terms(Contract):
    """Targets chosen by the terms that a text contains (case and accents do not matter); all that apply are kept."""

    step: Literal["terms"] = "terms"
    to: Column
    rules: Annotated[tuple[TermTarget, ...], Field(min_length=1)]


Step = Annotated[
    Rename
    | Constant
    | Split
    | Join
    | Coalesce
    | Collect
    | NullTokens
    | Trim
    | HtmlToText
    | ParseDate
    | ParseNumber
    | Pad
    | ParseUrl
    | ParseEmail
    | ParsePhone
    | Coordinates
    | Lookup
    | Terms,
    Field(discriminator="step"),
]


class RecipeDraft(Contract):
    """A recipe as a steward writes it.

    Rows whose `group_by` fields (read from the raw record) are equal make one project: a field of the project takes
    the first value in row order (with `many`: all of them, without repetitions), and each row's place is one place.
    A row that has neither a point nor a place field gives no place; places equal in point and fields are one. A row
    whose `group_by` fields are all empty is a project of its own. Without `group_by` every raw record is a project.
    """

    id: Slug
    corpus: Slug
    source: Slug
    """The spider whose feed is read."""
    partner: Slug
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=300)]
    group_by: tuple[Column, ...] = ()
    ignore: tuple[Column, ...] = ()
    """Raw fields that are left aside on purpose."""
    level: AccessLevel = AccessLevel.OPENDATA
    """The level of every project of this source, if more restrictive than the partner's."""
    field_levels: dict[FieldName, AccessLevel] = {}
    """Fields that this source shares less openly than the schema does; it never loosens."""
    url: Column | None = None
    """The field that holds the address of the project's own page; else the raw record's."""


class Recipe(RecipeDraft):
    """A recipe as the normalizer keeps it: each replacement is a new version."""

    version: Annotated[int, Field(ge=1)]

"""Where something is in a page, and what is taken of it: selectors, paths, patterns, and the fields made of them.

The models check shape only; `moisson_scraper.check_configuration` compiles each expression and says where one is wrong.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from moisson_shared.contracts.model import Contract

RawFieldName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""The partner's own word for a field, blanks and accents included: `N° de téléphone`."""

JsonPath = Annotated[str, Field(min_length=1, max_length=2000)]
"""An RFC 9535 query, from `$`."""

Pattern = Annotated[str, Field(min_length=1, max_length=1000)]
"""A regular expression in RE2's syntax, which takes time linear in the text whatever the expression is."""


class Syntax(StrEnum):
    """The language of a selector. The last three look into the structured data that a page carries, by JSON path."""

    CSS = "css"
    XPATH = "xpath"
    JSON_LD = "json-ld"
    """All `application/ld+json` objects of the page, `@graph` members among them, as one list."""
    MICRODATA = "microdata"
    """All top-level items (HTML standard, 5) as one list of `{"type": [...], "id": ..., "properties": {...}}`."""
    OPENGRAPH = "opengraph"
    """One object of the page's `<meta property>`: `{"og:title": [...]}`."""

    @property
    def structured(self) -> bool:
        return self in {Syntax.JSON_LD, Syntax.MICRODATA, Syntax.OPENGRAPH}


class Take(StrEnum):
    """What is taken of a selected element. XPath that ends in text or an attribute gives that itself."""

    TEXT = "text"
    HTML = "html"
    ATTRIBUTE = "attribute"
    LINK = "link"
    """The `href` or `src`, made absolute against the page's base URL (HTML standard, 2.4.3). Of an image that is loaded
    late (no `src`, or a placeholder, `data:` or `about:`): its `data-src`, or the first candidate of its `srcset`."""


class Selector(Contract):
    """Where something is in a page."""

    syntax: Syntax = Syntax.CSS
    expression: Annotated[str, Field(min_length=1, max_length=2000)]


class HtmlField(Selector):
    """One field of an HTML page. A field with `many` keeps every value in document order, else the first."""

    take: Take = Take.TEXT
    attribute: Annotated[str, Field(max_length=100)] | None = None
    many: bool = False
    pattern: Pattern | None = None
    """Applied to each value: what its first group matches, or the whole match; a value without a match is left out."""

    @model_validator(mode="after")
    def _attribute_is_named(self) -> Self:
        if (self.take is Take.ATTRIBUTE) != (self.attribute is not None):
            raise ValueError("name the attribute exactly when `take` is `attribute`")
        if self.syntax.structured and self.take not in {Take.TEXT, Take.LINK}:
            raise ValueError("structured data has values, not elements: `take` is `text` or `link` there")
        return self


HtmlFields = dict[RawFieldName, HtmlField]
JsonFields = dict[RawFieldName, JsonPath]

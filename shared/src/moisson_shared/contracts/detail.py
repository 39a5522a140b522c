"""A page per item, and pages behind that one: where they are, and what is taken there. They never see the listing."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from moisson_shared.contracts.model import Contract, HttpAddress
from moisson_shared.contracts.selecting import HtmlField, HtmlFields, JsonFields, JsonPath

DEEPEST_DETAIL = 3
"""Pages behind one another, from an item on."""


class DetailPlace(Contract):
    """Where the page of an item is: found by `link` in HTML, or by `value` in JSON.

    What is found is the address itself, or fills `{value}` (percent-encoded) in `address`.
    """

    link: HtmlField | None = None
    value: JsonPath | None = None
    address: HttpAddress | None = None

    @model_validator(mode="after")
    def _is_found_one_way(self) -> Self:
        if (self.link is None) == (self.value is None):
            raise ValueError("say how the page is found: by `link` in HTML, or by `value` in JSON")
        if self.address is not None and "{value}" not in self.address:
            raise ValueError("the address must contain {value}, or every item would have the same detail")
        return self


class HtmlDetail(DetailPlace):
    """The page is HTML."""

    kind: Literal["html"] = "html"
    fields: HtmlFields = {}
    detail: "Detail | None" = None
    """A page behind this one: its `link` is looked for here."""
    encoding: str | None = None

    @model_validator(mode="after")
    def _takes_something(self) -> Self:
        if not self.fields and self.detail is None:
            raise ValueError("give at least one field, or a page behind this one")
        if self.detail is not None and self.detail.link is None:
            raise ValueError("a page behind HTML is found by `link`")
        return self


class JsonDetail(DetailPlace):
    """The page is JSON. Without `fields` its object's own keys are the fields."""

    kind: Literal["json"] = "json"
    fields: JsonFields = {}
    detail: "Detail | None" = None

    @model_validator(mode="after")
    def _leads_on_by_value(self) -> Self:
        if self.detail is not None and self.detail.value is None:
            raise ValueError("a page behind JSON is found by `value`")
        return self


def _kind_of(given: Any) -> str:
    """The stated kind; where none is, a page found by a link is HTML, and one found by a value is JSON."""
    if isinstance(given, dict):
        return str(given.get("kind") or ("html" if "link" in given else "json"))
    return str(getattr(given, "kind", "html"))


Detail = Annotated[
    Annotated[HtmlDetail, Tag("html")] | Annotated[JsonDetail, Tag("json")],
    Field(discriminator=Discriminator(_kind_of)),
]

HtmlDetail.model_rebuild()
JsonDetail.model_rebuild()


def levels_of(detail: HtmlDetail | JsonDetail | None) -> tuple[HtmlDetail | JsonDetail, ...]:
    """The pages from an item on, the nearest first."""
    found: list[HtmlDetail | JsonDetail] = []
    while detail is not None:
        found.append(detail)
        detail = detail.detail
    return tuple(found)

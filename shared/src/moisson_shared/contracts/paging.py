"""How a listing goes on from one page to the next."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from moisson_shared.contracts.model import Contract, HttpAddress
from moisson_shared.contracts.selecting import JsonPath, Selector

_NUMBER = re.compile(r"\{page(?::([1-9]))?\}")

# Of HTML listings.


class NextLink(Contract):
    """The listing names its next page by a link."""

    kind: Literal["next_link"] = "next_link"
    selector: Selector


class PageNumber(Contract):
    """The listing is numbered: `{page}` in the address is replaced by first, first + step, and so on, behind the start
    pages, or the `url` of an API. `{page:3}` is the number with zeros before it, three digits at least: `001`.

    It ends at `last`, or at the first page without items. An offset is a number with a step: first 20, step 20."""

    kind: Literal["page_number"] = "page_number"
    address: HttpAddress
    first: Annotated[int, Field(ge=0)] = 2
    step: Annotated[int, Field(ge=1)] = 1
    last: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _has_a_place_for_the_number(self) -> Self:
        if not _NUMBER.search(self.address):
            raise ValueError("the address must contain {page}, or every page would be the same one")
        return self

    def at(self, number: int) -> str:
        """The address of the page with this number."""
        return _NUMBER.sub(lambda place: str(number).zfill(int(place[1] or 1)), self.address)


class PageList(Contract):
    """The listing names many or all of its pages; each is read once, in the order in which they were found."""

    kind: Literal["page_list"] = "page_list"
    selector: Selector


class LoadMore(Contract):
    """A button that loads more: an element of the page carries the address of the next part.

    The part is a piece of HTML, or JSON with the HTML under `html`. Its own button (same selector, in its HTML), or the
    address under `next` in its JSON, leads on.
    """

    kind: Literal["load_more"] = "load_more"
    selector: Selector
    attribute: Annotated[str, Field(min_length=1, max_length=100)] = "href"
    """The attribute with the address: `data-url`, `hx-get`."""
    html: JsonPath | None = None
    next: JsonPath | None = None

    @model_validator(mode="after")
    def _next_is_in_json(self) -> Self:
        if self.next is not None and self.html is None:
            raise ValueError("`next` looks into JSON: say under `html` where its HTML is")
        return self


HtmlPaging = Annotated[NextLink | PageNumber | PageList | LoadMore, Field(discriminator="kind")]

# Of JSON APIs.

ParameterPlace = Literal["query", "body"]
"""Where a paging parameter goes: into the address, or into the JSON body of a POST. There a name that begins with a
slash is a JSON Pointer (RFC 6901): `/variables/after`."""


class PageParameter(Contract):
    """`?page=1`, `?page=2`, … until an empty page (or a short one, where the size is stated). A first page
    that is short by a round number may be all that the API gives at once: the listing goes on by that number."""

    kind: Literal["page"] = "page"
    parameter: Annotated[str, Field(min_length=1)] = "page"
    first: Annotated[int, Field(ge=0)] = 1
    size_parameter: str | None = None
    size: Annotated[int, Field(ge=1)] | None = None
    place: ParameterPlace = "query"


class OffsetParameter(Contract):
    """`?offset=0`, `?offset=20`, … until an empty or a short page. A first page that is short by a round number may be
    all that the API gives at once: the listing goes on by that number."""

    kind: Literal["offset"] = "offset"
    parameter: Annotated[str, Field(min_length=1)] = "offset"
    size_parameter: str | None = "limit"
    size: Annotated[int, Field(ge=1)] = 100
    place: ParameterPlace = "query"


class CursorParameter(Contract):
    """The answer carries a cursor for the next call; it ends where the path gives nothing, null or an empty text."""

    kind: Literal["cursor"] = "cursor"
    parameter: Annotated[str, Field(min_length=1)] = "cursor"
    path: JsonPath
    place: ParameterPlace = "query"


class LinkHeader(Contract):
    """The answer's Link header names the next page, `rel="next"` (RFC 8288)."""

    kind: Literal["link_header"] = "link_header"


class NextAddress(Contract):
    """The answer carries the address of the next page; it ends where the path gives nothing, null or an empty text."""

    kind: Literal["next_address"] = "next_address"
    path: JsonPath


JsonPaging = Annotated[
    PageParameter | PageNumber | OffsetParameter | CursorParameter | LinkHeader | NextAddress,
    Field(discriminator="kind"),
]

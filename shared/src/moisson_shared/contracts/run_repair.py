"""What a run lost that earlier runs found: the elements as they were, and what finds them again in today's pages."""

from typing import Annotated, Literal

from pydantic import Field

from moisson_shared.contracts.model import Contract, Count, Slug
from moisson_shared.contracts.page_fixture import SpiderCheck
from moisson_shared.contracts.run import Reason, RunState
from moisson_shared.contracts.selecting import HtmlField, JsonPath
from moisson_shared.contracts.spider import SpiderDraft
from moisson_shared.contracts.spider_preview import ElementPlace

Confidence = Annotated[float, Field(ge=0, le=1)]


class ComparedPages(Contract):
    """The last good page of a kind and today's; `GET /v1/spiders/{spider}/pages/{id}` has their bytes."""

    kind: Literal["listing", "detail"]
    level: Count = 0
    """Of a detail: how many pages lie between it and its item."""
    good: str | None = None
    good_address: str | None = None
    today: str | None = None
    today_address: str | None = None


class LostElement(Contract):
    """An element of the last good page."""

    place: ElementPlace
    value: str
    """What was taken of it; cut after 300 characters."""
    label: str = ""
    """The words beside it that say what it is, if there are any."""
    attributes: dict[str, str] = {}


class Proposal(Contract):
    """A selector or path in place of the one that finds nothing any more, tried on today's page and on the fixtures."""

    selector: HtmlField | None = None
    path: JsonPath | None = None
    confidence: Confidence
    filled: Count
    """In how many of today's items it finds something; of an item, how many there are."""
    of: Count
    samples: tuple[str, ...] = ()
    fixtures_held: Count = 0
    """How many fixtures are read as expected in this field, of `fixtures` that have it. Older pages may well not be."""
    fixtures: Count = 0


class LostField(Contract):
    """Something that was found in the good page and is not in today's: a field, the item, or a link."""

    name: str
    """Of the field; else `(item)`, `(link)` for what names the page behind, `(address)` for a JSON item's own page,
    or `(next)` for the link to the next page of a listing."""
    kind: Literal["listing", "detail"]
    pointer: str
    """What of the spider finds it (JSON pointer)."""
    was: LostElement
    proposals: tuple[Proposal, ...] = ()
    """The best first; none where nothing like it is in today's page."""


class RunRepair(Contract):
    """What may be done about a run that lost something. Nothing is changed until a person saves the draft."""

    run_id: str
    spider_id: Slug
    spider_version: Count
    state: RunState
    error: str | None
    pages: tuple[ComparedPages, ...]
    lost: tuple[LostField, ...] = ()
    draft: SpiderDraft | None = None
    """The spider as it is now with the best proposal of each lost field, to be saved as it is; None without any."""
    check: SpiderCheck | None = None
    """What the fixtures give with that draft."""
    remarks: tuple[str, ...] = ()
    """Why there is no more to tell."""
    reasons: tuple[Reason, ...] = ()
    """The remarks again, each by its stable code."""

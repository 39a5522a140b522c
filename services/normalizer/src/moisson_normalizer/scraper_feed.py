"""Reading the scraper: feeds of raw records as NDJSON, and the partners. HTTP and its formats stay in here."""

from dataclasses import dataclass
from typing import Protocol

import httpx
import orjson
from pydantic import ValidationError

from moisson_shared.adapters.peer_http import ServiceTokens, call
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.contracts.partner import Partner
from moisson_shared.contracts.raw_record import FeedEnd, RawRecord

_AUDIENCE = "scraper"


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A whole page: records in order of `seq`, where to go on, whether there is more, and whether the source was ever
    read completely."""

    records: tuple[RawRecord, ...]
    cursor: str
    more: bool
    complete: bool


class CutOff(Unavailable):
    """A page that ended before its last line: read it again."""


class Feed(Protocol):
    """What pulling needs of the scraper."""

    async def page(self, spider_id: str, after: str | None) -> FeedPage:
        """The page after a cursor. `EpochChanged` for a cursor of an earlier epoch, `NotFound` for no such spider,
        `CutOff` for half a page, `Unavailable` while the scraper is away."""
        ...

    async def partners(self) -> tuple[Partner, ...]:
        """All partners."""
        ...


class ScraperFeed:
    """`Feed` over HTTP, as the service client `normalizer`."""

    def __init__(self, scraper: httpx.AsyncClient, tokens: ServiceTokens, page_size: int) -> None:
        self._scraper = scraper
        self._tokens = tokens
        self._page_size = page_size

    async def page(self, spider_id: str, after: str | None) -> FeedPage:
        """One page of at most `page_size` records."""
        params: dict[str, str | int] = {"limit": self._page_size}
        if after is not None:
            params["after"] = after
        path = f"/v1/spiders/{spider_id}/raw-records"
        response = await self._tokens.call(self._scraper, _AUDIENCE, "GET", path, params=params)
        return parse_page(response.content)

    async def partners(self) -> tuple[Partner, ...]:
        """Page by page until the last."""
        found: list[Partner] = []
        after: str | None = None
        while True:
            params: dict[str, str | int] = {"limit": 200}
            if after is not None:
                params["after"] = after
            response = await self._tokens.call(self._scraper, _AUDIENCE, "GET", "/v1/partners", params=params)
            try:
                body = orjson.loads(response.content)
                found.extend(Partner.model_validate(item) for item in body["items"])
                after = body["next"]
            except (orjson.JSONDecodeError, ValidationError, KeyError, TypeError) as error:
                raise Unavailable("The scraper answered something that is not a list of partners.") from error
            if after is None:
                return tuple(found)

    async def check(self) -> None:
        """For readiness: raises `Unavailable` unless the scraper is alive."""
        await call(self._scraper, _AUDIENCE, "GET", "/healthz", timeout=2.0)


def parse_page(body: bytes) -> FeedPage:
    """A page from its lines. `CutOff` without the last one, or where a line is not what it should be."""
    lines = body.split(b"\n")
    if not body.endswith(b"\n"):
        # A last line without its end may be half a line that still is JSON.
        lines = lines[:-1] if not _is_end(lines[-1]) else lines
    lines = [line for line in lines if line.strip()]
    if not lines or not _is_end(lines[-1]):
        raise CutOff("The scraper's answer broke off: the page is read again.")
    try:
        records = tuple(RawRecord.model_validate_json(line) for line in lines[:-1])
        end = FeedEnd.model_validate_json(lines[-1])
    except ValidationError as error:
        raise CutOff("The scraper's answer has a line that is no raw record.") from error
    return FeedPage(records, end.cursor, end.more, end.complete)


def _is_end(line: bytes) -> bool:
    try:
        FeedEnd.model_validate_json(line)
    except ValidationError:
        return False
    return True

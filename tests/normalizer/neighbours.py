"""The normalizer's neighbours as it meets them over HTTP: an issuer of tokens, a scraper with partners and feeds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.partner import Partner
from moisson_shared.contracts.raw_record import RawRecord
from moisson_shared.web.serving import BackgroundServer
from tests.shared.web.tokens import a_key, a_token, jwks

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def a_raw_record(seq: int, values: dict[str, Any], **changes: object) -> RawRecord:
    """A record of the spider `moulin`; its key follows from its number unless given."""
    made: dict[str, object] = {
        "spider_id": "moulin",
        "partner": "moulin",
        "key": f"r{seq:04}",
        "url": f"https://moulin.example/projets/{seq}",
        "values": values,
        "content_hash": "0" * 32,
        "first_seen": NOON,
        "last_seen": NOON,
        "last_changed": NOON,
        "run_id": "run-1",
        "seq": seq,
    }
    return RawRecord.model_validate(made | changes)


@dataclass
class Feed:
    """One spider's feed: the current state of each record, by its number."""

    records: list[RawRecord] = field(default_factory=list)
    epoch: int = 1
    complete: bool = True
    """Whether a run has come to its end yet."""

    def put(self, *values: dict[str, Any], **changes: object) -> None:
        """Adds records after the last one."""
        for each in values:
            self.records.append(a_raw_record(self.next_seq(), each, **changes))

    def change(self, key: str, values: dict[str, Any] | None) -> None:
        """A record's new state under a new number; None makes it a tombstone."""
        old = next(record for record in self.records if record.key == key)
        self.records.remove(old)
        update: dict[str, object] = {"seq": self.next_seq(old)}
        update |= {"deleted": True} if values is None else {"values": values}
        self.records.append(old.model_copy(update=update))

    def next_seq(self, *others: RawRecord) -> int:
        return 1 + max((record.seq for record in (*self.records, *others)), default=0)


@dataclass
class Neighbours:
    """What they know, what they were asked, and how they misbehave."""

    key: Ed25519PrivateKey = field(default_factory=a_key)
    feeds: dict[str, Feed] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    cut_off: int = 0
    """How many pages still break off in the middle."""
    down: bool = False
    url: str = ""

    def token(self, *roles: str, **changes: object) -> dict[str, str]:
        """The header of a person with these roles."""
        claims: dict[str, Any] = {"iss": self.url, "roles": list(roles)} | changes
        return {"Authorization": f"Bearer {a_token(self.key, **claims)}"}

    def feed(
        self, spider: str = "moulin", partner: str | None = None, level: AccessLevel = AccessLevel.OPENDATA
    ) -> Feed:
        """The feed of a spider; made with its partner when it is new."""
        owner = partner or spider
        self.partners.setdefault(
            owner, Partner(id=owner, name=owner.title(), default_level=level, url="https://p.example/")
        )
        return self.feeds.setdefault(spider, Feed())

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/jwks.json", self._jwks),
                Route("/v1/token", self._token, methods=["POST"]),
                Route("/healthz", self._alive),
                Route("/v1/partners", self._partners),
                Route("/v1/spiders/{spider}/raw-records", self._feed),
            ]
        )

    async def _alive(self, request: Request) -> Response:
        return JSONResponse({"status": "alive"}, 503 if self.down else 200)

    async def _jwks(self, request: Request) -> Response:
        return JSONResponse(jwks(k1=self.key))

    async def _token(self, request: Request) -> Response:
        token = a_token(self.key, aud="scraper", sub="normalizer", roles=[], partners=[])
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": 600})

    async def _partners(self, request: Request) -> Response:
        if self.down:
            return JSONResponse({}, 503)
        assert request.headers["authorization"].startswith("Bearer ")
        return JSONResponse({"items": [each.model_dump(mode="json") for each in self.partners.values()], "next": None})

    async def _feed(self, request: Request) -> Response:
        spider = request.path_params["spider"]
        self.asked.append(f"{spider}?after={request.query_params.get('after')}")
        if self.down:
            return JSONResponse({}, 503)
        if spider not in self.feeds:
            return JSONResponse({"type": "/problems/not-found", "title": "x", "status": 404}, 404, media_type=PROBLEM)
        feed = self.feeds[spider]
        epoch, _, number = request.query_params.get("after", f"{feed.epoch}.0").partition(".")
        if int(epoch) != feed.epoch:
            return JSONResponse(
                {"type": "/problems/epoch-changed", "title": "x", "status": 410}, 410, media_type=PROBLEM
            )
        limit = int(request.query_params["limit"])
        rest = sorted((each for each in feed.records if each.seq > int(number)), key=lambda each: each.seq)
        page = rest[:limit]
        last = page[-1].seq if page else int(number)
        lines = [each.model_dump_json().encode() for each in page]
        lines.append(
            orjson.dumps({"cursor": f"{feed.epoch}.{last}", "more": len(rest) > limit, "complete": feed.complete})
        )
        body = b"\n".join(lines) + b"\n"
        if self.cut_off:
            self.cut_off -= 1
            body = body[: len(body) // 2]
        return Response(body, media_type="application/x-ndjson")


PROBLEM = "application/problem+json"


@asynccontextmanager
async def served(neighbours: Neighbours) -> AsyncIterator[Neighbours]:
    """Both neighbours on one port of loopback."""
    async with BackgroundServer(neighbours.app()) as server:
        neighbours.url = server.url
        yield neighbours

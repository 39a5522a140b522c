"""A site on loopback that tests write page by page: it remembers what it was asked, and can misbehave."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Talk = Callable[[asyncio.StreamWriter], Awaitable[None]]
Answer = bytes | Talk
Page = Answer | Callable[["Asked"], Answer]
"""An answer, or a function that gives one for a request."""


@dataclass(frozen=True)
class Asked:
    """One request."""

    target: str
    headers: str
    at: float
    times: int
    """How often this target has been asked for, this time included."""
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def method(self) -> str:
        return self.headers.partition(" ")[0]

    def header(self, name: str) -> str | None:
        """The first header of that name, in lower case."""
        lines = (line.partition(":") for line in self.headers.split("\r\n")[1:])
        return next((value.strip() for known, _, value in lines if known.lower() == name), None)


def answer(
    body: bytes | str = b"", status: str = "200 OK", content_type: str = "text/html; charset=utf-8", **headers: str
) -> bytes:
    """A whole answer with its length; underscores in header names are hyphens."""
    content = body.encode() if isinstance(body, str) else body
    named = {"Content-Type": content_type, "Content-Length": str(len(content))}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + content


def html(body: str, **headers: str) -> bytes:
    """A page of HTML."""
    return answer(f"<!doctype html><html><head><title>t</title></head><body>{body}</body></html>", **headers)


def json_answer(value: object) -> bytes:
    """A JSON document."""
    return answer(json.dumps(value, ensure_ascii=False), content_type="application/json")


def moved(location: str, status: str = "302 Found") -> bytes:
    """A redirect."""
    return answer(b"", status, Location=location)


def missing() -> bytes:
    """404."""
    return html("nothing here", status="404 Not Found")


@dataclass
class SampleSite:
    """Pages by path or by path and query; an unknown one is 404, and so is robots.txt unless it is written."""

    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    delay: float = 0.0
    at_once: int = 0
    most_at_once: int = 0
    fallback: Callable[[Asked], Answer] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def targets(self) -> list[str]:
        """What was asked for, in order."""
        return [asked.target for asked in self.asked]

    def answer_to(self, asked: Asked) -> Answer:
        page = self.pages.get(asked.target, self.pages.get(asked.path))
        if page is None:
            return self.fallback(asked) if self.fallback is not None else missing()
        if isinstance(page, bytes):
            return page
        given = page(asked)  # type: ignore[arg-type]  # a page that is called is given the request
        if isinstance(given, bytes) or callable(given):
            return given
        raise TypeError(asked.target)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                target = head.split(" ")[1]
                body = await reader.readexactly(_length(head))
                before = sum(1 for asked in self.asked if asked.target == target)
                asked = Asked(target, head, time.monotonic(), before + 1, body)
                self.asked.append(asked)
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                try:
                    if self.delay:
                        await asyncio.sleep(self.delay)
                    given = self.answer_to(asked)
                    if not isinstance(given, bytes):
                        await given(writer)
                        return
                    writer.write(given)
                    await writer.drain()
                finally:
                    self.at_once -= 1
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return
        finally:
            writer.close()


def _length(head: str) -> int:
    for line in head.split("\r\n"):
        if line.lower().startswith("content-length:"):
            return int(line.partition(":")[2])
    return 0


@asynccontextmanager
async def sample_site(pages: dict[str, Page] | None = None) -> AsyncIterator[SampleSite]:
    """A site that is there while the block runs."""
    site = SampleSite(dict(pages or {}))
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0, limit=2**20)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()


def directory(count: int, per_page: int = 10, title: str = "Projet") -> dict[str, Page]:
    """A listing with paging by a next link, and a detail page per project."""
    pages: dict[str, Page] = {}
    last = max(1, -(-count // per_page))
    for number in range(1, last + 1):
        cards = "".join(
            f'<li class="card"><a href="/projets/{n}">{title} {n}</a><span class="town">Ville {n % 7}</span></li>'
            for n in range((number - 1) * per_page + 1, min(number * per_page, count) + 1)
        )
        following = f'<a rel="next" href="?page={number + 1}">Suite</a>' if number < last else ""
        pages["/projets" if number == 1 else f"/projets?page={number}"] = html(f"<ul>{cards}</ul>{following}")
    for n in range(1, count + 1):
        tags = "".join(f"<li>{word}</li>" for word in ("énergie", "quartier", f"mot {n % 3}"))
        pages[f"/projets/{n}"] = html(
            f'<h1>{title} {n}</h1><p class="lead">Porté par l’association n°{n}</p><ul class="tags">{tags}</ul>'
            f'<a class="site" href="../contact/{n}">Contact</a>'
        )
    return pages

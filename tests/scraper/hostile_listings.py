"""Listings that never end, or lead round in circles, and robots.txt files that do their worst."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.scraper.hostile_site import GZIP_BOMB, HEAD, forever, packed, talk
from tests.scraper.sample_site import Answer, Asked, Page, answer, directory, html, moved


def listing(next_page: str, item: str = "un", link: str = "/projets/1") -> bytes:
    """A page with one item."""
    card = f'<li class="card"><a href="{link}">x</a><span class="town">{item}</span></li>'
    return html(f'{card}<a rel="next" href="{next_page}">suite</a>')


def number_of(asked: Asked) -> int:
    return int(asked.target.rpartition("=")[2]) if "=" in asked.target else 0


def session() -> str:
    return f"?sid={random.random()}"


@dataclass(frozen=True)
class Maze:
    """Pages, how the run over them ends, and the reasons besides those of details."""

    name: str
    pages: dict[str, Page]
    complete: bool
    reasons: set[str] = field(default_factory=set)
    failed: bool = False


def maze(name: str, page: Callable[[Asked], Answer], *reasons: str, complete: bool = False, **more: Page) -> Maze:
    return Maze(
        name, directory(3) | {"/projets": page} | {f"/{path}": one for path, one in more.items()}, complete, {*reasons}
    )


def robots(name: str, given: Answer, *reasons: str, complete: bool = False, failed: bool = False) -> Maze:
    """A usual site with this robots.txt."""
    return Maze(name, directory(3) | {"/robots.txt": lambda asked: given}, complete, {*reasons}, failed)


STATED = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
MAZES = [
    maze("a page that leads to itself", lambda asked: listing("/projets"), "paging-loop", complete=True),
    maze(
        "a page that leads to itself by another name",
        lambda asked: listing("./x/../projets#a"),
        "paging-loop",
        complete=True,
    ),
    maze(
        "two pages that lead to each other",
        lambda asked: listing(f"?n={1 - number_of(asked)}", item=f"{number_of(asked)}"),
        "paging-loop",
        "key-collision",
    ),
    maze(
        "the same page under ever new addresses",
        lambda asked: listing(f"?n={number_of(asked) + 1}"),
        "paging-loop",
        complete=True,
    ),
    maze("a session in the next link", lambda asked: listing(session()), "paging-loop", complete=True),
    maze(
        "a calendar without end",
        lambda asked: listing(f"?n={number_of(asked) + 1}", item=asked.target),
        "limit-pages",
        "key-collision",
    ),
    maze("a session in every link", lambda asked: listing(session(), link=f"/projets/1{session()}"), "limit-pages"),
    maze(
        "a path that grows",
        lambda asked: listing("/projets?" + "x" * (len(asked.target) + 50), item=asked.target),
        "limit-pages",
        "key-collision",
    ),
    maze("a next link that is no page", lambda asked: listing("javascript:next()"), "next-not-a-page", complete=True),
    maze("a next link inside", lambda asked: listing("http://169.254.169.254/"), "address-refused"),
    maze(
        "a next link of a hundred thousand characters",
        lambda asked: listing("x" * 100_000),
        "next-address",
    ),
    maze(
        "a chain of redirects",
        lambda asked: listing("/r"),
        "too-many-redirects",
        r=lambda asked: moved(f"/r?n={number_of(asked) + 1}"),
    ),
    Maze("a listing without items", {"/projets": html("<p>rien</p>" * 1000)}, complete=False, failed=True),
    robots("robots.txt without end", forever(b"Disallow: /x\n" * 1000, STATED + b"\r\nUser-agent: *\n"), complete=True),
    robots("a bomb as robots.txt", packed(GZIP_BOMB, "gzip"), complete=True),
    robots("robots.txt that leads inside", moved("http://127.0.0.1:1/robots.txt"), "address-refused", failed=True),
    robots("robots.txt that leads to metadata", moved("http://169.254.169.254/"), "address-refused", failed=True),
    robots("robots.txt that leads to a file", moved("file:///etc/passwd"), complete=True),
    robots("robots.txt that goes round", moved("/robots.txt"), complete=True),
    robots("robots.txt of nonsense", answer(bytes(range(256)) * 2000, content_type="text/plain"), complete=True),
    robots("robots.txt that hangs up", talk(), "robots-unreachable", failed=True),
    robots("robots.txt that fails", answer("", "503 No"), "robots-unreachable", failed=True),
    robots("robots.txt with a wild rule", answer("User-agent: *\nDisallow: /" + "*a" * 5000 + "b$"), complete=True),
    robots(
        "robots.txt with ten thousand wild rules",
        answer("User-agent: *\n" + "Disallow: /*x*y\n" * 10_000),
        complete=True,
    ),
    robots(
        "robots.txt with ten thousand different wild rules",
        answer("User-agent: *\n" + "".join(f"Disallow: /*x*{n}\n" for n in range(10_000))),
        "robots",
        failed=True,
    ),
    robots("a delay of three hundred years", answer("User-agent: *\nCrawl-delay: 1e10"), "limit-seconds"),
    robots("a delay that is no number", answer("User-agent: *\nCrawl-delay: nan"), complete=True),
    robots("robots.txt in headers without end", forever(b"X-A: b\r\n", HEAD), "robots-unreachable", failed=True),
]

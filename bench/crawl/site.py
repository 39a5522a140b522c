"""A directory site made in memory: `python -m bench.crawl.site DETAILS [CRAWL-DELAY]` serves it and prints its port.

It has listings, details, and a sitemap with the day of each detail's last change. Written on asyncio alone, so that
serving costs little beside crawling. It stops when its standard input closes.
"""

import asyncio
import random
import sys

PER_LIST = 20
READY = 3_000
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\n\r\n"
WORDS = [
    "projet",
    "atelier",
    "quartier",
    "habitants",
    "entraide",
    "emploi",
    "jardin",
    "mobilité",
    "école",
    "santé",
    "culture",
    "réseau",
    "énergie",
]


def listing(number: int, details: int) -> str:
    """One listing page: 20 items and a link to the next page."""
    first = number * PER_LIST
    items = "".join(
        f'<article class="item"><h2><a href="/projets/{n}">Projet {n}</a></h2>'
        f'<p class="town">Ville {n % 97}</p></article>'
        for n in range(first, min(first + PER_LIST, details))
    )
    following = f'<a class="next" href="/liste/{number + 1}">Suivant</a>' if first + PER_LIST < details else ""
    return f"<!doctype html><html><head><title>Liste</title></head><body><main>{items}</main>{following}</body></html>"


def detail(number: int) -> str:
    """One detail page of some 6 kB: menus, text, and the fields to take."""
    chance = random.Random(number)
    text = " ".join(chance.choices(WORDS, k=300))
    menu = "".join(f'<li><a href="/liste/{n}">Rubrique {n}</a></li>' for n in range(40))
    tags = "".join(f'<li class="tag">{word}</li>' for word in chance.sample(WORDS, 4))
    return (
        f"<!doctype html><html><head><title>Projet {number}</title></head><body><nav><ul>{menu}</ul></nav><main>"
        f'<h1>Projet {number}</h1><p class="lead">Porté par Association {number % 311}</p>'
        f'<div class="body"><p>{text}</p></div><ul class="tags">{tags}</ul>'
        f'<dl><dt>Adresse</dt><dd class="address">{number} rue de la Paix</dd>'
        f'<dt>Ville</dt><dd class="city">Ville {number % 97}</dd><dt>Code postal</dt><dd class="postcode">'
        f'{10000 + number % 85000}</dd></dl><a class="site" href="https://exemple.test/{number}">Site</a>'
        f'<a class="mail" href="mailto:contact{number}@exemple.test">Écrire</a></main></body></html>'
    )


def sitemap(host: str, details: int) -> str:
    """All details, as last changed on one day."""
    urls = "".join(
        f"<url><loc>http://{host}/projets/{n}</loc><lastmod>2018-03-01</lastmod></url>" for n in range(details)
    )
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'


class Pages:
    """The answers of a site. Those of a small one are ready to send; of a large one the last few thousand are."""

    def __init__(self, details: int, crawl_delay: float = 0, host: str = "") -> None:
        self._details = details
        self._crawl_delay = crawl_delay
        self._host = host
        self._ready: dict[str, bytes] = {}
        if details <= READY:
            for number in range((details + PER_LIST - 1) // PER_LIST):
                self.answer(f"/liste/{number}")
            for number in range(details):
                self.answer(f"/projets/{number}")

    def answer(self, path: str) -> bytes:
        """The whole answer, with an entity tag of its own."""
        ready = self._ready.get(path)
        if ready is None:
            if len(self._ready) > 2 * READY:
                self._ready.clear()
            ready = self._ready[path] = self._made(path)
        return ready

    def _made(self, path: str) -> bytes:
        kind, _, number = path.strip("/").partition("/")
        match kind:
            case "robots.txt":
                delay = f"Crawl-delay: {self._crawl_delay}\n" if self._crawl_delay else ""
                return _answer(path, "text/plain", f"User-agent: *\n{delay}Disallow: /prive\n")
            case "sitemap.xml":
                return _answer(path, "application/xml", sitemap(self._host, self._details))
            case "liste":
                return _answer(path, "text/html", listing(int(number), self._details))
            case "projets" if int(number) < self._details:
                return _answer(path, "text/html", detail(int(number)))
            case _:
                return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def _answer(path: str, kind: str, text: str) -> bytes:
    body = text.encode()
    head = f"Content-Type: {kind}; charset=utf-8\r\nContent-Length: {len(body)}\r\nETag: {tag(path)}\r\n\r\n"
    return b"HTTP/1.1 200 OK\r\n" + head.encode() + body


def tag(path: str) -> str:
    """Pages of this site never change."""
    return f'"{path}"'


async def serve(details: int, crawl_delay: float = 0) -> None:

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                path = request.split(b" ", 2)[1].decode("ascii")
                unchanged = f"if-none-match: {tag(path)}".encode() in request.lower()
                writer.write(NOT_MODIFIED if unchanged else pages.answer(path))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    pages = Pages(details, crawl_delay, f"127.0.0.1:{port}")
    print(port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), *map(float, sys.argv[2:])))

"""A directory site made in memory: `python -m bench.crawl.site DETAILS` serves it and prints its address.

Written on asyncio alone, so that serving costs little beside crawling. It stops when its standard input closes.
"""

import asyncio
import random
import sys

PER_LIST = 20
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


def pages(details: int) -> dict[str, bytes]:
    """Every answer of the site, ready to send, by path."""
    bodies = {"/robots.txt": "User-agent: *\nDisallow: /prive\n"}
    for number in range((details + PER_LIST - 1) // PER_LIST):
        bodies[f"/liste/{number}"] = listing(number, details)
    for number in range(details):
        bodies[f"/projets/{number}"] = detail(number)
    return {path: _answer(path, body.encode()) for path, body in bodies.items()}


def _answer(path: str, body: bytes) -> bytes:
    kind = "text/plain" if path == "/robots.txt" else "text/html"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def serve(details: int) -> None:
    answers = pages(details)
    missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                path = request.split(b" ", 2)[1].decode("ascii")
                writer.write(answers.get(path, missing))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))

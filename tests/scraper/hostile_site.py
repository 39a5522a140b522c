"""A site that does its worst, trap by trap: answers that are too long, too slow, packed to burst, lying or broken.

A trap is an answer of the sample site: bytes, or a talk that writes to the connection as it likes. Whoever listens to a
talk must hang up; it ends then.
"""

import asyncio
import gzip
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.scraper.sample_site import Answer, Talk, answer, html

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
CARD = b"<h1>Projet</h1>"


def talk(*parts: bytes, pause: float = 0.0, hang: bool = False) -> Talk:
    """Says the parts with a pause after each, then hangs up; or keeps silent for good."""

    async def say(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        if hang:
            await asyncio.sleep(3600)

    return say


def forever(part: bytes, before: bytes = b"", pause: float = 0.0) -> Talk:
    """Says the part again and again."""

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(before)
        while True:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return say


def reset(said: bytes) -> Talk:
    """Says something, and resets the connection in the middle."""

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()
        await asyncio.sleep(0.05)
        held = writer.get_extra_info("socket")
        held.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SO_LINGER with no time: a reset, not an end
        writer.transport.abort()

    return say


def packed_zeros(megabytes: int, bits: int) -> bytes:
    """So many megabytes of blanks, packed by zlib (`bits` as zlib counts them)."""
    engine = zlib.compressobj(9, zlib.DEFLATED, bits)
    parts = [engine.compress(b" " * 1_000_000) for _ in range(megabytes)]
    return b"".join(parts) + engine.flush()


GZIP_BITS, ZLIB_BITS, BARE_BITS = 31, 15, -15
GZIP_BOMB = packed_zeros(200, GZIP_BITS)


def packed(body: bytes, encoding: str, **more: str) -> bytes:
    """A page under a Content-Encoding."""
    return answer(body, Content_Encoding=encoding, **more)


def with_length(length: str, body: bytes = CARD) -> Talk:
    """A page that states a length of its own."""
    return talk(HEAD + f"Content-Length: {length}\r\n\r\n".encode() + body)


@dataclass(frozen=True)
class Trap:
    """An answer, and the reason that is counted for it; None where it is harmless and the record is kept."""

    name: str
    answer: Answer
    reason: str | None


ANSWERS = [
    Trap("endless body", forever(b"<p>" * 20_000, HEAD + b"\r\n"), "page-too-large"),
    Trap(
        "endless chunks",
        forever(b"2710\r\n" + b"x" * 10_000 + b"\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
        "page-too-large",
    ),
    Trap("a byte now and then", forever(b"x", HEAD + b"\r\n", pause=0.05), "timeout"),
    Trap("headers without end", forever(b"X-More: " + b"x" * 1000 + b"\r\n", b"HTTP/1.1 200 OK\r\n"), "bad-answer"),
    Trap("one header without end", forever(b"x" * 1000, b"HTTP/1.1 200 OK\r\nX-More: "), "bad-answer"),
    Trap("a header name without end", forever(b"x" * 1000, b"HTTP/1.1 200 OK\r\n"), "bad-answer"),
    Trap("headers byte by byte", forever(b"x", b"HTTP/1.1 200 OK\r\nX-More: ", pause=0.02), "timeout"),
    Trap("thousands of headers", talk(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 5000 + b"\r\n" + CARD), "bad-answer"),
    Trap("a flood of cookies", talk(HEAD + b"Set-Cookie: a=b; Path=/\r\n" * 5000 + b"\r\n" + CARD), "bad-answer"),
    Trap("a status line without end", forever(b"x" * 1000, b"HTTP/1.1 200 "), "bad-answer"),
    Trap("silence before the headers", talk(hang=True), "timeout"),
    Trap("silence after the headers", talk(HEAD + b"\r\n", hang=True), "timeout"),
    Trap("silence in the body", talk(HEAD + b"Content-Length: 100\r\n\r\n<h1>", hang=True), "timeout"),
    Trap("hanging up at once", talk(), "connection-failed"),
    Trap("a reset before the headers", reset(b""), "connection-failed"),
    Trap("a reset in the body", reset(HEAD + b"Content-Length: 100\r\n\r\n<h1>"), "connection-failed"),
    Trap("a body that ends early", with_length("1000"), "connection-failed"),
    Trap(
        "chunks that end early", talk(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<h1>x\r\n"), "connection-failed"
    ),
    Trap(
        "chunks of nonsense",
        talk(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n<h1>Projet</h1>\r\n0\r\n\r\n"),
        "bad-answer",
    ),
    Trap(
        "a chunk of minus one",
        talk(HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n<h1>Projet</h1>\r\n0\r\n\r\n"),
        "bad-answer",
    ),
    Trap(
        "a chunk larger than any machine",
        talk(HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n" + CARD),
        "bad-answer",
    ),
    Trap(
        "a chunk extension without end",
        forever(b"x" * 1000, HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;x="),
        "timeout",
    ),
    Trap(
        "trailers without end",
        forever(b"X-More: y\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"),
        "connection-failed",
    ),
    Trap("a length that is too long", with_length("99999999999999999999"), "bad-answer"),
    Trap("a length that is too much", with_length("999999999999"), "page-too-large"),
    Trap("a length that is negative", with_length("-5"), "bad-answer"),
    Trap("a length that is no number", with_length("cent"), "bad-answer"),
    Trap("two lengths", with_length("15\r\nContent-Length: 5"), "bad-answer"),
    Trap(
        "a length and chunks",
        talk(HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n" + CARD + b"\r\n0\r\n\r\n"),
        "bad-answer",
    ),
    Trap("a length that is too short", with_length("15", CARD + b"HTTP/1.1 200 OK\r\n\r\nsmuggled"), None),
    Trap("a gzip bomb", packed(GZIP_BOMB, "gzip"), "page-too-large"),
    Trap("a deflate bomb", packed(packed_zeros(200, ZLIB_BITS), "deflate"), "page-too-large"),
    Trap("a bare deflate bomb", packed(packed_zeros(200, BARE_BITS), "deflate"), "page-too-large"),
    Trap("a bomb of many members", packed(gzip.compress(b" " * 100_000) * 500, "gzip"), "page-too-large"),
    Trap("members without content", packed(gzip.compress(b"") * 9_000, "gzip"), "empty-body"),
    Trap("a bomb in a bomb", packed(gzip.compress(GZIP_BOMB), "gzip"), "not-html"),
    Trap("packed twice", packed(gzip.compress(GZIP_BOMB), "gzip, gzip"), "bad-answer"),
    Trap("packed a thousand times", packed(CARD, ", ".join(["gzip"] * 1000)), "bad-answer"),
    Trap("brotli, which nobody asked for", packed(b"\x5b\xff\xaf\x02\xc0\x22\x79\x5c", "br"), "bad-answer"),
    Trap("zstd, which nobody asked for", packed(b"\x28\xb5\x2f\xfd\x04\x00\x00", "zstd"), "bad-answer"),
    Trap("a packing that is none", packed(CARD, "x" * 5000), "bad-answer"),
    Trap("gzip that is cut off", packed(gzip.compress(CARD * 100)[:-12], "gzip"), "bad-answer"),
    Trap("gzip with a wrong sum", packed(gzip.compress(CARD)[:-8] + b"\0" * 8, "gzip"), "bad-answer"),
    Trap("gzip that is none", packed(CARD, "gzip"), "bad-answer"),
    Trap("gzip that is not said", answer(gzip.compress(CARD)), "not-html"),
    Trap("a status of nonsense", talk(b"HTTP/1.1 abc OK\r\n\r\n" + CARD), "bad-answer"),
    Trap("the status 999", answer(CARD, "999 No"), "http-999"),
    Trap("the status 000", answer(CARD, "000 No"), "http-0"),
    Trap("HTTP/0.9", talk(CARD), "bad-answer"),
    Trap("another protocol", talk(b"SSH-2.0-OpenSSH_9.0\r\n"), "bad-answer"),
    Trap("a flood of 1xx", forever(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), "timeout"),
    Trap("continue without end", forever(b"HTTP/1.1 100 Continue\r\n\r\n"), "timeout"),
    Trap(
        "a switch of protocols", talk(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", hang=True), "http-101"
    ),
    Trap("no content", talk(b"HTTP/1.1 204 No Content\r\n\r\n"), "empty-body"),
    Trap("partial content", answer(CARD, "206 Partial Content", Content_Range="bytes 0-14/999"), None),
    Trap("401", answer(CARD, "401 Unauthorized", WWW_Authenticate="Basic"), "http-401"),
    Trap("407", answer(CARD, "407 Proxy Authentication Required", Proxy_Authenticate="Basic"), "http-407"),
    Trap("503", answer(CARD, "503 Service Unavailable"), "http-503"),
    Trap("503 for ten years", answer(CARD, "503 No", Retry_After="315360000"), "host-said-stop"),
    Trap("503 for no time at all", answer(CARD, "503 No", Retry_After="-1"), "http-503"),
    Trap(
        "429 until a day that is none", answer(CARD, "429 No", Retry_After="Mon, 99 Foo 99999 99:99:99 GMT"), "http-429"
    ),
    Trap("a header with NUL", talk(HEAD + b"X-A: a\0b\r\nContent-Length: 15\r\n\r\n" + CARD), "bad-answer"),
    Trap("a folded header", talk(HEAD + b"X-A: a\r\n b\r\nContent-Length: 15\r\n\r\n" + CARD), None),
    Trap("a type without end", answer(CARD, content_type="text/html; charset=" + "x" * 8000), None),
    Trap("a page of 30 MB", html("x" * 30_000_000), "page-too-large"),
]
"""Traps of the protocol, each the detail page of one item."""

REDIRECTS = [
    ("http://127.0.0.1:{port}/", "address-refused"),
    ("http://127.0.0.2:{port}/", "address-refused"),
    ("//127.0.0.1:{port}/", "address-refused"),
    ("http://localhost:{port}/", "address-refused"),
    ("http://LOCALHOST.:{port}/", "address-refused"),
    ("http://2130706433:{port}/", "address-refused"),
    ("http://0x7f000001:{port}/", "address-refused"),
    ("http://0x7f.0.0.1:{port}/", "address-refused"),
    ("http://0177.0.0.1:{port}/", "bad-redirect"),
    ("http://017700000001:{port}/", "address-refused"),
    ("http://127.1:{port}/", "address-refused"),
    ("http://127.0.1:{port}/", "address-refused"),
    ("http://0:{port}/", "address-refused"),
    ("http://0.0.0.0:{port}/", "address-refused"),
    ("http://[::1]:{port}/", "address-refused"),
    ("http://[::]:{port}/", "address-refused"),
    ("http://[::ffff:127.0.0.1]:{port}/", "address-refused"),
    ("http://[::ffff:7f00:1]:{port}/", "address-refused"),
    ("http://[::127.0.0.1]:{port}/", "address-refused"),
    ("http://[64:ff9b::127.0.0.1]:{port}/", "address-refused"),
    ("http://[64:ff9b:1::7f00:1]:{port}/", "address-refused"),
    ("http://[2002:7f00:1::]:{port}/", "address-refused"),
    ("http://[2001:0:7f00:1::]:{port}/", "address-refused"),
    ("http://[::ffff:0:127.0.0.1]:{port}/", "address-refused"),
    ("http://[fe80::1%25lo]:{port}/", "address-refused"),
    ("http://[fc00::1]/", "address-refused"),
    ("http://１２７.０.０.１:{port}/", "bad-redirect"),
    ("http://127。0。0。1:{port}/", "address-refused"),
    ("http://%31%32%37.0.0.1:{port}/", "bad-redirect"),
    ("http://a@127.0.0.1:{port}/", "bad-redirect"),
    ("http://127.0.0.1:{port}#@s.example/", "address-refused"),
    ("http://127.0.0.1:{port}\\@s.example/", "bad-redirect"),
    ("http://169.254.169.254/latest/meta-data/", "address-refused"),
    ("http://2852039166/latest/meta-data/", "address-refused"),
    ("http://0xa9fea9fe/", "address-refused"),
    ("http://[fd00:ec2::254]/latest/meta-data/", "address-refused"),
    ("http://[::ffff:a9fe:a9fe]/", "address-refused"),
    ("http://100.100.100.200/", "address-refused"),
    ("http://10.0.0.1/", "address-refused"),
    ("http://172.16.0.1/", "address-refused"),
    ("http://192.168.0.1/", "address-refused"),
    ("http://198.18.0.1/", "address-refused"),
    ("http://224.0.0.1/", "address-refused"),
    ("http://255.255.255.255/", "address-refused"),
    ("http://93.184.216.34:22/", "address-refused"),
    ("file:///etc/passwd", "bad-redirect"),
    ("FILE:/etc/passwd", "bad-redirect"),
    ("ftp://127.0.0.1:{port}/", "bad-redirect"),
    ("gopher://127.0.0.1:{port}/_GET%20/", "bad-redirect"),
    ("data:text/html,<h1>Projet</h1>", "bad-redirect"),
    ("javascript:alert(1)", "bad-redirect"),
    ("view-source:http://127.0.0.1:{port}/", "bad-redirect"),
    ("http://", "too-many-redirects"),
    ("http://[::1", "bad-redirect"),
    ("http://127.0.0.1:99999/", "bad-redirect"),
    ("/x" * 3000, "bad-redirect"),
    ("/projets/1", "too-many-redirects"),
]
"""Where a page leads on to: the canary's port in every spelling, and what is no page."""


@dataclass
class Canary:
    """Something inside that must never hear from us."""

    port: int = 0
    connections: int = 0

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(answer(CARD))
        writer.close()


@asynccontextmanager
async def canary() -> AsyncIterator[Canary]:
    """A listener on every kind of loopback address, on one port; it would answer, so that a hole shows."""
    bird = Canary()
    first = await asyncio.start_server(bird.hear, "127.0.0.1", 0)
    bird.port = first.sockets[0].getsockname()[1]
    rest = [await asyncio.start_server(bird.hear, host, bird.port) for host in ("127.0.0.2", "::1")]
    try:
        yield bird
    finally:
        for server in (first, *rest):
            server.close()

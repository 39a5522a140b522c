"""Fetching from sites that are slow, endless, broken or malicious, and from honest ones."""

import asyncio
import gzip
import zlib

import pytest

from moisson_shared.adapters.outbound_http import (
    BadAddress,
    BadAnswer,
    BodyTooLarge,
    ConnectionFailed,
    FetchTimeout,
    OutboundPolicy,
    outbound_client,
)
from tests.shared.http.scripted_site import MOST_BYTES, Answer, answer, fetching, scripted_site


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 10_000)
        await writer.drain()


async def dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def dripping_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(1000):
        writer.write(f"X-{number}: y\r\n".encode())
        await writer.drain()
        await asyncio.sleep(0.05)


async def silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def stalled(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome")
    await writer.drain()
    await asyncio.sleep(30)


async def hanging_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def ending_early(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this")
    await writer.drain()


async def empty_blocks(writer: asyncio.StreamWriter) -> None:
    """Packed bytes that unpack to nothing, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n")
    engine = zlib.compressobj()
    writer.write(engine.compress(b"") + engine.flush(zlib.Z_FULL_FLUSH))
    while True:
        writer.write(b"\x00\x00\x00\xff\xff" * 2000)
        await writer.drain()


async def test_an_answer_comes_whole() -> None:
    page = "Économie sociale".encode()
    answers = {"/a?b=c": answer(page, Content_Type="text/html; charset=utf-8", ETag='"1"', X_Twice="1")}
    async with fetching(answers) as (site, client):
        fetched = await client.fetch(site.url + "/a?b=c#part")
    assert (fetched.status, fetched.body, fetched.truncated) == (200, page, False)
    assert fetched.url == site.url + "/a?b=c"
    assert fetched.header("content-type") == fetched.header("Content-Type") == "text/html; charset=utf-8"
    assert fetched.header("absent") is None
    assert fetched.redirects == ()
    assert fetched.wire_bytes == len(page)
    assert 0 < fetched.seconds < 5


async def test_errors_of_the_site_are_answers() -> None:
    async with fetching({"/": answer(b"broken", "500 Internal Server Error", Retry_After="3")}) as (site, client):
        failed = await client.fetch(site.url + "/")
        missing = await client.fetch(site.url + "/missing")
    assert (failed.status, failed.header("retry-after")) == (500, "3")
    assert missing.status == 404
    assert len(site.asked) == 2


@pytest.mark.parametrize(
    ("encoding", "packed"), [("gzip", gzip.compress(b"abc" * 99, mtime=0)), ("deflate", zlib.compress(b"abc" * 99))]
)
async def test_bodies_are_unpacked(encoding: str, packed: bytes) -> None:
    async with fetching({"/": answer(packed, Content_Encoding=encoding)}) as (site, client):
        fetched = await client.fetch(site.url + "/")
    assert fetched.body == b"abc" * 99
    assert fetched.wire_bytes == len(packed)
    assert "accept-encoding: gzip, deflate" in site.asked[0].lower()


@pytest.mark.parametrize(
    "given",
    [
        answer(b"x" * (MOST_BYTES + 1)),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx",
        answer(gzip.compress(bytes(50_000_000)), Content_Encoding="gzip"),
        endless,
        empty_blocks,
    ],
    ids=["long", "announced", "bomb", "endless", "empty blocks"],
)
async def test_bodies_have_a_limit(given: Answer) -> None:
    async with fetching({"/": given}) as (site, client):
        with pytest.raises(BodyTooLarge) as failure:
            await client.fetch(site.url + "/")
    assert not failure.value.transient
    assert str(MOST_BYTES) in str(failure.value)


@pytest.mark.parametrize(
    "given", [answer(b"x" * 5000), endless, answer(gzip.compress(b"x" * 10**7), Content_Encoding="gzip")]
)
async def test_a_beginning_can_be_enough(given: Answer) -> None:
    async with fetching({"/": given}) as (site, client):
        fetched = await client.fetch(site.url + "/", max_bytes=1000, keep_beginning=True)
    assert (fetched.body, fetched.truncated) == (b"x" * 1000, True)


async def test_a_body_of_exactly_the_limit_is_whole() -> None:
    async with fetching({"/": answer(b"x" * MOST_BYTES)}) as (site, client):
        for keep_beginning in (False, True):
            fetched = await client.fetch(site.url + "/", keep_beginning=keep_beginning)
            assert (len(fetched.body), fetched.truncated) == (MOST_BYTES, False)


@pytest.mark.parametrize("given", [dripping, dripping_headers, silent, stalled])
async def test_time_has_a_limit(given: Answer) -> None:
    async with fetching({"/": given}, seconds=1.0) as (site, client):
        began = asyncio.get_running_loop().time()
        with pytest.raises(FetchTimeout) as failure:
            await client.fetch(site.url + "/")
        assert asyncio.get_running_loop().time() - began < 3
    assert failure.value.transient


@pytest.mark.parametrize("given", [hanging_up, ending_early])
async def test_broken_connections_are_told(given: Answer) -> None:
    async with fetching({"/": given}) as (site, client):
        with pytest.raises(ConnectionFailed) as failure:
            await client.fetch(site.url + "/")
    assert failure.value.transient
    assert failure.value.reason == "connection-failed"


async def test_a_closed_port_is_told() -> None:
    async with scripted_site() as gone:
        port = gone.port
    async with outbound_client(OutboundPolicy(allow=[f"127.0.0.1:{port}"])) as client:
        with pytest.raises(ConnectionFailed):
            await client.fetch(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "given",
    [
        b"this is not HTTP at all\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: minus\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        answer(b"not packed", Content_Encoding="gzip"),
        answer(b"x", Content_Encoding="br"),
        answer(gzip.compress(b"abc" * 1000)[:-9], Content_Encoding="gzip"),
    ],
    ids=["text", "ssh", "long header", "header flood", "length", "two lengths", "false gzip", "brotli", "short gzip"],
)
async def test_answers_that_are_none_are_told(given: bytes) -> None:
    async with fetching({"/": given}) as (site, client):
        with pytest.raises((BadAnswer, ConnectionFailed)) as failure:
            await client.fetch(site.url + "/")
    assert len(str(failure.value)) < 500


async def test_no_cookie_is_kept() -> None:
    async with fetching({"/": answer(Set_Cookie="id=1; Path=/")}) as (site, client):
        answers = [await client.fetch(site.url + "/") for _ in range(3)]
    assert answers[0].header("set-cookie") == "id=1; Path=/"
    assert all("cookie:" not in asked.lower() for asked in site.asked)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "inside.test"),
        ("X-A", "b\r\nX-C: d"),
        ("X A", "b"),
        ("Content-Length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("", "a"),
    ],
)
async def test_headers_that_would_change_the_request_are_refused(name: str, value: str) -> None:
    async with fetching({"/": answer()}) as (site, client):
        with pytest.raises(BadAddress):
            await client.fetch(site.url + "/", headers={name: value})
    assert site.connections == 0


async def test_connections_are_kept() -> None:
    async with fetching({"/": answer()}) as (site, client):
        for _ in range(5):
            await client.fetch(site.url + "/")
        assert site.connections == 1


async def test_nothing_is_tried_twice() -> None:
    async with fetching({"/gone": hanging_up, "/away": answer(b"", "503 Service Unavailable")}) as (site, client):
        with pytest.raises(ConnectionFailed):
            await client.fetch(site.url + "/gone")
        assert len(site.asked) == 1
        assert (await client.fetch(site.url + "/away")).status == 503
    assert len(site.asked) == 2


async def test_the_user_agent_is_ours() -> None:
    async with fetching({"/": answer()}) as (site, client):
        await client.fetch(site.url + "/")
    assert site.asked[0].lower().count("user-agent: moisson/") == 1
    assert "aiohttp" not in site.asked[0].lower()


async def test_head_and_empty_answers_have_no_body() -> None:
    answers = {"/": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", "/none": b"HTTP/1.1 204 No Content\r\n\r\n"}
    async with fetching(answers) as (site, client):
        assert (await client.fetch(site.url + "/", method="HEAD")).body == b""
        assert (await client.fetch(site.url + "/none")).body == b""

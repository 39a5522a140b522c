"""The proxy alone, spoken to as a browser does, and as somebody does who is not our browser."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from moisson_scraper.rendering.guarding_proxy import GuardingProxy
from moisson_scraper.rendering.proxy_messages import BadMessage, read_answer_head, read_request
from moisson_scraper.rendering.proxy_session import MOST_PER_PAGE, ProxySession
from moisson_shared.adapters.outbound_http import OutboundPolicy
from tests.scraper.sample_site import SampleSite, answer
from tests.shared.http.scripted_site import ScriptedResolver, ScriptedSite, scripted_site

NAMES = {
    "sample.test": [["127.0.0.1"]],
    "inside.test": [["127.0.0.1"]],
    "both.test": [["93.184.216.34", "127.0.0.1"]],
    "mapped.test": [["::ffff:127.0.0.1"]],
}


@dataclass
class Speaking:
    """A proxy with one session, and what is said to it."""

    proxy: GuardingProxy
    session: ProxySession

    def credential(self, user: str | None = None, password: str | None = None) -> str:
        pair = f"{user or self.session.user}:{password or self.session.password}"
        return f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}\r\n"

    async def say(self, text: str, more: bytes = b"") -> bytes:
        """The answer, and through a tunnel the site's answer behind it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy.port)
        writer.write(text.encode("latin-1") + more)
        said = b""
        try:
            async with asyncio.timeout(5):
                for _ in range(2 if text.startswith("CONNECT") and more else 1):
                    head = await reader.readuntil(b"\r\n\r\n")
                    said += head
                    length = re.search(rb"(?i)content-length: (\d+)", head)
                    said += await reader.readexactly(int(length[1])) if length else b""
                    if not head.startswith(b"HTTP/1.1 200 "):
                        break
        except asyncio.IncompleteReadError as error:
            said += error.partial
        except ConnectionResetError:
            pass
        finally:
            writer.close()
        return said

    async def get(self, url: str, host: str = "x") -> bytes:
        return await self.say(f"GET {url} HTTP/1.1\r\nHost: {host}\r\n{self.credential()}\r\n")

    async def connect(self, place: str, more: bytes = b"") -> bytes:
        return await self.say(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{self.credential()}\r\n", more)


@asynccontextmanager
async def speaking(*allow: str, most_bytes: int = 1_000_000) -> AsyncIterator[Speaking]:
    policy = OutboundPolicy.model_validate({"allow": allow, "read_seconds": 2})
    proxy = GuardingProxy(policy, ScriptedResolver(NAMES))
    await proxy.open()
    session = proxy.begin_session()
    session.begin_page(most_bytes)
    try:
        yield Speaking(proxy, session)
    finally:
        await proxy.close()


@pytest.fixture
async def canary() -> AsyncIterator[ScriptedSite]:
    """Something inside that must never hear from us; it answers, so that a hole would show."""
    async with scripted_site({"/": answer(b"internal secret")}) as site:
        yield site


HOSTS_OF_THIS_MACHINE = [
    *("127.0.0.1", "127.0.0.2", "0.0.0.0", "0", "localhost", "localhost.", "LocalHost", "x.localhost", "127.0.0.1."),
    *("2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "[::]", "[::ffff:127.0.0.1]"),
    *("[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[fe80::1]", "[fd00:ec2::254]"),
    *("169.254.169.254", "100.100.100.200", "10.0.0.1", "inside.test", "both.test", "mapped.test"),
]


async def test_no_host_leads_inside(canary: ScriptedSite) -> None:
    async with speaking() as there:
        for host in HOSTS_OF_THIS_MACHINE:
            place = f"{host}:{canary.port}"
            assert (await there.get(f"http://{place}/", place)).startswith(b"HTTP/1.1 403 "), place
            assert (await there.connect(place)).startswith(b"HTTP/1.1 403 "), place
            assert there.session.why_lost(host.strip("[]"), canary.port) == "address-refused"
        (notice,) = there.session.notices("http://s.example/")
        assert (notice.code, notice.count) == ("request-address-refused", 2 * len(HOSTS_OF_THIS_MACHINE))
    assert canary.connections == 0


@pytest.mark.parametrize(
    "said",
    [
        *("", "GET / HTTP/1.1", "GET file:///etc/passwd HTTP/1.1", "GET https://127.0.0.1:{port}/ HTTP/1.1"),
        *("GET http://x@127.0.0.1:{port}/ HTTP/1.1", "GET http://127.0.0.1:{port}\\@s.example/ HTTP/1.1"),
        *("CONNECT 127.0.0.1 HTTP/1.1", "CONNECT 127.0.0.1:0 HTTP/1.1", "CONNECT 127.0.0.1:99999 HTTP/1.1"),
        *("CONNECT http://127.0.0.1:{port}/ HTTP/1.1", "CONNECT a:1:{port} HTTP/1.1", "get http://s.example/ HTTP/1.1"),
        *("GET http://s.example/ HTTP/2.0", "GET http://s.example/ x HTTP/1.1"),
    ],
)
async def test_what_no_browser_says(canary: ScriptedSite, said: str) -> None:
    async with speaking(f"127.0.0.1:{canary.port}") as there:
        said = said.format(port=canary.port)
        assert (await there.say(f"{said}\r\n{there.credential()}\r\n")).startswith(b"HTTP/1.1 400 ")
    assert canary.connections == 0


async def test_nobody_else_uses_it(canary: ScriptedSite) -> None:
    async with speaking(f"127.0.0.1:{canary.port}") as there:
        place = f"127.0.0.1:{canary.port}"
        for credential in (
            "",
            there.credential(password="guess"),
            there.credential(user="guess"),
            "Proxy-Authorization: Basic ???\r\n",
            "Proxy-Authorization: Bearer x\r\n",
        ):
            said = await there.say(f"CONNECT {place} HTTP/1.1\r\n{credential}\r\n")
            assert said.startswith(b"HTTP/1.1 407 ")
        assert canary.connections == 0
        await there.proxy.end_session(there.session)
        assert (await there.connect(place)).startswith(b"HTTP/1.1 407 ")
    assert canary.connections == 0


async def test_an_allowed_place_is_that_text_and_that_port(site: SampleSite, canary: ScriptedSite) -> None:
    site.pages["/a?b=1"] = answer("ici")
    async with speaking(f"sample.test:{site.port}") as there:
        assert (await there.get(f"http://sample.test:{site.port}/a?b=1")).endswith(b"\r\n\r\nici")
        assert (await there.get(f"http://sample.test:{canary.port}/")).startswith(b"HTTP/1.1 403 ")
        assert (await there.get(f"http://127.0.0.1:{site.port}/")).startswith(b"HTTP/1.1 403 ")
        tunnel = await there.connect(f"sample.test:{site.port}", b"GET /a?b=1 HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert tunnel.startswith(b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK")
    assert canary.connections == 0
    plain, inside = site.asked
    assert f"Host: sample.test:{site.port}\r\n" in plain.headers
    assert "proxy-authorization" not in plain.headers.lower()
    assert plain.target == inside.target == "/a?b=1"


async def test_one_request_per_connection(canary: ScriptedSite) -> None:
    """What follows a request is no second one, for whichever host, and what follows an answer is no second one."""

    async def two_answers(writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b"first", Connection="keep-alive") + answer(b"second"))
        await writer.drain()

    async with scripted_site({"/": two_answers}) as site, speaking(f"127.0.0.1:{site.port}") as there:
        second = f"GET http://127.0.0.1:{canary.port}/ HTTP/1.1\r\n{there.credential()}\r\n".encode()
        first = f"GET http://127.0.0.1:{site.port}/ HTTP/1.1\r\nConnection: keep-alive\r\n{there.credential()}\r\n"
        said = await there.say(first, second)
    head = said.partition(b"\r\n\r\n")[0].decode().lower()
    assert "connection: close" in head
    assert "keep-alive" not in head
    assert len(site.asked) == 1
    assert canary.connections == 0


async def test_a_page_has_so_many_bytes_and_no_more(site: SampleSite) -> None:
    site.pages |= {"/big": answer(b"x" * 300_000), "/small": answer(b"ok")}
    async with speaking(site.address, most_bytes=200_000) as there:
        said = await there.get(f"{site.url}/big")
        assert len(said) <= 200_000 + 1000
        assert there.session.exhausted.is_set()
        assert (await there.get(f"{site.url}/small")).startswith(b"HTTP/1.1 403 ")
        codes = {notice.code for notice in there.session.notices("p")}
        assert codes == {"request-page-too-large"}
        there.session.begin_page(200_000)
        assert (await there.get(f"{site.url}/small")).endswith(b"ok")
        # In a tunnel the same holds.
        there.session.begin_page(100_000)
        said = await there.connect(site.address, b"GET /big HTTP/1.1\r\n\r\n")
        assert len(said) <= 200_000


async def test_a_page_opens_so_many_connections_and_no_more() -> None:
    session = ProxySession()
    session.begin_page(1000)
    assert all(session.take_connection() is None for _ in range(MOST_PER_PAGE))
    assert session.take_connection() == "too-many-connections"
    session.begin_page(1000)
    assert session.take_connection() is None


async def test_a_site_that_fails_is_told_apart_from_one_that_is_refused(site: SampleSite) -> None:
    async def hangs_up(_: asyncio.StreamWriter) -> None:
        return

    async def never(_: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    site.pages |= {"/nonsense": b"nonsense\r\n\r\n", "/gone": lambda _: hangs_up, "/never": lambda _: never}
    async with speaking(site.address) as there:
        for path, status, reason in (
            ("/nonsense", 502, "bad-answer"),
            ("/gone", 502, "connection-failed"),
            ("/never", 504, "timeout"),
        ):
            said = await there.get(f"{site.url}{path}")
            assert said.startswith(f"HTTP/1.1 {status} ".encode()), path
            assert there.session.why_lost("127.0.0.1", site.port) == reason
        assert (await there.get("http://nowhere.test/")).startswith(b"HTTP/1.1 502 ")
        assert there.session.why_lost("nowhere.test", 80) == "name-not-found"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ("Transfer-Encoding: chunked", 411),
        ("Content-Length: x", 400),
        ("Content-Length: 1\r\nContent-Length: 2", 400),
        ("No colon", 502),
        (" folded: x", 502),
        ("Bare: a\rb", 502),
    ],
)
def test_fields_that_could_be_read_in_two_ways(fields: str, status: int) -> None:
    with pytest.raises(BadMessage) as failure:
        read_request(f"POST http://s.example/ HTTP/1.1\r\n{fields}\r\n\r\n".encode("latin-1"))
    assert failure.value.status == status


def test_the_head_of_an_answer_says_that_the_connection_ends() -> None:
    status, head = read_answer_head(b"HTTP/1.1 200 OK\r\nKeep-Alive: 5\r\nconnection: keep-alive\r\nA: b\r\n\r\n")
    assert (status, head) == (200, b"HTTP/1.1 200 OK\r\nConnection: close\r\nA: b\r\n\r\n")

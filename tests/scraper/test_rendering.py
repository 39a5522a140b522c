"""Pages in a real Chromium, on sites of loopback: what is waited for, scrolled and clicked; what is never reached."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from moisson_scraper.fetching.page_failure import PageLost
from moisson_scraper.reading.compile_source import compile_source
from moisson_scraper.reading.source_reader import PageRequest
from moisson_shared.contracts.run import RunState
from tests.scraper.browsing import Browsing, browsing, source_of, titles
from tests.scraper.running_scraper import codes, html_spider, running_scraper, shown
from tests.scraper.sample_site import SampleSite, answer, html, moved, sample_site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visited() -> AsyncIterator[tuple[Browsing, SampleSite]]:
    """One browser for all tests here: it takes longer to start than most of them."""
    async with sample_site() as made, browsing(made) as opened:
        yield opened, made


@pytest.fixture
def site(visited: tuple[Browsing, SampleSite]) -> SampleSite:
    """The site, as if nobody had been there."""
    made = visited[1]
    made.pages.clear()
    made.asked.clear()
    return made


@pytest.fixture
def there(visited: tuple[Browsing, SampleSite], site: SampleSite) -> Browsing:
    """The browser, with nothing remembered of robots.txt and hosts."""
    return visited[0].afresh()


async def test_what_a_script_writes_is_waited_for(there: Browsing, site: SampleSite) -> None:
    site.pages["/"] = html(
        "<ul></ul><script>setTimeout(() => { document.querySelector('ul').innerHTML ="
        " '<li class=card><b>Élan</b></li>'; history.pushState(0, '', '/liste') }, 700)</script>"
    )
    source = source_of(site, wait_for={"expression": "li.card"})
    page = await there.page(source)
    assert titles(page, source) == ["Élan"]
    assert page.address == f"{site.url}/liste"
    (asked,) = [one for one in site.asked if one.target == "/"]
    assert "Moisson/0.1 (+mailto:m@s.example)" in asked.headers


def growing(at_most: int, more: str = "") -> bytes:
    """A listing that gets five more items each time its end is seen."""
    return html(
        "<style>html { overflow-anchor: none }</style><ul></ul><div id=end style='height:4000px'></div>"
        "<script>let n = 0; const ul = document.querySelector('ul');"
        f"const more = () => {{ for (let k = 0; k < 5 && n < {at_most}; k++) {{ n++; "
        "ul.insertAdjacentHTML('beforeend', `<li class=card style='height:900px'><b>${n}</b></li>`) } };"
        f"more(); addEventListener('scroll', () => setTimeout(more, 50)); {more}</script>"
    )


async def test_scrolling_stops_where_the_page_stops_growing_or_never_does(there: Browsing, site: SampleSite) -> None:
    site.pages |= {"/short": growing(12), "/endless": growing(10**9)}
    short = source_of(site, path="/short", scrolls=50, seconds=10)
    page = await there.page(short)
    assert titles(page, short) == [str(number) for number in range(1, 13)]
    assert not page.unread
    endless = source_of(site, path="/endless", scrolls=3, seconds=10)
    page = await there.page(endless)
    assert page.unread
    assert 15 <= len(titles(page, endless)) <= 60
    # What was not read is a page of the listing that is lost, so the run is not complete.
    read = compile_source(endless).read_listing(page, PageRequest(endless.start_urls[0]))
    (rest,) = read.following
    async with there.opened(endless) as fetches:
        with pytest.raises(PageLost, match="after the last scroll"):
            await fetches.fetch(rest)


PARTS = """<ul></ul><button id=more>Suite</button><a id=tail></a><script>
let part = 0; const ul = document.querySelector('ul'), button = document.querySelector('#more');
const show = () => { part++; if (REPLACE) ul.innerHTML = '';
  for (const k of ['a', 'b']) ul.insertAdjacentHTML('beforeend', `<li class=card><b>${NAME}${part}${k}</b></li>`);
  if (part === LAST) button.remove() };
button.addEventListener('click', () => setTimeout(show, 100)); show()</script>"""


def parts(last: int, name: str = "", *, replace: bool) -> bytes:
    return html(
        PARTS.replace("REPLACE", "true" if replace else "false").replace("LAST", str(last)).replace("NAME", f"'{name}'")
    )


def clicking_spider(site: SampleSite, *starts: str, **rendering: Any) -> dict[str, Any]:
    source = {
        "kind": "html",
        "start_urls": [site.url + start for start in starts],
        "item": {"syntax": "xpath", "expression": "//li[has-class('card')]"},
        "fields": {"titre": {"expression": "b"}},
        "rendering": {"seconds": 5, "click_next": {"expression": "#more"}} | rendering,
    }
    return html_spider(site, source=source, identity={"kind": "fields", "fields": ["titre"]})


async def test_a_run_clicks_through_the_parts_of_its_listings(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= {
        "/next": parts(3, replace=True),
        "/more": parts(4, replace=False),
        "/long": parts(99, "l", replace=True),
    }
    sandbox = os.geteuid() != 0
    settings: dict[str, Any] = {"chromium_sandbox": sandbox, "rendering": "on", "contact": "robot@essor.example"}
    async with running_scraper(tmp_path, site, **settings) as scraper:
        await scraper.save(clicking_spider(site, "/next"))
        preview = (await scraper.send("POST", "/v1/spiders/essor-projets/preview", scraper.people.admin)).json()
        assert (preview["items"], preview["next_address"]) == (2, f"{site.url}/next#moisson:part-2")
        run = await scraper.crawl("essor-projets")
        assert run.state is RunState.DONE, shown(run)
        assert run.complete, shown(run)
        assert run.counters.pages_fetched == 3
        assert [record.values["titre"] for record in await scraper.records("essor-projets")] == [
            f"{part}{letter}" for part in (1, 2, 3) for letter in "ab"
        ]
        # A button "more" leaves the earlier items standing; each of them is taken once.
        await scraper.change(clicking_spider(site, "/more"))
        run = await scraper.crawl("essor-projets")
        assert run.complete, shown(run)
        assert (run.counters.pages_fetched, run.counters.items, run.counters.key_collisions) == (4, 8, 0)
        # The limit of one start page is no end of the others.
        await scraper.change(clicking_spider(site, "/long", "/next", most_clicks=1))
        run = await scraper.crawl("essor-projets")
        assert codes(run)["limit-clicks"] == 2
        assert not run.complete
        assert run.counters.pages_fetched == 4
        assert (await scraper.send("GET", "/readyz", scraper.people.admin)).json()["status"] == "ready"
    agents = {asked.header("user-agent") for asked in site.asked}
    told = "Moisson/0.1 (+robot@essor.example)"
    assert agents == {told, f"Mozilla/5.0 (compatible; {told})"}, "robots.txt is asked for by us, pages by the browser"


async def test_a_part_is_reached_again_from_the_beginning(there: Browsing, site: SampleSite) -> None:
    site.pages["/"] = parts(4, replace=True)
    source = source_of(site, click_next={"expression": "#more"})
    async with there.opened(source) as fetches:
        page = await fetches.fetch(PageRequest(f"{site.url}/#moisson:part-3", position=2))
        assert titles(page, source) == ["3a", "3b"]
        read = compile_source(source).read_listing(page, PageRequest(f"{site.url}/#moisson:part-3", position=2))
        assert [request.address for request in read.following] == [f"{site.url}/#moisson:part-4"]


async def test_next_that_is_a_link_and_one_that_changes_nothing(there: Browsing, site: SampleSite) -> None:
    site.pages |= {
        "/": html("<li class=card><b>un</b></li><a id=more href=/2>Suite</a>"),
        "/2": html("<li class=card><b>deux</b></li><a id=more href=/404>Suite</a>"),
        "/still": html("<li class=card><b>un</b></li><a id=more href=#>Suite</a>"),
    }
    source = source_of(site, click_next={"expression": "#more"}, seconds=2)
    async with there.opened(source) as fetches:
        await fetches.fetch(PageRequest(f"{site.url}/"))
        page = await fetches.fetch(PageRequest(f"{site.url}/#moisson:part-2"))
        assert titles(page, source) == ["deux"]
        assert page.address == f"{site.url}/2"
        with pytest.raises(PageLost) as failure:
            await fetches.fetch(PageRequest(f"{site.url}/#moisson:part-3"))
        assert failure.value.code == "next-part-failed"
        await fetches.fetch(PageRequest(f"{site.url}/still"))
        with pytest.raises(PageLost) as failure:
            await fetches.fetch(PageRequest(f"{site.url}/still#moisson:part-2"))
        assert failure.value.code == "listing-ended"


async def test_robots_txt_holds_for_where_a_page_is_and_where_it_leads(there: Browsing, site: SampleSite) -> None:
    site.pages |= {
        "/robots.txt": answer("User-agent: *\nDisallow: /no", content_type="text/plain"),
        "/no": html("<li class=card><b>non</b></li>"),
        "/moved": moved("/again"),
        "/again": moved("/no"),
        "/script": html("<script>location.href = '/no'</script>"),
        "/frame": html("<li class=card><b>là</b></li><iframe src=/no></iframe>"),
    }
    for path in ("/no", "/script", "/moved"):
        assert await there.lost(source_of(site, path=path)) == "robots", path
    assert "/no" not in site.targets()
    assert titles(await there.page(source_of(site, path="/frame")), source_of(site)) == ["là"]


async def test_a_host_that_is_busy_now_and_then_is_not_given_up(there: Browsing, site: SampleSite) -> None:
    """Six refusals in a row would be too many; these have an answer in between."""
    card, busy = html('<ul><li class="card"><b>Un</b></li></ul>'), html("busy", status="503 Busy")
    site.pages["/"] = lambda asked: card if asked.times == 6 else busy
    source, told = source_of(site, wait_for={"expression": "li.card"}), []
    async with there.opened(source) as fetches:
        for _ in range(7):
            try:
                told.append(str((await fetches.fetch(PageRequest(source.start_urls[0]))).status))
            except PageLost as lost:
                told.append(lost.code)
    assert told == ["http-503"] * 5 + ["200", "http-503"]


async def test_what_a_host_says_in_place_of_a_page_is_heard(there: Browsing, site: SampleSite) -> None:
    """A moment to come back at is one of the site's clock; a page that scripts lead on to counts like the first one."""
    long_ago = {"Date": "Mon, 01 Jan 2001 00:00:00 GMT", "Retry_After": "Mon, 01 Jan 2001 00:10:00 GMT"}
    cases = {
        "/date": (html("<p>busy", status="503 Busy", **long_ago), "host-said-stop", 503),
        "/empty": (answer(b"", "503 Busy", Retry_After="400"), "host-said-stop", 503),
        "/spent": (html("<h1>Bandwidth Limit Exceeded</h1>", status="403 Forbidden"), "host-said-stop", 403),
        "/script": (html("<script>location.href = '/busy'</script>"), "http-500", 500),
        "/password": (html("<p>who?", status="401 No", WWW_Authenticate="Basic realm=x"), "http-401", 401),
        "/nothing": (answer(b"", "204 No Content"), "http-204", 204),
    }
    site.pages |= {path: page for path, (page, _, _) in cases.items()}
    site.pages["/busy"] = html("<li class=card><b>busy</b></li>", status="500 Busy")
    for path, (_, code, status) in cases.items():
        with pytest.raises(PageLost) as failure:
            await there.afresh().page(source_of(site, path=path))
        page = failure.value.page
        assert page is not None, path
        assert (failure.value.code, page.status) == (code, status), path
        assert (b"<body>" in page.body) == (path not in {"/empty", "/nothing", "/password"}), path


async def test_a_host_that_refuses_data_or_the_next_part_is_left_alone(there: Browsing, site: SampleSite) -> None:
    card, enough = "<li class=card><b>un</b></li>", html("enough", status="429 Enough", Retry_After="400")
    site.pages |= {
        "/data": html(f"{card}<script>fetch('/enough')</script>"),
        "/next": html(f"{card}<a id=more href=/enough>Suite</a>"),
        "/enough": enough,
    }
    for path in ("/data", "/next"):
        source, told = source_of(site, path=path, click_next={"expression": "#more"}, seconds=2), []
        async with there.afresh().opened(source) as fetches:
            for part in ("", "#moisson:part-2", ""):
                with suppress(PageLost):
                    await fetches.fetch(PageRequest(f"{site.url}{path}{part}"))
                    told.append(part)
            with pytest.raises(PageLost) as failure:
                await fetches.fetch(PageRequest(f"{site.url}{path}"))
        assert (failure.value.code, told) == ("host-said-stop", [""]), path


async def test_a_host_that_does_not_answer_is_given_up(there: Browsing, site: SampleSite) -> None:
    async def hang_up(writer: asyncio.StreamWriter) -> None:
        """No answer at all."""

    site.pages["/"] = lambda _: hang_up
    source, told = source_of(site), []
    async with there.opened(source) as fetches:
        for _ in range(12):
            with pytest.raises(PageLost) as failure:
                await fetches.fetch(PageRequest(source.start_urls[0]))
            told.append(failure.value.code)
    assert told == ["connection-failed"] * 9 + ["host-unreachable"] * 3


async def test_a_route_behind_the_hash_is_part_of_the_address(there: Browsing, site: SampleSite) -> None:
    site.pages["/"] = html("<script>document.write(`<li class=card><b>${location.hash}</b></li>`)</script>")
    source = source_of(site, path="/#/liste")
    assert titles(await there.page(source), source) == ["#/liste"]


async def test_runs_share_no_cookies_and_parts_do(there: Browsing, site: SampleSite) -> None:
    site.pages["/"] = lambda asked: html(
        f"<li class=card><b>{'again' if 'who=' in asked.headers else 'new'}</b></li>", Set_Cookie="who=me"
    )
    source = source_of(site)
    async with there.opened(source) as first, there.opened(source) as second:
        pages = [await fetches.fetch(PageRequest(f"{site.url}/")) for fetches in (first, second, first)]
    assert [titles(page, source) for page in pages] == [["new"], ["new"], ["again"]]


@dataclass
class Canary:
    """Listens where nobody may come, on one port of this machine, in TCP and UDP; hears every byte."""

    port: int = 0
    heard: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append("tcp")
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, canary: Canary) -> None:
        self.canary = canary

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.canary.heard.append(f"udp {data[:40]!r}")


@asynccontextmanager
async def listening() -> AsyncIterator[Canary]:
    canary = Canary()
    loop = asyncio.get_running_loop()
    first = await asyncio.start_server(canary.serve, "127.0.0.1", 0)
    canary.port = first.sockets[0].getsockname()[1]
    second = await asyncio.start_server(canary.serve, "::1", canary.port)
    udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(canary), ("127.0.0.1", canary.port))
    try:
        yield canary
    finally:
        udp.close()
        first.close()
        second.close()


TRICKS = """<li class=card><b>là</b></li>
<img src="http://127.0.0.1:PORT/img"><iframe src="http://127.0.0.1:PORT/frame"></iframe>
<link rel=stylesheet href="http://127.0.0.1:PORT/style"><link rel=preconnect href="http://127.0.0.1:PORT">
<link rel=dns-prefetch href="//localhost:PORT"><link rel=prefetch href="http://localhost:PORT/prefetch">
<script src="http://localhost:PORT/script"></script><object data="http://127.0.0.1:PORT/object"></object>
<video src="http://127.0.0.1:PORT/video"></video><a id=a ping="http://127.0.0.1:PORT/ping" href="#x">x</a>
<form id=f target=other method=post action="http://127.0.0.1:PORT/form"></form>
<iframe src="/inside"></iframe><link rel=prerender href="http://127.0.0.1:PORT/prerender">
<link rel=modulepreload href="http://127.0.0.1:PORT/module"><embed src="http://127.0.0.1:PORT/embed">
<style>@import "http://127.0.0.1:PORT/import"; b { background: url("http://127.0.0.1:PORT/background") }</style>
<iframe src="ftp://127.0.0.1:PORT/"></iframe>
<script type=speculationrules>{"prerender": [{"source": "list", "urls": ["http://127.0.0.1:PORT/later"],
 "eagerness": "immediate"}], "prefetch": [{"source": "list", "urls": ["http://localhost:PORT/later"],
 "eagerness": "immediate"}]}</script>
<script>
const go = work => { try { const made = work(); if (made && made.catch) made.catch(() => 0) } catch (error) {} };
for (const host of ['127.0.0.1', '127.0.0.2', 'localhost', 'localhost.', 'x.localhost', '[::1]', '2130706433',
                    '0x7f000001', '0177.0.0.1', '127.1', '0', '0.0.0.0', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]',
                    '[::127.0.0.1]', '[64:ff9b::127.0.0.1]', 'inside.test'])
  for (const scheme of ['http', 'https']) go(() => fetch(`${scheme}://${host}:PORT/`, {mode: 'no-cors'}));
go(() => fetch('http://169.254.169.254/latest/meta-data/', {mode: 'no-cors'}));
go(() => fetch('/moved', {mode: 'no-cors'}));
go(() => fetch('http://127.0.0.1:PORT/', {method: 'POST', mode: 'no-cors', body: 'x'.repeat(1000)}));
go(() => new WebSocket('ws://127.0.0.1:PORT/')); go(() => new WebSocket('wss://localhost:PORT/'));
go(() => new EventSource('http://127.0.0.1:PORT/events'));
go(() => navigator.sendBeacon('http://127.0.0.1:PORT/beacon', 'x'));
go(() => fetch('http://127.0.0.1:PORT/keep', {keepalive: true, method: 'POST', mode: 'no-cors', body: 'x'}));
go(() => fetchLater('http://127.0.0.1:PORT/later', {activateAfter: 0})); go(() => import('http://127.0.0.1:PORT/m.js'));
go(() => new SharedWorker('/worker.js'));
go(() => new WebTransport('https://127.0.0.1:PORT/')); go(() => new Worker('/worker.js'));
go(() => navigator.serviceWorker.register('/worker.js')); go(() => document.querySelector('#a').click());
go(() => document.querySelector('#f').submit()); go(() => window.open('http://127.0.0.1:PORT/popup'));
go(() => { const peer = new RTCPeerConnection({iceServers: [{urls: ['stun:127.0.0.1:PORT', 'stun:localhost:PORT']},
    {urls: ['turn:127.0.0.1:PORT?transport=tcp', 'turn:127.0.0.1:PORT?transport=udp'], username: 'u', credential: 'c'}
  ]}); peer.createDataChannel('x');
  peer.createOffer().then(offer => peer.setLocalDescription(offer));
  const other = {candidate: 'candidate:1 1 udp 2122260223 127.0.0.1 PORT typ host', sdpMid: '0'};
  go(() => peer.addIceCandidate(other));
  go(() => peer.addIceCandidate({...other, candidate: other.candidate.replace('127.0.0.1', 'inside.local')})) });
</script>"""
WORKER = "fetch('http://127.0.0.1:PORT/worker', {mode: 'no-cors'}); new WebSocket('ws://localhost:PORT/worker');"


async def test_nothing_that_a_page_tries_reaches_this_machine(there: Browsing, site: SampleSite) -> None:
    async with listening() as canary:
        port = str(canary.port)
        site.pages |= {
            "/": html(TRICKS.replace("PORT", port), Link=f"<http://127.0.0.1:{port}/hint>; rel=preload; as=script"),
            "/inside": html(f"<script>fetch('http://127.0.0.1:{port}/', {{mode: 'no-cors'}})</script>"),
            "/moved": moved(f"http://127.0.0.1:{port}/moved"),
            "/worker.js": answer(WORKER.replace("PORT", port), content_type="text/javascript"),
            "/away": moved(f"http://127.0.0.1:{port}/away"),
            "/script-away": html(f"<script>location.href = 'http://127.0.0.1:{port}/'</script>"),
            "/refresh": html(f"<meta http-equiv=refresh content='0; url=http://[::1]:{port}/'>"),
        }
        source = source_of(site, wait_for={"expression": "#never"}, seconds=2)
        assert await there.lost(source) == "never-appeared"
        page = await there.page(source_of(site))
        assert {notice.code for notice in page.notices} >= {"request-address-refused"}
        assert sum(notice.count for notice in page.notices) > 20
        assert titles(page, source_of(site)) == ["là"]
        for path in ("/away", "/script-away", "/refresh"):
            assert await there.lost(source_of(site, path=path)) == "address-refused", path
        assert canary.heard == []
        # The canary does hear.
        _, writer = await asyncio.open_connection("127.0.0.1", canary.port)
        writer.close()
        await asyncio.sleep(0.05)
        assert canary.heard == ["tcp"]

"""Pages that mean harm to the browser: each ends in a reason, within its time, and the next one works."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from moisson_scraper.fetching.page_failure import PageLost
from moisson_scraper.reading.source_reader import PageRequest
from moisson_scraper.rendering.renderer_watch import renderers
from tests.scraper.browsing import browsing, source_of, titles
from tests.scraper.sample_site import Page, SampleSite, answer, html, moved

pytestmark = pytest.mark.browser

FINE = html("<li class=card><b>là</b></li>")


async def never(writer: asyncio.StreamWriter) -> None:
    """An answer that does not come."""
    await asyncio.sleep(30)


async def endless(writer: asyncio.StreamWriter) -> None:
    """An answer that does not end."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<li class=card><b>x</b></li>")
    while True:
        writer.write(b"<p>more</p>" * 1000)
        await writer.drain()
        await asyncio.sleep(0.001)


async def hangs_up(writer: asyncio.StreamWriter) -> None:
    """No answer at all."""


def script(text: str) -> bytes:
    return html(f"<li class=card><b>là</b></li><script>{text}</script>")


CASES: dict[str, tuple[Page, str]] = {
    "never": (lambda _: never, "timeout"),
    "endless": (lambda _: endless, "page-too-large"),
    "hangs up": (lambda _: hangs_up, "connection-failed"),
    "broken script": (html("<li class=card><b>là</b></li><script src=/hangs-up></script>"), "there"),
    "loop": (script("while (true) {}"), "timeout"),
    "alerts": (script("for (;;) alert('x')"), "timeout"),
    "memory": (script("const a = []; for (;;) a.push(new Float64Array(1e7).fill(1))"), "page-crashed"),
    "elements": (
        script("for (let n = 0; n < 3e4; n++) document.body.append(document.createElement('p'), 'x'.repeat(99))"),
        "page-too-large",
    ),
    "growing": (
        script("setInterval(() => { for (let n = 0; n < 200; n++) document.body.append('x'.repeat(1e6)) }, 1)"),
        "page-crashed",
    ),
    "again and again": (script("setTimeout(() => location.reload(), 1)"), "never-appeared"),
    "fetching": (script("for (let n = 0; n < 60; n++) fetch('/big?' + n)"), "page-too-large"),
    "pretending": (
        script("Object.defineProperty(document, 'documentElement', {get: () => ({outerHTML: 'x'.repeat(1e9)})})"),
        "there",
    ),
    "windows": (script("for (let n = 0; n < 50; n++) open('/fine?popup')"), "there"),
    "leaving": (script("addEventListener('beforeunload', event => event.preventDefault())"), "there"),
    "archive": (answer(b"x" * 5000, content_type="application/zip"), "not-a-page"),
    "download": (
        answer(b"x", content_type="text/html", Content_Disposition="attachment; filename=x.html"),
        "not-a-page",
    ),
    "circle": (moved("/circle"), "too-many-redirects"),
    "file": (moved("file:///etc/passwd"), "bad-redirect"),
    "gone": (answer(b"gone", "410 Gone"), "http-410"),
    "nonsense": (b"nonsense\r\n\r\n", "bad-answer"),
}


async def test_pages_that_mean_harm(site: SampleSite) -> None:
    site.pages |= {f"/{name.replace(' ', '-')}": page for name, (page, _) in CASES.items()}
    site.pages |= {"/big": answer(b"x" * 100_000), "/circle": moved("/circle"), "/fine": FINE}
    found: dict[str, str] = {}
    async with browsing(site, memory=400_000_000) as there:
        for name, (_, code) in CASES.items():
            waits = {"wait_for": {"expression": "#never"}} if code in {"never-appeared", "page-crashed"} else {}
            seconds = {"timeout": 1, "never-appeared": 2}.get(code, 10)
            source = source_of(site, path=f"/{name.replace(' ', '-')}", seconds=seconds, **waits)
            try:
                page = await there.page(source)
                found[name] = "there" if titles(page, source) == ["là"] else "odd"
            except PageLost as lost:
                found[name] = lost.code
        assert found == {name: code for name, (_, code) in CASES.items()}
        assert "/fine?popup" not in site.targets()
        # A spare one is Chromium's own; those that hung are gone.
        await eventually(lambda: len(list(renderers(os.getpid()))) <= 1)


async def test_after_a_crash_the_next_page_works(site: SampleSite) -> None:
    site.pages |= {"/": script("fetch('/hold')"), "/hold": lambda _: never, "/fine": FINE}
    waiting = source_of(site, wait_for={"expression": "#never"}, seconds=20)
    fine = source_of(site, path="/fine", wait_for={"expression": "li"})
    async with browsing(site) as there, there.opened(waiting) as fetches:

        async def lost_by(pick: str) -> str:
            asking = asyncio.create_task(fetches.fetch(PageRequest(f"{site.url}/")))
            before = len(site.asked)
            await eventually(lambda: "/hold" in site.targets()[before:])
            for pid in descendants(os.getpid()):
                if pick in command(pid) and ("--type=" in pick or "--type=" not in command(pid)):
                    os.kill(pid, signal.SIGKILL)
            with pytest.raises(PageLost) as failure:
                await asking
            return failure.value.code

        assert await lost_by("--type=renderer") == "page-crashed"
        assert titles(await there.page(fine), fine) == ["là"]
        assert await lost_by("--remote-debugging-pipe") == "browser-ended"
        assert titles(await there.page(fine), fine) == ["là"]


async def test_a_page_that_waits_for_its_next_part_is_watched_too(site: SampleSite) -> None:
    burns = """setTimeout(async () => { const a = [];
        for (let n = 0; n < 30; n++) {
            a.push(new Float64Array(4e6).fill(n)); await new Promise(done => setTimeout(done, 40)) }
        fetch('/burnt') }, 900)"""
    more = "<button id=more onclick=\"document.querySelector('b').textContent = 'deux'\">Suite</button>"
    card = f"<li class=card><b>un</b></li>{more}"
    site.pages["/"] = lambda asked: html(card + (f"<script>{burns}</script>" if asked.times == 1 else ""))
    source = source_of(site, click_next={"expression": "#more"}, seconds=15)
    async with browsing(site, memory=400_000_000) as there, there.opened(source) as fetches:
        assert titles(await fetches.fetch(PageRequest(f"{site.url}/")), source) == ["un"]
        before = {pid for pid, _ in renderers(os.getpid())}
        await eventually(lambda: "/burnt" in site.targets() or not before <= {pid for pid, _ in renderers(os.getpid())})
        assert "/burnt" not in site.targets()
        part = PageRequest(f"{site.url}/#moisson:part-2")
        with suppress(PageLost):  # asked for at the very moment, it may hear of the crash
            await fetches.fetch(part)
        assert titles(await fetches.fetch(part), source) == ["deux"], "the part is reached again"


async def test_nothing_outlives_the_service(site: SampleSite) -> None:
    site.pages["/"] = FINE
    async with browsing(site, idle_seconds=0.1) as there:
        await there.page(source_of(site))
        await eventually(lambda: not any("--type=" in command(pid) for pid in descendants(os.getpid())))
        async with there.opened(source_of(site)) as fetches:  # and again
            await fetches.fetch(PageRequest(f"{site.url}/"))
            assert any("--type=" in command(pid) for pid in descendants(os.getpid()))
    assert not [pid for pid in descendants(os.getpid()) if "--type=" in command(pid)]


async def test_a_killed_service_takes_its_browser_with_it(tmp_path: Path, site: SampleSite) -> None:
    site.pages["/"] = script("fetch('/hold')")
    site.pages["/hold"] = lambda _: never
    arguments = ("-c", LONELY, site.address)
    environment = os.environ | {"TMPDIR": str(tmp_path)}  # what a killed process leaves behind
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=Path(__file__).parents[2], env=environment
    )
    await eventually(lambda: "/hold" in site.targets())
    left = descendants(process.pid)
    assert any("--type=renderer" in command(pid) for pid in left)
    process.kill()
    await process.wait()
    await eventually(lambda: not any(command(pid) for pid in left))


LONELY = """
import asyncio, sys
from tests.scraper.sample_site import SampleSite
from tests.scraper.browsing import browsing, source_of
site = SampleSite(port=int(sys.argv[1].rpartition(":")[2]))

async def main():
    async with browsing(site) as there:
        await there.page(source_of(site, wait_for={"expression": "#never"}, seconds=30))

asyncio.run(main())
"""


async def eventually(there: Callable[[], bool], seconds: float = 20) -> None:
    """Returns once it is so."""
    async with asyncio.timeout(seconds):
        while not there():  # noqa: ASYNC110 - what other processes do is told by no event
            await asyncio.sleep(0.02)


def descendants(top: int) -> list[int]:
    """All processes below one, the zombies too."""
    parents = dict(parents_of())
    found = [pid for pid in parents if pid != top and top in lineage(pid, parents)]
    return [pid for pid in found if command(pid)]


def parents_of() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                yield int(entry.name), int((entry / "stat").read_text().rpartition(")")[2].split()[1])


def lineage(pid: int, parents: dict[int, int]) -> list[int]:
    line = []
    while pid in parents and pid not in line:
        line.append(pid)
        pid = parents[pid]
    return line


def command(pid: int) -> str:
    """What it was started with; empty for one that is gone or dead."""
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""

"""The work queue on Redis while processes are killed and the server goes away, is slow, or forgets."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs
from structlog.typing import EventDict

from moisson_shared.adapters.open_backends import open_queue
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.ports.work_queue import Hint, WorkQueue
from tests.contracts.redis_server import ROOT, OwnRedis, a_queue_address, redis_url
from tests.contracts.test_work_queue import SOON, Seen, receiving

pytestmark = pytest.mark.servers


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with a_queue_address(redis_url()) as address:
        yield address


@pytest.fixture
async def queue(url: str) -> AsyncIterator[WorkQueue]:
    opened = open_queue(url)
    yield opened
    await opened.close()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[OwnRedis]:
    own = OwnRedis(tmp_path)
    await own.start()
    yield own
    await own.stop()


@pytest.fixture
async def on_own_server(server: OwnRedis) -> AsyncIterator[WorkQueue]:
    opened = open_queue(server.url)
    yield opened
    await opened.close()


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    with capture_logs() as captured:
        yield captured


@asynccontextmanager
async def worker(url: str, concurrency: int, seconds: float) -> AsyncIterator[Process]:
    """A receiving process, ready to work; killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.contracts.queue_process",
        url,
        str(concurrency),
        str(seconds),
        cwd=ROOT,
        stdout=PIPE,
    )
    try:
        assert await said(process) == "ready"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def said(process: Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), SOON)).decode().strip()


def events(logs: list[EventDict]) -> list[str]:
    return [entry["event"] for entry in logs]


async def until_logged(logs: list[EventDict], event: str) -> None:
    async with asyncio.timeout(SOON):
        while True:
            if event in events(logs):
                return
            await asyncio.sleep(0.02)


async def until_taken(url: str, topic: str) -> None:
    async with asyncio.timeout(SOON), Redis.from_url(redis_url()) as redis:
        while True:
            if not await redis.xlen(stream_of(url, topic)):
                return
            await asyncio.sleep(0.02)


def stream_of(url: str, topic: str) -> str:
    return f"{url.partition('?prefix=')[2]}:work:{topic}"


async def test_what_a_killed_process_had_not_begun_is_done_by_another(queue: WorkQueue, url: str) -> None:
    """What it had begun is not given again: its document says how far it came, and the sweep sends a new hint."""
    for hint in (Hint("crawl", "one"), Hint("build", "two"), Hint("crawl", "three")):
        await queue.send(hint)
    async with worker(url, 1, 3600) as process:
        begun = (await said(process)).removeprefix("begun ")
        process.kill()
        await process.wait()
    left = {"one", "two", "three"} - {begun}
    seen = Seen()
    async with receiving(queue, {"crawl": seen.handle, "build": seen.handle}):
        # One of them was read by the dead process already, together with the one that it began.
        await seen.until(lambda keys: set(keys) == left)
        await queue.send(Hint("crawl", begun))
        await seen.until(lambda keys: begun in keys)
    assert sorted(seen.keys) == sorted([*left, begun])


async def test_a_process_that_has_no_room_leaves_hints_to_others(queue: WorkQueue, url: str) -> None:
    seen = Seen()
    await queue.send(Hint("crawl", "one"))
    await queue.send(Hint("build", "two"))
    async with worker(url, 1, 3600) as process:
        begun = (await said(process)).removeprefix("begun ")
        (other,) = {"one", "two"} - {begun}
        async with receiving(queue, {"crawl": seen.handle, "build": seen.handle}):
            await seen.until(lambda keys: keys == [other])


async def test_processes_share_the_work_and_do_each_hint_once(queue: WorkQueue, url: str) -> None:
    wanted = {f"run-{number}" for number in range(60)}
    async with worker(url, 2, 0.05) as one, worker(url, 2, 0.05) as other:
        for key in sorted(wanted):
            await queue.send(Hint("crawl", key))
        await until_taken(url, "crawl")
        for process in (one, other):
            process.terminate()
        outputs = [
            (await asyncio.wait_for(process.communicate(), SOON))[0].decode().split("\n") for process in (one, other)
        ]
    done = [[line.removeprefix("ended ") for line in lines if line.startswith("ended")] for lines in outputs]
    assert sorted(done[0] + done[1]) == sorted(wanted)
    assert min(len(keys) for keys in done) >= 10


async def test_a_process_that_is_told_to_stop_ends_what_it_began_and_takes_no_more(queue: WorkQueue, url: str) -> None:
    async with worker(url, 1, 0.3) as busy:
        await queue.send(Hint("crawl", "one"))
        assert await said(busy) == "begun one"
        await queue.send(Hint("crawl", "two"))
        busy.terminate()
        assert (await asyncio.wait_for(busy.communicate(), SOON))[0] == b"ended one\n"
        assert busy.returncode == 0
    async with worker(url, 1, 0) as idle:
        assert await said(idle) == "begun two"
        assert await said(idle) == "ended two"
        idle.terminate()
        assert await asyncio.wait_for(idle.wait(), SOON) == 0


async def test_a_hint_for_a_key_at_work_is_given_to_others_when_the_process_ends(queue: WorkQueue, url: str) -> None:
    async with worker(url, 2, 0.3) as process:
        await queue.send(Hint("crawl", "one"))
        assert await said(process) == "begun one"
        await queue.send(Hint("crawl", "one"))
        await until_taken(url, "crawl")
        process.terminate()
        assert (await asyncio.wait_for(process.communicate(), SOON))[0] == b"ended one\n"
    seen = Seen()
    async with receiving(queue, {"crawl": seen.handle}):
        await seen.until(lambda keys: keys == ["one"])


async def test_entries_of_strangers_are_taken_away_and_hold_up_nobody(
    queue: WorkQueue, url: str, logs: list[EventDict]
) -> None:
    stream = stream_of(url, "crawl")
    async with Redis.from_url(redis_url()) as redis:
        await redis.xadd(stream, {"x": "y"})
        for data in ("no JSON", "[1, 2]", '["build", "theirs"]'):
            await redis.xadd(stream, {"data": data})
        seen = Seen()
        async with receiving(queue, {"crawl": seen.handle}):
            await queue.send(Hint("crawl", "one"))
            await seen.until(lambda keys: keys == ["one"])
        assert (await redis.xlen(stream), (await redis.xpending(stream, "moisson"))["pending"]) == (0, 0)
    assert events(logs) == ["entry of a stranger"] * 4


async def test_nothing_is_left_behind_in_redis_when_all_is_done(queue: WorkQueue, url: str) -> None:
    seen = Seen()
    async with receiving(queue, {"crawl": seen.handle}):
        for number in range(20):
            await queue.send(Hint("crawl", f"run-{number}"))
        await seen.until(lambda keys: len(keys) == 20)
    stream = stream_of(url, "crawl")
    async with Redis.from_url(redis_url()) as redis:
        prefix = stream.partition(":")[0]
        assert [key async for key in redis.scan_iter(f"*{prefix}*")] == [stream.encode()]
        assert await redis.xlen(stream) == 0
        assert len(await redis.xinfo_consumers(stream, "moisson")) == 1


@pytest.mark.parametrize("way", ["stopped", "killed"])
async def test_a_server_that_was_away_is_found_again(
    server: OwnRedis, on_own_server: WorkQueue, logs: list[EventDict], way: str
) -> None:
    begun, go_on, seen = asyncio.Event(), asyncio.Event(), Seen()

    async def handle(key: str) -> None:
        if key == "long":
            begun.set()
            await go_on.wait()
        await seen.handle(key)

    await on_own_server.send(Hint("build", "waiting"))
    async with receiving(on_own_server, {"crawl": handle}):
        await on_own_server.send(Hint("crawl", "long"))
        await asyncio.wait_for(begun.wait(), SOON)
        if way == "killed":
            server.signal(signal.SIGKILL)
        else:
            await server.stop()
        await until_logged(logs, "work queue away")
        with pytest.raises(Unavailable, match="does not answer"):
            await on_own_server.send(Hint("crawl", "lost"))
        await server.start()
        await until_logged(logs, "work queue back")
        go_on.set()
        await on_own_server.send(Hint("crawl", "after"))
        await seen.until(lambda keys: set(keys) == {"long", "after"})
        async with receiving(on_own_server, {"build": handle}):
            await seen.until(lambda keys: sorted(keys) == ["after", "long", "waiting"])
    assert events(logs) == ["work queue away", "work queue back"]
    assert OwnRedis.PASSWORD not in str(logs)


async def test_a_server_that_says_nothing_is_away(server: OwnRedis, on_own_server: WorkQueue) -> None:
    seen = Seen()
    async with receiving(on_own_server, {"crawl": seen.handle}):
        await on_own_server.send(Hint("crawl", "one"))
        await seen.until(lambda keys: keys == ["one"])
        server.signal(signal.SIGSTOP)
        try:
            with pytest.raises(Unavailable, match="does not answer"):
                await on_own_server.send(Hint("crawl", "two"))
        finally:
            server.signal(signal.SIGCONT)
        await on_own_server.send(Hint("crawl", "three"))
        await seen.until(lambda keys: "three" in keys)


async def test_a_server_that_forgot_everything_is_used_again(server: OwnRedis, on_own_server: WorkQueue) -> None:
    seen = Seen()
    async with receiving(on_own_server, {"crawl": seen.handle}):
        await on_own_server.send(Hint("crawl", "one"))
        await seen.until(lambda keys: keys == ["one"])
        async with Redis.from_url(server.url) as redis:
            await redis.flushall()
        await on_own_server.send(Hint("crawl", "two"))
        await seen.until(lambda keys: keys == ["one", "two"])


async def test_a_receiver_waits_for_a_server_that_is_not_there_yet(tmp_path: Path, logs: list[EventDict]) -> None:
    server = OwnRedis(tmp_path)
    queue = open_queue(server.url)
    seen = Seen()
    async with receiving(queue, {"crawl": seen.handle}):
        await until_logged(logs, "work queue away")
        await server.start()
        await until_logged(logs, "work queue back")
        await queue.send(Hint("crawl", "one"))
        await seen.until(lambda keys: keys == ["one"])
    await queue.close()
    await server.stop()


async def test_a_wrong_password_is_told_and_not_shown(server: OwnRedis, logs: list[EventDict]) -> None:
    queue = open_queue(server.url.replace(OwnRedis.PASSWORD, "a-wrong-secret"))
    with pytest.raises(Unavailable, match="does not accept the credentials") as caught:
        await queue.send(Hint("crawl", "one"))
    async with receiving(queue, {"crawl": Seen().handle}):
        await until_logged(logs, "work queue away")
    await queue.close()
    assert "secret" not in f"{caught.value!r} {caught.value.__cause__!r} {logs}"

"""The work queue: hints reach handlers of their topic; nothing here relies on exactly-once or on order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest

from moisson_shared.adapters.in_process_queue import InProcessQueue
from moisson_shared.adapters.open_backends import open_queue
from moisson_shared.adapters.redis_queue import RedisQueue
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.ports.work_queue import Handler, Hint, WorkQueue
from tests.contracts.redis_server import a_queue_address, redis_url

SOON = 15.0
"""Seconds: a queue on a server may take its time."""


@pytest.fixture(params=["in-process", pytest.param("redis", marks=pytest.mark.servers)])
async def queue(request: pytest.FixtureRequest) -> AsyncIterator[WorkQueue]:
    async with AsyncExitStack() as stack:
        url = "in-process:"
        if request.param == "redis":
            url = await stack.enter_async_context(a_queue_address(redis_url()))
        opened = open_queue(url)
        yield opened
        await opened.close()


@asynccontextmanager
async def receiving(
    queue: WorkQueue, handlers: dict[str, Handler], concurrency: int = 4
) -> AsyncIterator[asyncio.Task[None]]:
    """A receiver at work; cancelled at the end."""
    task = asyncio.create_task(queue.receive(handlers, concurrency))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Seen:
    """Keys as a handler got them."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self._changed = asyncio.Condition()

    async def handle(self, key: str) -> None:
        async with self._changed:
            self.keys.append(key)
            self._changed.notify_all()

    async def until(self, holds: Callable[[list[str]], bool]) -> None:
        async with asyncio.timeout(SOON), self._changed:
            await self._changed.wait_for(lambda: holds(self.keys))


async def test_a_hint_reaches_the_handler_of_its_topic(queue: WorkQueue) -> None:
    crawls, builds = Seen(), Seen()
    async with receiving(queue, {"crawl": crawls.handle, "build": builds.handle}):
        await queue.send(Hint("crawl", "run-1"))
        await queue.send(Hint("build", "cis"))
        await crawls.until(lambda keys: "run-1" in keys)
        await builds.until(lambda keys: "cis" in keys)
    assert (set(crawls.keys), set(builds.keys)) == ({"run-1"}, {"cis"})


async def test_a_hint_sent_before_anybody_receives_is_kept(queue: WorkQueue) -> None:
    await queue.send(Hint("crawl", "early"))
    seen = Seen()
    async with receiving(queue, {"crawl": seen.handle}):
        await seen.until(lambda keys: "early" in keys)


async def test_topics_of_others_are_left_to_them(queue: WorkQueue) -> None:
    crawls, builds = Seen(), Seen()
    async with receiving(queue, {"crawl": crawls.handle}):
        await queue.send(Hint("build", "cis"))
        await queue.send(Hint("crawl", "run-1"))
        await crawls.until(lambda keys: "run-1" in keys)
        async with receiving(queue, {"build": builds.handle}):
            await builds.until(lambda keys: "cis" in keys)
    assert "cis" not in crawls.keys


async def test_many_hints_all_arrive(queue: WorkQueue) -> None:
    seen = Seen()
    wanted = {f"run-{number}" for number in range(300)}
    async with receiving(queue, {"crawl": seen.handle}, concurrency=8):
        for key in sorted(wanted):
            await queue.send(Hint("crawl", key))
        await seen.until(lambda keys: set(keys) >= wanted)


@pytest.mark.parametrize("key", ["", "é", "a b", "a\0b", "🐝", "x" * 2000, "$a.b:c"])
async def test_keys_arrive_as_they_are(queue: WorkQueue, key: str) -> None:
    seen = Seen()
    async with receiving(queue, {"crawl": seen.handle}):
        await queue.send(Hint("crawl", key))
        await seen.until(lambda keys: keys == [key])


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_no_more_handlers_than_allowed_work_at_once(queue: WorkQueue, concurrency: int) -> None:
    seen, at_work, most = Seen(), 0, 0

    async def handle(key: str) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0.02)
        at_work -= 1
        await seen.handle(key)

    for number in range(10):
        await queue.send(Hint("crawl", f"run-{number}"))
    async with receiving(queue, {"crawl": handle}, concurrency):
        await seen.until(lambda keys: len(set(keys)) == 10)
    assert most == concurrency


async def test_one_key_is_never_handled_twice_at_once(queue: WorkQueue) -> None:
    seen, at_work = Seen(), set[str]()
    overlaps: list[str] = []

    def handler(topic: str) -> Callable[[str], Awaitable[None]]:
        async def handle(key: str) -> None:
            if key in at_work:
                overlaps.append(key)
            at_work.add(key)
            await asyncio.sleep(0.03)
            at_work.discard(key)
            await seen.handle(f"{topic}:{key}")

        return handle

    async with receiving(queue, {"crawl": handler("crawl"), "build": handler("build")}, concurrency=8):
        for _ in range(5):
            for topic in ("crawl", "build"):
                for key in ("one", "two"):
                    await queue.send(Hint(topic, key))
        await seen.until(lambda keys: {"crawl:one", "crawl:two", "build:one", "build:two"} <= set(keys))
    assert overlaps == []


async def test_a_hint_sent_while_its_key_is_handled_is_handled_after(queue: WorkQueue) -> None:
    """The handler may have read the document before it changed: the second hint must not be swallowed."""
    seen, begun = Seen(), asyncio.Event()

    async def handle(key: str) -> None:
        await seen.handle(key)
        if not begun.is_set():
            begun.set()
            await asyncio.sleep(0.05)

    async with receiving(queue, {"crawl": handle}):
        await queue.send(Hint("crawl", "run-1"))
        await asyncio.wait_for(begun.wait(), SOON)
        await queue.send(Hint("crawl", "run-1"))
        await seen.until(lambda keys: keys.count("run-1") >= 2)


async def test_a_handler_that_raises_is_counted_and_stops_nobody(queue: WorkQueue) -> None:
    seen = Seen()

    async def handle(key: str) -> None:
        await seen.handle(key)
        if key.startswith("bad"):
            raise RuntimeError("the document is gone")

    async with receiving(queue, {"crawl": handle}, concurrency=1):
        for key in ("bad-1", "bad-2", "good"):
            await queue.send(Hint("crawl", key))
        await seen.until(lambda keys: {"bad-1", "bad-2", "good"} <= set(keys))
        await queue.send(Hint("crawl", "later"))
        await seen.until(lambda keys: "later" in keys)
    assert dict(queue.failures) == {"crawl": 2}
    assert seen.keys.count("bad-1") == 1


async def test_cancelling_waits_for_those_at_work(queue: WorkQueue) -> None:
    begun, finished = asyncio.Event(), Seen()

    async def handle(key: str) -> None:
        begun.set()
        await asyncio.sleep(0.1)
        await finished.handle(key)

    async with receiving(queue, {"crawl": handle}) as task:
        await queue.send(Hint("crawl", "run-1"))
        await asyncio.wait_for(begun.wait(), SOON)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert finished.keys == ["run-1"]


async def test_cancelling_twice_ends_those_at_work(queue: WorkQueue) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def handle(_: str) -> None:
        begun.set()
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    async with receiving(queue, {"crawl": handle}) as task:
        await queue.send(Hint("crawl", "run-1"))
        await asyncio.wait_for(begun.wait(), SOON)
        task.cancel()
        await asyncio.sleep(0.01)
        assert not ended.is_set()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, SOON)
    assert ended.is_set()


async def test_after_a_receiver_was_cancelled_another_goes_on(queue: WorkQueue) -> None:
    first, second = Seen(), Seen()
    async with receiving(queue, {"crawl": first.handle}):
        await queue.send(Hint("crawl", "one"))
        await first.until(lambda keys: "one" in keys)
    await queue.send(Hint("crawl", "two"))
    async with receiving(queue, {"crawl": second.handle}):
        await second.until(lambda keys: "two" in keys)
    assert first.keys == ["one"]


async def test_a_closed_queue_takes_no_hints_and_ends_its_receivers(queue: WorkQueue) -> None:
    task = asyncio.create_task(queue.receive({"crawl": Seen().handle}, 1))
    await asyncio.sleep(0.01)
    await queue.close()
    await queue.close()
    await asyncio.wait_for(task, SOON)
    with pytest.raises(Unavailable, match="closed"):
        await queue.send(Hint("crawl", "late"))


async def test_a_receiver_needs_room_for_one(queue: WorkQueue) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        await queue.receive({}, 0)


async def test_a_hint_that_is_waiting_is_not_queued_twice(queue: WorkQueue) -> None:
    for _ in range(5):
        await queue.send(Hint("crawl", "one"))
    await queue.send(Hint("crawl", "two"))
    seen = Seen()
    async with receiving(queue, {"crawl": seen.handle}, concurrency=1):
        await seen.until(lambda keys: "two" in keys)
        await queue.send(Hint("crawl", "one"))
        await seen.until(lambda keys: len(keys) == 3)
    assert sorted(seen.keys) == ["one", "one", "two"]


async def test_closing_waits_for_those_at_work(queue: WorkQueue) -> None:
    begun, finished = asyncio.Event(), Seen()

    async def handle(key: str) -> None:
        begun.set()
        await asyncio.sleep(0.1)
        await finished.handle(key)

    async with receiving(queue, {"crawl": handle}, concurrency=1) as task:
        await queue.send(Hint("crawl", "run-1"))
        await asyncio.wait_for(begun.wait(), SOON)
        await queue.close()
        await asyncio.wait_for(task, SOON)
    assert finished.keys == ["run-1"]


async def test_a_receiver_that_is_cancelled_at_any_moment_ends_and_loses_nothing(queue: WorkQueue) -> None:
    seen = Seen()
    handlers: dict[str, Handler] = {"crawl": seen.handle, "build": seen.handle}
    for number in range(25):
        task = asyncio.create_task(queue.receive(handlers, 2))
        await queue.send(Hint("crawl", f"run-{number}"))
        await asyncio.sleep(number * 0.0004)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(task), SOON)
    async with receiving(queue, handlers):
        await seen.until(lambda keys: set(keys) == {f"run-{number}" for number in range(25)})


def in_process(_: str) -> WorkQueue:
    return InProcessQueue(most_waiting=2)


def on_redis(url: str) -> WorkQueue:
    server, _, prefix = url.partition("?prefix=")
    return RedisQueue(server, prefix, most_waiting=2)


@pytest.mark.parametrize("made", [in_process, pytest.param(on_redis, marks=pytest.mark.servers)])
async def test_a_full_queue_says_so_and_equal_hints_take_one_place(made: Callable[[str], WorkQueue]) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(a_queue_address(redis_url())) if made is on_redis else ""
        queue = made(url)
        stack.push_async_callback(queue.close)
        for _ in range(10):
            await queue.send(Hint("crawl", "one"))
        await queue.send(Hint("crawl", "two"))
        with pytest.raises(Unavailable, match="full"):
            await queue.send(Hint("crawl", "three"))
        seen = Seen()
        async with receiving(queue, {"crawl": seen.handle}):
            await seen.until(lambda keys: len(keys) == 2)
            await queue.send(Hint("crawl", "three"))
            await seen.until(lambda keys: keys == ["one", "two", "three"])

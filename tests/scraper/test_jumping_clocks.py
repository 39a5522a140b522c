"""A clock that jumps, or that is a day from the others': no lease holds for ever, and none is taken from the living."""

from datetime import timedelta
from pathlib import Path

import pytest

from moisson_scraper.keeping.collections import COLLECTIONS, FEEDS, SpiderFeed
from moisson_scraper.keeping.feed_lease import FeedLease, LeaseLost, take_lease
from moisson_scraper.keeping.lot_lease import LotLease, LotLost
from moisson_scraper.keeping.robots_shelf import StoredRobots
from moisson_scraper.keeping.visit_documents import LOTS, PageLot
from moisson_shared.adapters.sqlite_documents import SqliteDocuments
from moisson_shared.ports.documents import Insert, Put, Stored
from moisson_shared.ports.lease_watch import LeaseWatch
from tests.moved_clock import DAY, NOON, MovedClock

SECONDS = 15.0


def watch_of(clock: MovedClock) -> LeaseWatch:
    return LeaseWatch(SECONDS, clock.monotonic)


def a_feed(holder: str | None = None, ends: timedelta | None = None) -> SpiderFeed:
    expires = None if ends is None else NOON + ends
    return SpiderFeed(spider_id="s", partner="p", epoch="e", holder=holder, expires_at=expires)


@pytest.mark.parametrize(
    ("holder", "ends", "at_once", "after_watching"),
    [
        (None, None, True, True),
        ("other", timedelta(seconds=1), False, False),
        ("other", timedelta(seconds=SECONDS), False, False),
        ("other", timedelta(seconds=SECONDS + 59), False, False),
        ("other", timedelta(seconds=SECONDS + 61), False, True),
        ("other", DAY, False, True),
        ("other", 3650 * DAY, False, True),
        ("other", timedelta(0), True, True),
        ("other", timedelta(seconds=-59), True, True),
        ("other", timedelta(seconds=-61), False, True),
        ("other", -DAY, False, True),
    ],
)
def test_when_a_lease_is_free(holder: str | None, ends: timedelta | None, at_once: bool, after_watching: bool) -> None:
    clock = MovedClock()
    watch = watch_of(clock)
    lease = Stored("s", 7, a_feed(holder, ends))
    assert watch.is_free(lease, NOON) is at_once
    clock.ticks += SECONDS + 1
    assert watch.is_free(lease, NOON) is after_watching
    if ends is not None and abs(ends) >= DAY:
        clock.ticks += SECONDS - 1
        assert not watch.is_free(Stored("s", 8, lease.value), NOON), "its holder has renewed it"


async def a_store(folder: Path) -> SqliteDocuments:
    store = SqliteDocuments(folder / "store.sqlite")
    await store.open(COLLECTIONS)
    return store


async def taken(store: SqliteDocuments, name: str, watch: LeaseWatch, clock: MovedClock) -> FeedLease:
    lease = await take_lease(store, "s", name, watch, clock.now)
    assert lease is not None
    return lease


@pytest.mark.parametrize("jump", [DAY, -DAY])
async def test_a_holder_that_lives_keeps_its_lease_whatever_the_clocks_say(tmp_path: Path, jump: timedelta) -> None:
    store, one, two = await a_store(tmp_path), MovedClock(), MovedClock(NOON + jump)
    await store.apply([Insert(FEEDS, a_feed())])
    watch = watch_of(two)
    held = await taken(store, "one", watch_of(one), one)
    for _ in range(20):
        assert await take_lease(store, "s", "two", watch, two.now) is None
        for clock in (one, two):
            clock.passes(SECONDS / 3)
        await held.renew()
    await store.close()


@pytest.mark.parametrize("jump", [DAY, -DAY])
async def test_a_dead_holders_lease_ends_soon_whatever_the_clocks_say(tmp_path: Path, jump: timedelta) -> None:
    store, one, two = await a_store(tmp_path), MovedClock(), MovedClock(NOON + jump)
    await store.apply([Insert(FEEDS, a_feed())])
    watch = watch_of(two)
    dead = await taken(store, "one", watch_of(one), one)
    assert await take_lease(store, "s", "two", watch, two.now) is None
    two.passes(SECONDS + 1)
    new = await taken(store, "two", watch, two)
    assert new.token == dead.token + 1
    with pytest.raises(LeaseLost):
        await dead.renew()
    await new.renew()
    await store.close()


async def test_one_that_is_a_little_ahead_takes_over_too_early_and_the_first_one_can_write_no_more(
    tmp_path: Path,
) -> None:
    store, one, two = await a_store(tmp_path), MovedClock(), MovedClock(NOON + timedelta(seconds=30))
    await store.apply([Insert(FEEDS, a_feed())])
    first = await taken(store, "one", watch_of(one), one)
    await taken(store, "two", watch_of(two), two)
    with pytest.raises(LeaseLost):
        await first.write(lambda feed: (feed.last_seq + 1, [Put(FEEDS, a_feed())]))
    stored = await store.get(FEEDS, "s")
    assert stored is not None
    assert (stored.value.holder, stored.value.last_seq) == ("two", 0)
    await store.close()


@pytest.mark.parametrize("jump", [DAY, -DAY])
async def test_a_lot_of_a_dead_worker_is_free_soon_whatever_the_clocks_say(tmp_path: Path, jump: timedelta) -> None:
    store, one, two = await a_store(tmp_path), MovedClock(), MovedClock(NOON + jump)
    lot = PageLot(key="r/1", run_id="r", spider_id="s", spider_version=1, requests="[]", seconds=9, retries_left=1)
    await store.apply([Insert(LOTS, lot)])
    watch = watch_of(two)

    async def lease_of(clock: MovedClock) -> tuple[LotLease, bool]:
        stored = await store.get(LOTS, "r/1")
        assert stored is not None
        return LotLease(store, stored, "w", SECONDS, clock.now, clock.monotonic), watch.is_free(stored, two.now())

    dead, _ = await lease_of(one)
    await dead.take()
    for _ in range(5):
        assert (await lease_of(two))[1] is False
        for clock in (one, two):
            clock.passes(10)
        assert await dead.renew(5)
        assert not await dead.renew(5), "it has been renewed just now"
    assert (await lease_of(two))[1] is False
    two.passes(SECONDS + 1)
    new, free = await lease_of(two)
    assert free
    await new.take()
    with pytest.raises(LotLost):
        await dead.renew(0)
    await store.close()


async def test_robots_txt_is_not_kept_until_a_day_that_was_never_near(tmp_path: Path) -> None:
    store, clock = await a_store(tmp_path), MovedClock(NOON + 365 * DAY)
    shelf = StoredRobots(store, clock.now)
    await shelf.keep("http://s.example", "User-agent: *", 3600)
    assert await shelf.read("http://s.example") == ("User-agent: *", 3600)
    clock.wall = NOON
    assert await shelf.read("http://s.example") is None
    await shelf.keep("http://s.example", None, 3600)
    assert await shelf.read("http://s.example") == (None, 3600)
    await store.close()

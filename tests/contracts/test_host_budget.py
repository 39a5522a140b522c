"""The budget of a host: never more at once, never closer together, nobody during a hold, whoever asks from wherever.

Times are asserted from below only: a turn may come later than it could, and never earlier than it may.
"""

import asyncio
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import pytest
from redis.asyncio import Redis

from moisson_shared.adapters.in_process_host_budget import InProcessHostBudget
from moisson_shared.adapters.open_backends import open_host_budget
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.ports.host_budget import HostBudget
from tests.free_ports import free_port

SOON = 15.0
HOST = "essor.example"


@dataclass
class Budgets:
    """Budgets that are one: clients of one server, or the one object of a process."""

    url: str
    opened: dict[int, HostBudget] = field(default_factory=dict)

    def one(self, at_once: int = 8) -> HostBudget:
        """Another client; in one process there is only one budget."""
        number = 0 if self.url == "in-process:" else len(self.opened)
        if number not in self.opened:
            self.opened[number] = open_host_budget(self.url, at_once)
        return self.opened[number]


@pytest.fixture(params=["in-process", pytest.param("redis", marks=pytest.mark.servers)])
async def budgets(request: pytest.FixtureRequest) -> AsyncIterator[Budgets]:
    if request.param == "in-process":
        yield Budgets("in-process:")
        return
    server, prefix = redis_url(), f"moisson-test-{secrets.token_hex(6)}"
    made = Budgets(f"{server}?prefix={prefix}")
    yield made
    for budget in made.opened.values():
        await budget.close()
    async with Redis.from_url(server) as client:
        async for key in client.scan_iter(match=f"{prefix}:*"):
            assert await client.pttl(key) > 0, key  # nothing stays for ever
            await client.delete(key)


def redis_url() -> str:
    """Where the real server is; fails, and never skips, when nobody says so."""
    url = os.environ.get("REDIS_URL")
    if not url:
        pytest.fail('REDIS_URL is not set: run `make servers`, or `eval "$(deploy/servers/up)"`')
    return url


def turn(
    budget: HostBudget,
    *,
    host: str = HOST,
    delay: float = 0.0,
    longest: float = 30.0,
    waits: Callable[[float], None] = lambda _: None,
) -> AbstractAsyncContextManager[None]:
    return budget.turn(host, lambda: delay, longest, waits)


@dataclass
class Crowd:
    """Visits to a host, and how many of them there were at once."""

    inside: int = 0
    most: int = 0
    order: list[str] = field(default_factory=list)

    async def visit(self, budget: HostBudget, name: str = "", delay: float = 0.0, stay: float = 0.01) -> None:
        async with turn(budget, delay=delay):
            self.order.append(name)
            self.inside += 1
            self.most = max(self.most, self.inside)
            await asyncio.sleep(stay)
            self.inside -= 1


async def test_no_more_at_once_than_allowed_over_all_clients(budgets: Budgets) -> None:
    one, other, crowd = budgets.one(3), budgets.one(3), Crowd()
    async with asyncio.timeout(SOON):
        await asyncio.gather(*(crowd.visit(budget) for budget in (one, other) for _ in range(12)))
    assert crowd.most == 3
    assert len(crowd.order) == 24


async def test_starts_keep_their_distance_over_all_clients(budgets: Budgets) -> None:
    one, other, crowd = budgets.one(), budgets.one(), Crowd()
    began = time.monotonic()
    async with asyncio.timeout(SOON):
        await asyncio.gather(*(crowd.visit(budget, delay=0.05) for budget in (one, other) for _ in range(5)))
    assert time.monotonic() - began >= 9 * 0.05
    assert len(crowd.order) == 10


async def test_the_delay_counts_as_it_is_when_the_turn_could_begin(budgets: Budgets) -> None:
    budget, delays = budgets.one(), [3600.0]

    def waits(_: float) -> None:
        delays[0] = 0.0

    async with turn(budget, delay=0.0):
        pass
    async with asyncio.timeout(SOON), budget.turn(HOST, lambda: delays[0], 30.0, waits):
        assert delays == [0.0]


async def test_hosts_have_nothing_to_do_with_each_other(budgets: Budgets) -> None:
    one, other = budgets.one(1), budgets.one(1)
    await one.hold("held.example", 3600)
    async with (
        asyncio.timeout(SOON),
        turn(one, host="a.example"),
        turn(other, host="b.example:8080"),
        turn(other, host="{c}.example é"),
    ):
        pass


async def test_a_hold_is_seen_by_everybody(budgets: Budgets) -> None:
    one, other = budgets.one(), budgets.one()
    began = time.monotonic()
    await one.hold(HOST, 0.3)
    await one.hold(HOST, 0.0)  # an earlier word for longer stands
    for budget in (other, one):
        async with asyncio.timeout(SOON), turn(budget):
            assert time.monotonic() - began >= 0.3


async def test_clients_take_turns(budgets: Budgets) -> None:
    """Who gives a place back must not always be the one who takes it again."""
    one, other, crowd = budgets.one(1), budgets.one(1), Crowd()
    async with asyncio.timeout(SOON):
        await asyncio.gather(*(crowd.visit(budget, name) for budget, name in ((one, "a"), (other, "b")) * 6))
    assert crowd.most == 1
    assert {*crowd.order[:4]} == {"a", "b"}
    assert {*crowd.order[-4:]} == {"a", "b"}


async def test_who_waits_is_told_for_how_long_and_may_give_up(budgets: Budgets) -> None:
    one, other = budgets.one(1), budgets.one(1)
    await one.hold(HOST, 50)
    told: list[float] = []

    def waits(seconds: float) -> None:
        if seconds:
            told.append(seconds)
            raise LookupError

    with pytest.raises(LookupError):
        async with asyncio.timeout(SOON), turn(other, waits=waits):
            pytest.fail("nobody may begin")
    assert 40 < told[0] <= 50


@pytest.mark.parametrize("delay", [1e12, 1e300])
async def test_a_delay_may_be_longer_than_anybody_waits(budgets: Budgets, delay: float) -> None:
    budget = budgets.one()
    async with turn(budget, delay=delay):
        pass
    with pytest.raises(LookupError):
        async with asyncio.timeout(SOON), turn(budget, delay=delay, waits=_give_up):
            pytest.fail("nobody may begin")


async def test_who_gives_up_while_another_is_there_leaves_no_trace(budgets: Budgets) -> None:
    one, other = budgets.one(1), budgets.one(1)
    async with turn(one):
        waiting = asyncio.create_task(Crowd().visit(other))
        await asyncio.sleep(0.1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(SOON), turn(one):
        pass


async def test_a_place_is_given_back_whatever_happens_in_it(budgets: Budgets) -> None:
    budget = budgets.one(1)
    with pytest.raises(LookupError):
        async with turn(budget):
            raise LookupError
    staying = asyncio.create_task(Crowd().visit(budget, stay=3600))
    await asyncio.sleep(0.1)
    staying.cancel()
    await asyncio.gather(staying, return_exceptions=True)
    async with asyncio.timeout(SOON), turn(budget):
        pass


async def test_a_budget_that_is_there_says_so(budgets: Budgets) -> None:
    await budgets.one().check()


async def test_many_hosts_are_forgotten_when_nobody_visits_them() -> None:
    moment = 0.0
    budget = InProcessHostBudget(clock=lambda: moment)
    for number in range(1000):
        async with turn(budget, host=f"{number}.example"):
            pass
    await budget.hold("held.example", 7200)
    async with turn(budget, host="slow.example", delay=7200):
        pass
    moment = 3600.0
    for number in range(2000):
        async with turn(budget, host=f"late-{number}.example"):
            pass
    with pytest.raises(LookupError):
        async with turn(budget, host="held.example", waits=_give_up):
            pytest.fail("the hold was forgotten")
    with pytest.raises(LookupError):
        async with turn(budget, host="slow.example", delay=7200, waits=_give_up):
            pytest.fail("the last start was forgotten")


def _give_up(seconds: float) -> None:
    if seconds:
        raise LookupError


@pytest.mark.servers
@pytest.mark.parametrize("budgets", ["redis"], indirect=True)
async def test_the_place_of_a_killed_process_comes_back(budgets: Budgets) -> None:
    budget = budgets.one(1)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.contracts.host_budget_process", budgets.url, HOST, "1.5"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(SOON):
        assert await process.stdout.readline() == b"taken\n"
        process.kill()
        await process.wait()
        told: list[float] = []
        async with turn(budget, waits=told.append):
            # It had to wait: the place was there as long as its holder might have lived.
            assert len(told) > 1


@pytest.mark.servers
@pytest.mark.parametrize("budgets", ["redis"], indirect=True)
async def test_who_died_waiting_is_not_waited_for(budgets: Budgets) -> None:
    one, other = budgets.one(1), budgets.one(1)
    async with turn(one):
        waiting = asyncio.create_task(Crowd().visit(other))
        await asyncio.sleep(0.1)
        await other.close()  # as a killed process, it cannot say that it waits no more
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(SOON), turn(one):
        pass


@pytest.mark.servers
@pytest.mark.parametrize("budgets", ["redis"], indirect=True)
async def test_a_clock_that_was_set_back_stops_nobody(budgets: Budgets) -> None:
    budget = budgets.one()
    async with turn(budget):
        await budget.hold(HOST, 0.1)
    server, _, prefix = budgets.url.partition("?prefix=")
    async with Redis.from_url(server) as client:
        keys = [key async for key in client.scan_iter(match=f"{prefix}:*:times")]
        for key in keys:
            for name in ("start", "held"):
                await client.hset(key, name, str(int(await client.hget(key, name) or 0) + 3_600_000))
    assert len(keys) == 1
    async with asyncio.timeout(SOON), turn(budgets.one(), delay=0.1):
        pass


async def test_nobody_may_go_while_the_server_is_away() -> None:
    budget = open_host_budget(f"redis://127.0.0.1:{free_port()}")
    for _ in range(2):
        with pytest.raises(Unavailable, match="Redis"):
            async with asyncio.timeout(SOON), turn(budget):
                pytest.fail("nobody may begin")
    with pytest.raises(Unavailable):
        await budget.check()
    await budget.hold(HOST, 5)  # never raises, and this process keeps to it
    with pytest.raises(LookupError):
        async with turn(budget, waits=_give_up):
            pytest.fail("nobody may begin")
    await budget.close()
    await budget.close()
    with pytest.raises(Unavailable, match="closed"):
        async with turn(budget):
            pytest.fail("nobody may begin")

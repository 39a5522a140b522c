"""Liveness and readiness. `/healthz` asks nothing of anyone; `/readyz` is 503 only when a vital thing is away.

A missing neighbour only degrades: if it made a service unready, one outage would take all of them down.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import orjson
import structlog
from starlette.responses import Response

from moisson_shared.contracts.errors import MoissonError, Unavailable

PROBE_SECONDS = 2.5
"""A little above what the stores take to say that they are away."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Something a service leans on: `check` returns when it is there and raises when not. Its own store is vital."""

    name: str
    check: Callable[[], Awaitable[None]]
    vital: bool = False


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was found away."""

    failed: tuple[str, ...]
    degraded: tuple[str, ...]


async def examine(probes: Sequence[Probe], seconds: float = PROBE_SECONDS) -> Readiness:
    """All probes at once, each with its time limit."""
    answers = await asyncio.gather(*(_there(probe, seconds) for probe in probes))
    away = [probe for probe, there in zip(probes, answers, strict=True) if not there]
    return Readiness(
        failed=tuple(probe.name for probe in away if probe.vital),
        degraded=tuple(probe.name for probe in away if not probe.vital),
    )


async def _there(probe: Probe, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await probe.check()
    except (MoissonError, TimeoutError) as error:
        structlog.get_logger().warning("probe", probe=probe.name, reason=str(error) or f"no answer in {seconds} s")
    except Exception:  # noqa: BLE001 - whatever a probe raises, the answer is "not there"
        structlog.get_logger().exception("probe", probe=probe.name)
    else:
        return True
    return False


async def readiness_response(probes: Sequence[Probe]) -> Response:
    """200 with what is degraded; raises `Unavailable` naming the vital things that are away."""
    found = await examine(probes)
    if found.failed:
        raise Unavailable(f"Not ready: {', '.join(found.failed)} away.")
    status = "degraded" if found.degraded else "ready"
    body = orjson.dumps({"status": status, "degraded": found.degraded})
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})

"""When a spider runs by itself."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from moisson_shared.contracts.model import Contract, Count, Instant, Slug


class CronSchedule(Contract):
    """At the moments of a cron expression, as the clocks of a time zone show them."""

    kind: Literal["cron"] = "cron"
    expression: Annotated[str, Field(min_length=9, max_length=200)]
    """Five fields: minute, hour, day of month, month, day of week (`0 3 * * 1`: Mondays at three)."""
    time_zone: Annotated[str, Field(min_length=1, max_length=60)] = "Europe/Paris"
    jitter_seconds: Annotated[int, Field(ge=0, le=86400)] = 300
    """Each firing is moved by chance, up to so much later, so that spiders do not all begin on the hour."""


class AdaptiveSchedule(Contract):
    """The interval grows while nothing changes, and shrinks when something does."""

    kind: Literal["adaptive"] = "adaptive"
    least_hours: Annotated[float, Field(ge=1, le=8760)] = 12
    most_hours: Annotated[float, Field(ge=1, le=8760)] = 720

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.most_hours < self.least_hours:
            raise ValueError("`most_hours` is less than `least_hours`")
        return self


Schedule = Annotated[CronSchedule | AdaptiveSchedule, Field(discriminator="kind")]


class SkippedFirings(Contract):
    """Moments at which a spider should have begun to run and did not."""

    code: str
    """A stable word: `run-going-on`, `run-paused`, `missed` (nobody was there), `clock-put-back`."""
    message: str
    count: Count
    last_at: Instant
    """When this was so last."""


class ScheduleOutlook(Contract):
    """What a spider's schedule did and what it will do."""

    spider_id: Slug
    enabled: bool
    schedule: Schedule | None
    next_at: Instant | None = None
    """When it fires next, moved by its chance; None where it does not."""
    last_fired_at: Instant | None = None
    last_run: str | None = None
    fired: Count = 0
    interval_hours: float | None = None
    """What an adaptive schedule has come to."""
    skipped: tuple[SkippedFirings, ...] = ()
    upcoming: tuple[Instant, ...] = ()
    """The next five moments, before chance moves them, as things stand: an adaptive interval may change."""

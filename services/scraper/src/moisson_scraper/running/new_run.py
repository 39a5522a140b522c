"""A run before it begins. Pure but for its name, which is drawn by chance."""

import secrets
from datetime import datetime
from typing import Literal

from moisson_scraper.keeping.collections import KeptRun
from moisson_shared.contracts.run import RunOrder, RunState
from moisson_shared.contracts.spider import SpiderConfig


def new_run(
    spider: SpiderConfig,
    order: RunOrder,
    requested_by: str,
    now: datetime,
    trigger: Literal["person", "schedule"] = "person",
) -> KeptRun:
    """Queued, of the spider's present version."""
    return KeptRun(
        id=secrets.token_hex(12),
        spider_id=spider.id,
        partner=spider.partner,
        spider_version=spider.version,
        state=RunState.QUEUED,
        order=order,
        trigger=trigger,
        requested_by=requested_by,
        queued_at=now,
        active_of=spider.id,
    )

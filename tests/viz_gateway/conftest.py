"""The gateway that the tests of this folder speak to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.viz_gateway.running_gateway import Running, running_gateway


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    """A gateway of its own for each test."""
    async with running_gateway(tmp_path) as running:
        yield running

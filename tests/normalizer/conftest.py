"""A running normalizer per test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.normalizer.running_normalizer import Normalizer, running_normalizer


@pytest.fixture
async def normalizer(tmp_path: Path) -> AsyncIterator[Normalizer]:
    async with running_normalizer(tmp_path) as running:
        yield running

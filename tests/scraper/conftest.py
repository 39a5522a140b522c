"""A sample site per test."""

from collections.abc import AsyncIterator

import pytest

from tests.scraper.sample_site import SampleSite, sample_site


@pytest.fixture
async def site() -> AsyncIterator[SampleSite]:
    async with sample_site() as made:
        yield made

"""A running api per test, empty or over the sample corpus, and sessions of each level."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.running_api import Api, api_settings, running_api
from tests.api.sample_corpus import publish, sample_projects


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(tmp_path) as running:
        yield running


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Api]:
    """An api over the sample corpus."""
    await publish(api_settings(tmp_path).search_url, sample_projects())
    async with running_api(tmp_path) as running:
        yield running


@pytest.fixture
async def partner(library: Api) -> dict[str, Any]:
    """Somebody who reaches the level collective."""
    admin = await library.first_admin()
    await library.account(admin, "p@moisson.example", roles=["partner"], partners=["ffe"])
    return await library.login("p@moisson.example")

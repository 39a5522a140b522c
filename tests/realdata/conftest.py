"""The real files, served on loopback, and a suite to send them through: one for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.flow.loopback_sites import file_site
from tests.flow.suite import Form, Suite, started_suite
from tests.realdata.ffe_file import real_data


@pytest.fixture(scope="package")
def folder() -> Path:
    return real_data()


@pytest.fixture(scope="package")
def files(folder: Path) -> Iterator[str]:
    with file_site(folder) as address:
        yield address


@pytest.fixture(scope="package", params=[Form.ONE_PROCESS, pytest.param(Form.SERVERS, marks=pytest.mark.servers)])
def suite(request: pytest.FixtureRequest, files: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    allowed = [files.removeprefix("http://")]
    with started_suite(request.param, tmp_path_factory.mktemp("real"), allowed) as running:
        yield running


@pytest.fixture(scope="package")
def public(suite: Suite) -> Iterator[httpx.Client]:
    """The public API, as anybody reaches it."""
    with httpx.Client(base_url=f"{suite.addresses.api}/v1/corpora", trust_env=False, timeout=30) as client:
        yield client

"""The shell blocks of the README are run as they stand, on ports of their own."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from moisson_standalone.addresses import Addresses
from moisson_standalone.ports import Ports
from tests.docs.test_commands import scripts, text
from tests.flow.processes import Started
from tests.free_ports import free_ports

BIN = Path(sys.executable).parent
UP, FOUR = (block for block in scripts(text("README.md")) if ".venv/bin/" in block)


@pytest.fixture
def ports() -> Ports:
    return Ports(*free_ports(4))


@contextmanager
def running(script: str, environment: Mapping[str, str], addresses: Addresses, folder: Path) -> Iterator[None]:
    """The script in a shell, in a folder where `.venv` is ours; the whole process group ends with the block."""
    (folder / ".venv").symlink_to(BIN.parent)
    shell = Started("readme", ["bash", "-euc", f"cd '{folder}'\n{script}"], environment, addresses.portal, folder)
    shell.start()
    group = shell.pid
    try:
        shell.wait_until_ready()
        yield
    finally:
        os.killpg(group, 15)
        shell.stop()


def ready(address: str) -> dict[str, object]:
    answer = httpx.get(f"{address}/readyz", trust_env=False)
    assert answer.status_code == httpx.codes.OK, answer.text
    said: dict[str, object] = answer.json()
    return said


def test_up_serves_all_four(ports: Ports, tmp_path: Path) -> None:
    options = " ".join(f"{option} {port}" for option, port in ports.by_option().items())
    addresses = ports.addresses()
    with running(f"exec {UP.strip()} {options}", {}, addresses, tmp_path):
        for address in (addresses.api, addresses.scraper, addresses.normalizer, addresses.portal):
            assert ready(address)["status"] == "ready"
    assert (tmp_path / "moisson-data" / "secrets.json").is_file()


def test_one_by_one_serves_all_four(ports: Ports, tmp_path: Path) -> None:
    addresses = ports.addresses()
    elsewhere = {
        "MOISSON_API_PORT": str(ports.api),
        "MOISSON_SCRAPER_PORT": str(ports.scraper),
        "MOISSON_NORMALIZER_PORT": str(ports.normalizer),
        "MOISSON_VIZ_GATEWAY_PORT": str(ports.portal),
        "MOISSON_API_ISSUER": addresses.api,
        "MOISSON_SCRAPER_ISSUER": addresses.api,
        "MOISSON_NORMALIZER_ISSUER": addresses.api,
        "MOISSON_NORMALIZER_SCRAPER_URL": addresses.scraper,
        "MOISSON_VIZ_GATEWAY_API_URL": addresses.api,
        "MOISSON_VIZ_GATEWAY_SCRAPER_URL": addresses.scraper,
        "MOISSON_VIZ_GATEWAY_NORMALIZER_URL": addresses.normalizer,
    }
    script = FOUR.replace("http://127.0.0.1:8102", addresses.normalizer)
    with running(script, elsewhere, addresses, tmp_path):
        for address in (addresses.api, addresses.scraper, addresses.normalizer, addresses.portal):
            Started("waited", [], {}, address, tmp_path).wait_until_ready()
        # The last of the four has found the other three, and each knows the keys of the first.
        Started("waited", [], {}, addresses.portal, tmp_path).wait_until_ready()
        assert ready(addresses.portal)["degraded"] == []
        assert ready(addresses.normalizer)["degraded"] == []
    log = (tmp_path / "readme.log").read_text(encoding="utf-8")
    assert "/first-admin?token=" in log
    assert re.findall(r"^.*is no setting of this service.*$", log, re.MULTILINE) == []

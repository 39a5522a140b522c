"""`moisson demo`: from an empty folder to a portal, and back within seconds when it is there."""

import asyncio
import re
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from moisson_shared.adapters.peer_http import peer_client
from moisson_standalone.demo.accounts import ACCOUNTS, ADMIN
from moisson_standalone.demo.sample_partners import SAMPLE_PARTNERS
from moisson_standalone.demo.verification import missing_projects
from moisson_standalone.ports import Ports
from tests.flow.processes import Started
from tests.flow.watching import eventually
from tests.free_ports import free_ports

pytestmark = pytest.mark.timeout(240)
TITLES = {partner.id: partner.titles() for partner in SAMPLE_PARTNERS}


def three_ports_in_a_row() -> int:
    """The first of three ports that nobody listens on."""
    for _ in range(100):
        (first,) = free_ports(1)
        try:
            with ExitStack() as stack:
                for port in range(first, first + 3):
                    stack.enter_context(socket.create_server(("127.0.0.1", port)))
        except OSError:
            continue
        return first
    raise AssertionError("there are no three free ports in a row")


class Demo:
    """The command on ports and a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.ports = Ports(*free_ports(4))
        self.folder = folder / "data"
        self.arguments = [sys.executable, "-m", "moisson_standalone", "demo", "--data", str(self.folder)]
        for option, port in (self.ports.by_option() | {"--sites-port": three_ports_in_a_row()}).items():
            self.arguments += [option, str(port)]
        self.process = Started("demo", self.arguments, {}, self.ports.addresses().portal, folder)

    def said(self) -> str:
        return self.process.log.read_text(encoding="utf-8")

    def begin(self) -> float:
        """Starts it; seconds until it invites."""
        self.process.log.unlink(missing_ok=True)
        began = time.monotonic()
        self.process.start()
        eventually(lambda: "Stop with Ctrl-C" in self.said(), "the demo invites", seconds=120)
        return time.monotonic() - began

    def once(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self.arguments, "--once"], capture_output=True, text=True, timeout=120, check=False)


def complaints_about(api: str, partner: str, titles: frozenset[str]) -> list[str]:
    async def ask() -> list[str]:
        async with peer_client("") as http:
            return await missing_projects(http, api, "cis", partner, titles)

    return asyncio.run(ask())


def test_the_demo_from_an_empty_folder_to_its_second_start(tmp_path: Path) -> None:
    demo = Demo(tmp_path)
    first = demo.begin()
    said, addresses = demo.said(), demo.ports.addresses()

    # It tells where everything is, what came of each source, and why something did not come through.
    for address in (f"{addresses.portal}/", f"{addresses.portal}/studio", f"{addresses.api}/docs"):
        assert address in said
        assert httpx.get(address, trust_env=False, follow_redirects=True).status_code == httpx.codes.OK, address
    for source, projects in (("tilleul-annuaire", 42), ("archipel-api", 41), ("moulin-fichier", 41)):
        (row,) = [line.split() for line in said.splitlines() if line.startswith(f"{source} ")]
        assert int(row[3]) == projects
        assert int(row[4]) > 0
        assert f"Not taken from {source}:" in said

    # It told what it was at while it worked, each time with the seconds since its start.
    told = [line for line in said.splitlines() if re.match(r" *\d+\.\d s  ", line)]
    assert len(told) >= 6
    for word in ("sample sites", "four services", "tilleul-annuaire", "archipel-api", "moulin-fichier", "normalising"):
        assert any(word in line for line in told), word

    # The accounts that it prints are there, each with its own roles.
    for account in (ADMIN, *ACCOUNTS):
        assert account.email in said
        assert account.password in said
        login = {"email": account.email, "password": account.password}
        signed = httpx.post(f"{addresses.api}/v1/login", json=login, trust_env=False).json()
        assert tuple(signed["account"]["roles"]) == account.roles

    # What `--once` asks is asked here of the same suite, and once with a title that nobody has.
    assert [complaints_about(addresses.api, partner, titles) for partner, titles in TITLES.items()] == [[], [], []]
    odd = complaints_about(addresses.api, "moulin", TITLES["moulin"] | {"Nulle part"})
    less = complaints_about(addresses.api, "moulin", TITLES["moulin"] - {"Sillage"})
    assert odd == ["moulin: 'Nulle part' is not in the list"]
    assert less == ["moulin: nobody expects the project 'Sillage'"]
    assert demo.process.interrupt() == 130

    # The second start harvests nothing anew.
    assert demo.begin() < first
    assert "the harvest of an earlier start is still there" in demo.said()
    assert "normalising" not in demo.said()
    assert demo.process.stop() == 130

    checked = demo.once()
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "All 124 expected projects are found through the public API." in checked.stdout


def test_git_ignores_what_it_keeps() -> None:
    ignored = (Path(__file__).parents[2] / ".gitignore").read_text(encoding="utf-8").splitlines()
    for command in ("demo", "up"):
        said = subprocess.run(
            [sys.executable, "-m", "moisson_standalone", command, "--help"], capture_output=True, text=True, check=True
        )
        (folder,) = re.findall(r"everything it keeps\s+\((\S+)\)", said.stdout)
        assert f"/{folder}/" in ignored


def test_once_does_everything_from_an_empty_folder_and_ends(tmp_path: Path) -> None:
    checked = Demo(tmp_path).once()
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "All 124 expected projects are found through the public API." in checked.stdout


def test_a_site_port_that_is_taken_is_named(tmp_path: Path) -> None:
    demo = Demo(tmp_path)
    taken = int(demo.arguments[-1]) + 2
    with socket.create_server(("127.0.0.1", taken)):
        refused = demo.once()
    assert refused.returncode == 1
    assert f"Port {taken} is not free" in refused.stderr
    assert "--sites-port" in refused.stderr

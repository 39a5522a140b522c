"""`moisson up`, as somebody uses it: a first start, a clean stop, and clear words where it cannot be."""

import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from moisson_standalone.ports import Ports
from tests.flow.processes import Started
from tests.flow.watching import eventually
from tests.free_ports import free_ports

HOST = "127.0.0.1"


class Command:
    """`moisson up` on ports and a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.ports = Ports(*free_ports(4))
        self.arguments = [sys.executable, "-m", "moisson_standalone", "up", "--data", str(folder / "data")]
        for option, port in self.ports.by_option().items():
            self.arguments += [option, str(port)]
        self.process = Started("moisson", self.arguments, {}, self.ports.addresses().portal, folder)

    def said(self) -> str:
        return self.process.log.read_text(encoding="utf-8")

    def refused(self) -> str:
        """What a start says that must fail."""
        ended = subprocess.run(self.arguments, capture_output=True, text=True, timeout=30, check=False)
        assert ended.returncode == 1, ended.stdout + ended.stderr
        assert "Traceback" not in ended.stderr
        return ended.stderr


def first_admin(command: Command) -> httpx.Response:
    link = httpx.URL(next(line for line in command.said().splitlines() if "/first-admin?token=" in line))
    form = {"email": "a@moisson.example", "name": "A", "password": "une longue phrase de passe"}
    with httpx.Client(trust_env=False) as client:
        assert client.get(link).status_code == httpx.codes.OK
        return client.post(link.copy_with(query=None), data=form | {"token": link.params["token"]})


def test_a_first_start_makes_an_admin_and_a_second_one_knows_it(tmp_path: Path) -> None:
    command = Command(tmp_path)
    command.process.start()
    command.process.wait_until_ready()
    assert f"{command.ports.addresses().portal}/studio" in command.said()
    assert first_admin(command).status_code == httpx.codes.CREATED

    # The folder is one installation's, and is held while it runs.
    assert f"already running on {tmp_path / 'data'} (process {command.process.pid})" in command.refused()

    assert command.process.interrupt() == 130
    assert "Stopping." in command.said()
    assert "Traceback" not in command.said()

    command.process.log.unlink()
    command.process.start()
    command.process.wait_until_ready()
    assert "first-admin" not in command.said()
    api = command.ports.addresses().api
    login = {"email": "a@moisson.example", "password": "une longue phrase de passe"}
    assert httpx.post(f"{api}/v1/login", json=login, trust_env=False).status_code == httpx.codes.OK
    assert command.process.stop() == 130


def test_nobody_else_may_read_what_it_keeps(tmp_path: Path) -> None:
    command = Command(tmp_path)
    command.process.start()
    command.process.wait_until_ready()
    command.process.stop()
    folder = tmp_path / "data"
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "secrets.json").stat().st_mode & 0o077 == 0
    for secret in (folder / "secrets.json").read_text().split('"')[3::4]:
        assert secret not in (folder / "moisson.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("option", ["--port", "--api-port", "--scraper-port", "--normalizer-port"])
def test_a_port_that_is_taken_is_named_with_its_option(tmp_path: Path, option: str) -> None:
    command = Command(tmp_path)
    port = command.ports.by_option()[option]
    with socket.create_server((HOST, port)):
        said = command.refused()
    assert f"Port {port} is not free" in said
    assert f"with {option}." in said


def test_two_options_may_not_name_one_port(tmp_path: Path) -> None:
    command = Command(tmp_path)
    command.arguments += ["--api-port", str(command.ports.portal)]
    assert f"--port and --api-port both name port {command.ports.portal}" in command.refused()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    assert f"The data folder {tmp_path / 'data'} cannot be made" in Command(tmp_path).refused()


@pytest.mark.parametrize("port", ["0", "65536", "-1", "x"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    command = [sys.executable, "-m", "moisson_standalone", "up", f"--port={port}"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert "is no port: give a number from 1 to 65535" in ended.stderr


def test_a_start_that_is_broken_off_at_once_ends_in_peace(tmp_path: Path) -> None:
    command = Command(tmp_path)
    command.process.start()
    # The first service answers, the others are still on their way.
    with httpx.Client(trust_env=False, timeout=1) as client:
        eventually(lambda: client.get(f"{command.ports.addresses().api}/healthz").is_success, "the api answers")
    assert command.process.stop() == 130
    assert "Traceback" not in command.said()

"""Processes as an operator has them: started by a command with settings, watched by their log, killed without warning.

It knows nothing of what they serve but `/readyz`.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

START_SECONDS = 60.0
STOP_SECONDS = 15.0


class Started:
    """One process of a service: its address, and its log in a file."""

    def __init__(self, name: str, command: Sequence[str], settings: Mapping[str, str], url: str, folder: Path) -> None:
        self.name = name
        self.url = url
        self.log = folder / f"{name}.log"
        self._command = list(command)
        # Nothing of the caller's own settings: what runs is what is said here.
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("MOISSON_")}
        self._environment = inherited | {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "default"} | dict(settings)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Starts it, in a process group of its own; the log is continued."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self, seconds: float = START_SECONDS) -> None:
        """Until `/readyz` answers 200; an early end or a late start fails with the log."""
        end = time.monotonic() + seconds
        with httpx.Client(trust_env=False, timeout=2) as client:
            while time.monotonic() < end:
                if self._process is not None and self._process.poll() is not None:
                    raise AssertionError(f"{self.name} ended with {self._process.returncode}:\n{self.tail()}")
                try:
                    if client.get(f"{self.url}/readyz").status_code == httpx.codes.OK:
                        return
                except httpx.TransportError:
                    pass
                time.sleep(0.05)
        raise AssertionError(f"{self.name} was not ready within {seconds:.0f} s:\n{self.tail()}")

    def kill(self) -> None:
        """`kill -9`, and waits until it is gone."""
        self._signal(signal.SIGKILL)

    def stop(self) -> int:
        """As Ctrl-C or a container engine does it; the exit code. A process that does not end is a failure."""
        return self._signal(signal.SIGTERM)

    def interrupt(self) -> int:
        """Ctrl-C."""
        return self._signal(signal.SIGINT)

    def tail(self, lines: int = 40) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def _signal(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.poll() is None:
            process.send_signal(number)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(
                f"{self.name} did not end {STOP_SECONDS:.0f} s after {number.name}:\n{self.tail()}"
            ) from None

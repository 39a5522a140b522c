"""A page of commands as one script: its `sh` blocks in their order, and what each of them prints."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.docs.fenced_blocks import blocks

_END = "\x1e"
"""Printed behind each block, so that what it printed can be told from what the next one does."""


def command_steps(page: str, leave_out: str) -> list[tuple[str, str | None]]:
    """Each block of commands with what the page says it prints; lines that begin with `leave_out` are left out."""
    steps: list[tuple[str, str | None]] = []
    for block in blocks(page):
        if block.language == "sh":
            lines = [line for line in block.text.splitlines(keepends=True) if not line.startswith(leave_out)]
            steps.append(("".join(lines), None))
        elif block.language == "text":
            steps[-1] = (steps[-1][0], block.text)
    return steps


def run_steps(steps: list[str], folder: Path, seconds: float, replaced: Mapping[str, str]) -> list[str]:
    """What each prints, in one shell that stops at the first command that fails; addresses and such are replaced."""
    script = "".join(f"{step}\nprintf '\\x1e'\n" for step in steps)
    for written, meant in replaced.items():
        script = script.replace(written, meant)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "NO_PROXY": "*", "no_proxy": "*"},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout.replace(_END, "\n") + done.stderr
    said = done.stdout
    for written, meant in replaced.items():
        said = said.replace(meant, written)
    return said.split(_END)[:-1]

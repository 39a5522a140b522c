"""Importing a module does nothing (CONTRIBUTING.md, rule 3): no socket, no file, no thread, no setting is looked at."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = [
    *("moisson_shared", "moisson_scraper", "moisson_normalizer"),
    *("moisson_api", "moisson_viz_gateway", "moisson_standalone"),
]
GUILTY = {
    "a socket": ("import socket\nsocket.socket().close()", "socket.__new__"),
    "a file": ("from pathlib import Path\nPath('left-behind').write_text('x')", "open"),
    "a database": ("import sqlite3\nsqlite3.connect(':memory:').close()", "sqlite3.connect"),
    "a thread": ("import threading\nthreading.Thread(target=int).start()", "starts the thread"),
    "a process": ("import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''])", "subprocess.Popen"),
    "a setting": ("import os\nos.environ.get('MOISSON_API_PORT')", "reads the environment MOISSON_API_PORT"),
    "all settings": ("import os\ndict(os.environ)", "reads the environment MOISSON_API_PORT"),
    "a settings instance": (
        "from moisson_shared.web.settings import ServiceSettings\nServiceSettings(demo=True)",
        "reads the environment MOISSON_API_PORT",
    ),
}


def doings(folder: Path, *packages: str) -> list[str]:
    """What importing all modules of the packages did, in a fresh process."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{folder}", "MOISSON_API_PORT": "8100"}
    command = [sys.executable, "-B", "-m", "tests.docs.watched_imports", *packages]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def test_importing_any_module_does_nothing(tmp_path: Path) -> None:
    *seen, count = doings(tmp_path, *PACKAGES)
    assert seen == []
    found = [file for package in PACKAGES for file in ROOT.glob(f"*/**/src/{package}/**/*.py")]
    found += ROOT.glob("shared/src/moisson_shared/**/*.py")
    assert count == f"{len(set(found))} modules"


@pytest.mark.parametrize(("source", "told"), GUILTY.values(), ids=GUILTY)
def test_a_module_that_does_something_is_told(tmp_path: Path, source: str, told: str) -> None:
    package = tmp_path / "guilty"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "module.py").write_text(source)
    *seen, count = doings(tmp_path, "guilty")
    assert count == "2 modules"
    assert any(told in each and "guilty.module" in each for each in seen), seen

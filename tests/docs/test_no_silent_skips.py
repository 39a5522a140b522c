"""A run in which a test was left out is no green run, in one process or in several."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEFT_OUT = {
    "skip": ("@pytest.mark.skip(reason='later')\ndef test_it(): pass", "::test_it is skipped."),
    "skipif": ("@pytest.mark.skipif(True, reason='no server')\ndef test_it(): pass", "::test_it is skipped."),
    "skip inside": ("def test_it(): pytest.skip('no server')", "::test_it is skipped."),
    "a fixture skips": (
        "@pytest.fixture\ndef server(): pytest.skip('none')\ndef test_it(server): pass",
        "::test_it is skipped.",
    ),
    "xfail": ("@pytest.mark.xfail\ndef test_it(): assert False", "::test_it is expected to fail."),
    "xfail that passes": ("@pytest.mark.xfail\ndef test_it(): pass", "::test_it is expected to fail."),
    "xfail inside": ("def test_it(): pytest.xfail('known')", "::test_it is expected to fail."),
    "no cases": ("@pytest.mark.parametrize('x', [])\ndef test_it(x): pass", "test_it"),
    "importorskip": ("pytest.importorskip('moisson_of_nobody')\ndef test_it(): pass", "is skipped."),
    "a whole file": ("pytest.skip('all of it', allow_module_level=True)", "is skipped."),
}


def run(folder: Path, source: str, *options: str) -> subprocess.CompletedProcess[str]:
    """pytest with the settings of this repository and the hooks for all its tests, over one file."""
    file = folder / "test_something.py"
    file.write_text(f"import pytest\n\ndef test_other(): pass\n\n{source}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder)]
    command += ["-p", "tests.conftest", "-p", "no:cacheprovider", *options, str(file)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("source", "sentence"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_is_left_out_ends_the_run_as_failed(tmp_path: Path, source: str, sentence: str) -> None:
    ended = run(tmp_path, source)
    assert ended.returncode in {1, 2}, ended.stdout + ended.stderr
    assert sentence in ended.stdout


@pytest.mark.parametrize("source", [LEFT_OUT["skip"][0], LEFT_OUT["a whole file"][0]])
def test_so_it_does_over_several_processes(tmp_path: Path, source: str) -> None:
    ended = run(tmp_path, source, "-n", "2")
    assert ended.returncode in {1, 2}, ended.stdout + ended.stderr
    assert "is skipped." in ended.stdout


def test_a_run_that_leaves_nothing_out_is_green(tmp_path: Path) -> None:
    ended = run(tmp_path, "def test_it(): pass")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "2 passed" in ended.stdout


def test_a_mark_that_comes_from_elsewhere_is_refused(tmp_path: Path) -> None:
    elsewhere = "marked = getattr(pytest.mark, 'browser')\n@marked\ndef test_it(): pass"
    ended = run(tmp_path, elsewhere)
    assert ended.returncode == 4, ended.stdout + ended.stderr
    assert "::test_it is for -m browser: write that mark in its own file." in ended.stderr


def test_a_marked_test_is_found_by_its_mark(tmp_path: Path) -> None:
    ended = run(tmp_path, "@pytest.mark.browser\ndef test_it(): pass", "-m", "browser")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "1 passed, 1 deselected" in ended.stdout

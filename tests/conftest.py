"""For all tests: one that is left out fails, so that a green run has run everything it was asked for."""

from collections.abc import Generator
from functools import cache
from pathlib import Path

import pytest

_MEANS = frozenset({"servers", "realdata", "browser"})
"""Marks of tests that want more than the repository."""
_WHY = "A test that cannot run fails and says what is missing; none is left out in silence (CONTRIBUTING.md)."


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test fails, and so does one that is expected to fail, whichever way it went."""
    report = yield
    if report.skipped or hasattr(report, "wasxfail"):
        way = "expected to fail" if hasattr(report, "wasxfail") else "skipped"
        report.__dict__.pop("wasxfail", None)
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} is {way}. {_WHY}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A whole file that is skipped fails too."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} is skipped. {_WHY}"
    return report


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are called by their argument: packed ones hold the second in which they were packed, and processes that
    share the tests must give each the same name."""
    return argname if isinstance(val, bytes) else None


@cache
def _mentions(file: Path, mark: str) -> bool:
    return f"mark.{mark}" in file.read_text(encoding="utf-8")


def _may_have(file: Path, mark: str) -> bool:
    """Whether a mark stands in the file, or where its fixtures are."""
    homes = [folder / "conftest.py" for folder in file.parents if folder.is_relative_to(Path(__file__).parent)]
    return any(_mentions(home, mark) for home in (file, *homes[:-1]) if home.exists())


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """For `-m browser` and the like, files without the mark are not even imported: all of them take twenty seconds."""
    wanted = str(config.option.markexpr).split(" ")[0]
    is_test = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    return True if wanted in _MEANS and is_test and not _may_have(collection_path, wanted) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whenever all are looked at: no test has such a mark from elsewhere, for it would be left out in silence."""
    for item in items:
        for mark in item.iter_markers():
            if mark.name in _MEANS and not _may_have(item.path, mark.name):
                raise pytest.UsageError(f"{item.nodeid} is for -m {mark.name}: write that mark in its own file. {_WHY}")

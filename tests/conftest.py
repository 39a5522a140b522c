"""For all tests: one that is left out fails, so that a green run has run everything it was asked for."""

from collections.abc import Generator

import pytest

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

"""The log of a run as text."""

from datetime import UTC, datetime

from moisson_shared.contracts.run import RunCounters
from moisson_shared.contracts.run_log import LoggedRun, LogLine

AT = datetime(2026, 11, 27, 8, 30, tzinfo=UTC)


def a_line(message: str, code: str = "key-collision", **changed: object) -> LogLine:
    return LogLine.model_validate({"at": AT, "level": "info", "code": code, "message": message, **changed})


def test_a_line_says_when_what_and_how_far() -> None:
    counters = RunCounters(pages_found=3, pages_fetched=2, items=7)
    log = LoggedRun(run_id="r1", lines=(a_line("L’été à Nîmes : 5\u202f€.", counters=counters),), left_out=4)
    assert log.text() == (
        "2026-11-27T08:30:00+00:00 info    key-collision: L’été à Nîmes : 5\u202f€. [2 of 3 pages, 7 items]\n"
        "(4 lines in between were left out)\n"
    )


def test_what_a_site_says_forges_no_line_and_steers_no_terminal() -> None:
    text = LoggedRun(run_id="r1", lines=(a_line("First: a\nb\r\x1b[2J\u2028c\u202ed\x00e\x9bf"),)).text()
    assert text.endswith("First: a�b��[2J�c�d�e�f\n")
    assert len(text.splitlines()) == 1

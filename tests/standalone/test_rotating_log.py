"""The log of `moisson up` and `moisson demo`: bounded, and nothing of a line is lost where it is cut."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from moisson_standalone.rotating_log import RotatingLog

MOST = 2000
LINE = '{"event": "%04d é"}\n'


def files(folder: Path) -> list[Path]:
    """The newest first."""
    return sorted(folder.iterdir(), key=lambda file: file.name)


def test_the_log_keeps_the_newest_lines_in_files_of_bounded_size(tmp_path: Path) -> None:
    with RotatingLog(tmp_path / "moisson.log", most_bytes=MOST, earlier=2) as log:
        for number in range(1000):
            log.write(LINE % number)

    kept = files(tmp_path)
    assert [file.name for file in kept] == ["moisson.log", "moisson.log.1", "moisson.log.2"]
    assert all(file.stat().st_size <= MOST for file in kept)
    lines = [line for file in reversed(kept) for line in file.read_text(encoding="utf-8").splitlines()]
    first = 1000 - len(lines)
    assert lines == [(LINE % number).rstrip() for number in range(first, 1000)]
    assert len(lines) > 2 * MOST // len(LINE % 0)


def test_a_new_start_goes_on_in_the_same_file(tmp_path: Path) -> None:
    for number in range(3):
        with RotatingLog(tmp_path / "moisson.log") as log:
            log.write(LINE % number)
    (only,) = files(tmp_path)
    assert only.read_text(encoding="utf-8") == "".join(LINE % number for number in range(3))


def test_lines_of_several_threads_stay_whole(tmp_path: Path) -> None:
    with RotatingLog(tmp_path / "moisson.log", most_bytes=MOST, earlier=1000) as log, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: log.write(LINE % number), range(2000)))
    texts = [line for file in files(tmp_path) for line in file.read_text(encoding="utf-8").splitlines()]
    assert sorted(json.loads(text)["event"] for text in texts) == [f"{number:04d} é" for number in range(2000)]

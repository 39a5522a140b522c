"""What a process writes: one JSON object a line, from our code and from libraries, without secrets."""

import errno
import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from moisson_shared.contracts.request_id import set_request_id
from moisson_shared.web.logs import configure_logging


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def test_every_line_is_json_with_time_level_and_request(stream: io.StringIO) -> None:
    configure_logging("info", stream)
    set_request_id("request-0007")
    structlog.get_logger().info("harvested", pages=3, source="é\n")
    structlog.get_logger().debug("not wanted")
    logging.getLogger("some.library").warning("slow %s", "disk")
    logging.getLogger("some.library").info("chatter of a library")
    ours, theirs = lines(stream)
    assert (ours["event"], ours["pages"], ours["source"], ours["level"]) == ("harvested", 3, "é\n", "info")
    assert ours["request_id"] == theirs["request_id"] == "request-0007"
    assert "timestamp" in ours
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("slow disk", "some.library", "warning")


def test_a_traceback_is_in_the_line(stream: io.StringIO) -> None:
    configure_logging("info", stream)
    try:
        int("broken")
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("some.library").exception("failed too")
    ours, theirs = lines(stream)
    assert "ValueError: invalid literal" in str(ours["exception"])
    assert "ValueError: invalid literal" in str(theirs["exception"])


def test_what_looks_like_a_secret_is_blotted_out(stream: io.StringIO) -> None:
    configure_logging("info", stream)
    structlog.get_logger().info("x", Authorization="Bearer abc", client_secret="abc", access_token="abc", account="ada")
    assert "abc" not in stream.getvalue()
    assert lines(stream)[0]["account"] == "ada"


def test_configuring_twice_does_not_double_lines(stream: io.StringIO) -> None:
    configure_logging("info", stream)
    configure_logging("warning", stream)
    logging.getLogger("some.library").warning("once")
    structlog.get_logger().info("too quiet now")
    assert [line["event"] for line in lines(stream)] == ["once"]


class FullDisk(io.StringIO):
    """Takes nothing while it is full."""

    full = False

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


def test_a_full_disk_loses_lines_and_nothing_else(stream: io.StringIO) -> None:
    disk = FullDisk()
    configure_logging("info", disk)
    structlog.get_logger().info("before")
    disk.full = True
    for _ in range(3):
        structlog.get_logger().info("meanwhile")
    disk.full = False
    structlog.get_logger().info("after")
    assert [line["event"] for line in lines(disk)] == ["before", "after", "log lines lost"]
    assert lines(disk)[2]["lines"] == 3
    assert stream.getvalue() == ""

"""The log of an installation that nobody looks after: it never grows beyond a bound, and the newest lines stay."""

import io
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

MOST_BYTES = 10_000_000
EARLIER_FILES = 4


class RotatingLog(io.TextIOBase):
    """A text stream that starts a new file when a line would make the present one larger than `most_bytes`.

    Earlier ones are kept as `moisson.log.1` (the newest) and so on, at most `earlier` of them. What is written is whole
    lines, one or several at a time, by any thread.
    """

    def __init__(self, path: Path, *, most_bytes: int = MOST_BYTES, earlier: int = EARLIER_FILES) -> None:
        self._handler = RotatingFileHandler(path, maxBytes=most_bytes, backupCount=earlier, encoding="utf-8")

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        """Appends lines, and flushes them."""
        self._handler.handle(logging.makeLogRecord({"msg": text.removesuffix("\n")}))
        return len(text)

    def close(self) -> None:
        """Closes the present file."""
        self._handler.close()
        super().close()

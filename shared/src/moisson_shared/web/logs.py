"""Structured logs: one JSON object a line, with the request id, for our own code and for the libraries below.

Called once per process by whoever starts it. Secrets have no business in a log line; what looks like one is blotted
out.
"""

import logging
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, TextIO, cast

import orjson
import structlog

from moisson_shared.contracts.request_id import current_request_id

_SECRET_WORDS = ("authorization", "cookie", "password", "secret", "token")


class LastingStream:
    """A stream whose writers go on when nothing can be written, on a full disk say: lines are lost, and counted.

    Without it the code that has something to tell of an outage would be ended by the telling.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._failed = False
        self._lost = 0

    def write(self, text: str) -> None:
        """One line. Never raises for reasons of the system's."""
        try:
            self._stream.write(text)
        except OSError:
            self._failed = True

    def flush(self) -> None:
        """Tells how many lines were lost as soon as lines can be written again."""
        try:
            self._stream.flush()
        except OSError:
            self._failed = True
        if self._failed:
            self._failed = False
            self._lost += 1
        elif self._lost:
            lost, self._lost = self._lost, 0
            said = {"event": "log lines lost", "level": "warning", "lines": lost}
            self.write(f"{orjson.dumps(said).decode()}\n")
            self.flush()


def configure_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """Sends every log line of this process to `stream` (standard output); `level` as in the settings."""
    out = cast("TextIO", LastingStream(stream or sys.stdout))
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_common(), structlog.processors.format_exc_info, _json_text],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_common(), structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _json_text,
            ],
        )
    )
    root = logging.getLogger()
    for old in [known for known in root.handlers if isinstance(known.formatter, structlog.stdlib.ProcessorFormatter)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(number, logging.WARNING))


def _common() -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_request_id,
        _without_secrets,
    ]


def _with_request_id(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    request_id = current_request_id()
    if request_id is not None:
        event.setdefault("request_id", request_id)
    return event


def _without_secrets(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in event:
        if _names_a_secret(key):
            event[key] = "…"
    return event


@lru_cache(maxsize=1000)
def _names_a_secret(key: str) -> bool:
    return any(word in key.lower() for word in _SECRET_WORDS)


def _json_text(_: object, __: str, event: MutableMapping[str, Any]) -> str:
    return orjson.dumps(dict(event), default=str, option=orjson.OPT_NON_STR_KEYS).decode()

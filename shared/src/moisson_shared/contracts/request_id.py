"""The id of the request being served: made at the edge, in each log line, sent along to neighbours.

It lives in a context variable, so that code which calls a neighbour need not carry it in every signature.
"""

import re
import secrets
from contextvars import ContextVar

HEADER = "X-Request-Id"
_SHAPE = re.compile(r"[A-Za-z0-9_-]{8,64}")
_current: ContextVar[str | None] = ContextVar("moisson_request_id", default=None)


def new_request_id() -> str:
    """A fresh id of 32 hexadecimal digits."""
    return secrets.token_hex(16)


def accepted_request_id(offered: str | None) -> str:
    """The caller's id when it looks like one (8 to 64 of letters, digits, `_` and `-`), else a fresh one."""
    return offered if offered is not None and _SHAPE.fullmatch(offered) else new_request_id()


def current_request_id() -> str | None:
    """The id of the request, or of the run, that this task works for; None outside of any."""
    return _current.get()


def set_request_id(request_id: str) -> None:
    """Holds for this task and those it starts. A background run sets its own, to be followed across services."""
    _current.set(request_id)

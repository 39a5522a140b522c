"""Where a reader of a feed is: epoch and number, as one opaque text."""

import base64
import binascii
import re
from dataclasses import dataclass

from moisson_shared.contracts.errors import Invalid

_EPOCH = re.compile(r"[0-9a-f]{1,64}")


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """Everything up to number `seq` of this epoch has been read."""

    epoch: str
    seq: int

    def written(self) -> str:
        """As readers get it."""
        return base64.urlsafe_b64encode(f"{self.epoch}.{self.seq}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> FeedCursor:
    """Raises `Invalid` for a text that is none of ours."""
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise _refused() from error
    epoch, dot, seq = plain.partition(".")
    if not dot or not _EPOCH.fullmatch(epoch) or not seq.isdecimal() or not seq.isascii() or len(seq) > 15:
        raise _refused()
    return FeedCursor(epoch, int(seq))


def _refused() -> Invalid:
    return Invalid("This cursor was not made by a feed: leave `after` out to start from the beginning.")

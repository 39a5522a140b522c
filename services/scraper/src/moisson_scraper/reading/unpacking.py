"""Files that arrive packed as gzip (RFC 1952), told by their first bytes, and unpacked within a limit."""

import zlib

from moisson_scraper.reading.notice import Unreadable

GZIP = b"\x1f\x8b"
MOST_UNPACKED = 300_000_000
"""Bytes."""
_PIECE = 1_048_576


def is_packed(body: bytes) -> bool:
    """Whether it begins as gzip does."""
    return body.startswith(GZIP)


def unpacked(body: bytes, most: int = MOST_UNPACKED) -> bytes:
    """What is inside, all members one after the other; a body that is not packed is given back as it is.

    Raises `Unreadable` for more than `most` bytes, before they are in memory, and for a file that is broken or cut off.
    Bytes after the last member are padding.
    """
    if not is_packed(body):
        return body
    found: list[bytes] = []
    size = 0
    rest = body
    while rest.startswith(GZIP):
        engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while not engine.eof:
            try:
                piece = engine.decompress(rest, _PIECE)
            except zlib.error as error:
                raise Unreadable("not-gzip", "The file begins as gzip does, but cannot be unpacked.") from error
            rest = engine.unconsumed_tail
            size += len(piece)
            if size > most:
                message = f"Unpacked, the file would have more than {most:,} bytes; that is refused."
                raise Unreadable("archive-too-large", message)
            found.append(piece)
            if not piece and not rest and not engine.eof:
                raise Unreadable("not-gzip", "The packed file was cut off before its end.")
        rest = engine.unused_data
    return b"".join(found)

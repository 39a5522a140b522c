"""Unpacking a body piece by piece, never more than asked for: a bomb is noticed before it is in memory."""

import zlib
from collections.abc import Iterator
from typing import Protocol

ACCEPTED = "gzip, deflate"
PIECE = 65_536
_GZIP_MAGIC = b"\x1f\x8b"


class Undecodable(ValueError):
    """The body is not what its Content-Encoding says."""


class Decoder(Protocol):
    """Unpacks in pieces of at most 64 kB."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What the data unpacks to, lazily: the reader may stop at any piece."""
        ...

    def finish(self) -> None:
        """Raises `Undecodable` when the body ended too early."""
        ...


class PlainDecoder:
    """No packing at all."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The data itself."""
        yield data

    def finish(self) -> None:
        """A plain body may end anywhere; its length is HTTP's business."""


class ZlibDecoder:
    """gzip (RFC 1952, several members too) and deflate (RFC 1950, and bare RFC 1951 as some servers send it)."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._engine = zlib.decompressobj(zlib.MAX_WBITS | 16 if gzip else zlib.MAX_WBITS)
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What the data unpacks to, lazily."""
        rest, piece = data, b""
        # A full piece may have left more behind in the engine, even when all input is taken.
        while rest or len(piece) == PIECE:
            if self._engine.eof:
                if not (self._gzip and rest.startswith(_GZIP_MAGIC)):
                    return  # padding after the end: every client lets it pass
                self._engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
            piece = self._piece(rest)
            rest = self._engine.unused_data if self._engine.eof else self._engine.unconsumed_tail
            if piece:
                yield piece

    def _piece(self, data: bytes) -> bytes:
        first, self._begun = not self._begun, True
        try:
            return self._engine.decompress(data, PIECE)
        except zlib.error as error:
            if self._gzip or not first:
                raise Undecodable(str(error)) from error
        self._engine = zlib.decompressobj(-zlib.MAX_WBITS)
        return self._piece(data)

    def finish(self) -> None:
        """Raises `Undecodable` when the stream is not at its end."""
        if self._begun and not self._engine.eof:
            raise Undecodable("the packed body ends too early")


def decoder_for(content_encoding: str | None) -> Decoder:
    """The decoder of a Content-Encoding header; `Undecodable` for one we did not ask for."""
    encoding = (content_encoding or "").strip().lower()
    if encoding in {"", "identity"}:
        return PlainDecoder()
    if encoding in {"gzip", "x-gzip"}:
        return ZlibDecoder(gzip=True)
    if encoding == "deflate":
        return ZlibDecoder(gzip=False)
    raise Undecodable(f"it is packed as {encoding[:40]!r}, which was not asked for")

"""Unpacking bodies: exact, in any slicing, and never more at once than a piece."""

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_shared.adapters.body_decoding import PIECE, Undecodable, decoder_for


def bare_deflate(data: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return engine.compress(data) + engine.flush()


PACKINGS: dict[str | None, Callable[[bytes], bytes]] = {
    None: lambda data: data,
    "identity": lambda data: data,
    "gzip": lambda data: gzip.compress(data),
    "x-gzip": lambda data: gzip.compress(data),
    "GZIP ": lambda data: gzip.compress(data),
    "deflate": lambda data: zlib.compress(data),
}


def unpack(encoding: str | None, packed: bytes, step: int = 1 << 20) -> bytes:
    decoder = decoder_for(encoding)
    pieces = [piece for start in range(0, len(packed), step) for piece in decoder.feed(packed[start : start + step])]
    decoder.finish()
    return b"".join(pieces)


@pytest.mark.parametrize("encoding", PACKINGS)
@given(data=st.binary(max_size=3000), times=st.integers(1, 200), step=st.integers(1, 5000))
def test_any_slicing_gives_the_same(encoding: str | None, data: bytes, times: int, step: int) -> None:
    assert unpack(encoding, PACKINGS[encoding](data * times), step) == data * times


def test_bare_deflate_and_several_members_are_understood() -> None:
    assert unpack("deflate", bare_deflate(b"abc" * 1000)) == b"abc" * 1000
    assert unpack("gzip", gzip.compress(b"one ") + gzip.compress(b"two")) == b"one two"
    assert unpack("gzip", gzip.compress(b"one") + b"\0\0\0padding") == b"one"


def test_a_bomb_comes_in_small_pieces() -> None:
    packed = gzip.compress(bytes(50_000_000))
    pieces = decoder_for("gzip").feed(packed)
    assert max(len(piece) for piece, _ in zip(pieces, range(5), strict=False)) <= PIECE


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", b"this is not packed"),
        ("gzip", gzip.compress(b"abc" * 1000, mtime=0)[:-9]),
        ("deflate", b"\xff\xff\xff\xff"),
        ("deflate", zlib.compress(b"abc" * 1000)[:-6]),
        ("br", b"x"),
        ("gzip, gzip", b"x"),
        ("compress", b"x"),
    ],
)
def test_what_cannot_be_unpacked_is_said(encoding: str, packed: bytes) -> None:
    with pytest.raises(Undecodable):
        unpack(encoding, packed)

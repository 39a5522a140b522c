"""Frames on a pipe: four bytes of length, then so many bytes. What is in them is always data, never code."""

import asyncio
from typing import BinaryIO

_LENGTH_BYTES = 4


class FrameTooLarge(Exception):
    """The other side announced more bytes than are taken."""


def framed(content: bytes) -> bytes:
    """The content with its length before it."""
    return len(content).to_bytes(_LENGTH_BYTES, "big") + content


def read_frame(pipe: BinaryIO) -> bytes | None:
    """The next frame; None where the pipe has ended, in the middle of a frame too."""
    head = pipe.read(_LENGTH_BYTES)
    length = int.from_bytes(head, "big")
    content = pipe.read(length) if len(head) == _LENGTH_BYTES else b""
    return content if len(head) == _LENGTH_BYTES and len(content) == length else None


async def receive_frame(pipe: asyncio.StreamReader, most: int) -> bytes:
    """The next frame. Raises `FrameTooLarge` before reading it, `asyncio.IncompleteReadError` where the pipe ends."""
    length = int.from_bytes(await pipe.readexactly(_LENGTH_BYTES), "big")
    if length > most:
        raise FrameTooLarge(length)
    return await pipe.readexactly(length)

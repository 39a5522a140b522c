"""WARC files on disk: appended to by one process, which holds a lock on them; a kill leaves whole records and at most
one broken tail, which is cut off by whoever takes the run up."""

import fcntl
import os
import zlib
from pathlib import Path

SUFFIX = ".warc.gz"
_PIECE = 1_000_000


class WarcFile:
    """One file, open for appending. Calls block; one at a time."""

    def __init__(self, path: Path, descriptor: int, size: int) -> None:
        self.path = path
        self.size = size
        """Of what is safely on disk."""
        self._descriptor = descriptor

    @classmethod
    def opened(cls, path: Path) -> "WarcFile | None":
        """The file, made where it is not there; None while another process, or another part of this one, has it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        return cls(path, descriptor, os.fstat(descriptor).st_size)

    def append(self, content: bytes) -> None:
        """All of it, on disk when this returns; or nothing of it, and `OSError`."""
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(self._descriptor, left) :]
            os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            raise
        self.size += len(content)

    def close(self) -> None:
        """Gives the lock back."""
        os.close(self._descriptor)


def mend(folder: Path) -> int:
    """Cuts broken tails off the files of one run that nobody writes to; how many bytes were cut off in all.

    Of each process only the last file can have one: a file is whole before the next one is begun.
    """
    cut = 0
    last = {path.name.rpartition("-")[0]: path for path in sorted(folder.glob("*" + SUFFIX))}
    for path in last.values():
        file = WarcFile.opened(path)
        if file is None:
            continue
        try:
            if (whole := whole_members(path)) < file.size:
                os.truncate(path, whole)
                cut += file.size - whole
        finally:
            file.close()
    return cut


def whole_members(path: Path) -> int:
    """How many bytes from the beginning are whole gzip members (RFC 1952)."""
    whole = at = 0
    inflate = zlib.decompressobj(zlib.MAX_WBITS + 16)
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            while piece:
                given = len(piece)
                try:
                    content = inflate.decompress(piece, _PIECE)
                    while content and inflate.unconsumed_tail:
                        content = inflate.decompress(inflate.unconsumed_tail, _PIECE)
                except zlib.error:
                    return whole
                piece = inflate.unused_data
                at += given - len(piece)
                if inflate.eof:
                    whole = at
                    inflate = zlib.decompressobj(zlib.MAX_WBITS + 16)
    return whole


def read_member(path: Path, offset: int, length: int) -> bytes:
    """One member as it stands. Raises `OSError`."""
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(length)

"""Uploaded files in the document store: written chunk by chunk while they arrive, and replaced in one batch at the end.

Who reads meanwhile reads the old file or the new one: a file whose chunks go while it is read is read again from the
beginning.
"""

import base64
import hashlib
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from contextlib import suppress

from moisson_scraper.keeping.upload_documents import UPLOAD_CHUNKS, UPLOADS, KeptUpload, UploadChunk, chunk_key
from moisson_shared.contracts.errors import Conflict, Invalid, MoissonError, TooLarge, Unavailable, VersionConflict
from moisson_shared.ports.documents import (
    DeleteWhere,
    DocumentReader,
    DocumentStore,
    Equal,
    Expect,
    Insert,
    Operation,
    Put,
    Range,
)

CHUNK = 3_000_000
"""Bytes; four of base64 for three of these stay far below what a document may have."""
_TRIES = 5


async def write_upload(
    store: DocumentStore,
    described: Callable[[str, int, str, int], KeptUpload],
    spider_id: str,
    content: AsyncIterable[bytes],
    most_bytes: int,
    noted: Callable[[KeptUpload], Sequence[Operation]] = lambda upload: (),
) -> KeptUpload:
    """Writes the file and makes it the spider's; `described` makes its document of id, bytes, sha256 and chunks, and
    `noted` gives what is written with it.

    Raises `Invalid` for an empty file, `TooLarge`, and `Conflict` when another file was uploaded at the same time.
    What an upload that fails has written is taken back, by itself or else by the next one.
    """
    upload_id = secrets.token_hex(16)
    try:
        return await _written(store, described, spider_id, upload_id, content, most_bytes, noted)
    except BaseException:
        with suppress(MoissonError):
            await store.apply([DeleteWhere(UPLOAD_CHUNKS, (Equal("upload_id", upload_id),))])
        raise


async def _written(
    store: DocumentStore,
    described: Callable[[str, int, str, int], KeptUpload],
    spider_id: str,
    upload_id: str,
    content: AsyncIterable[bytes],
    most_bytes: int,
    noted: Callable[[KeptUpload], Sequence[Operation]],
) -> KeptUpload:
    digest = hashlib.sha256()
    size = number = 0
    async for part in _chunks(content):
        size += len(part)
        if size > most_bytes:
            raise TooLarge(f"The file has more than {most_bytes:,} bytes, the most that is taken.")
        digest.update(part)
        told = base64.b64encode(part).decode("ascii")
        chunk = UploadChunk(spider_id=spider_id, upload_id=upload_id, number=number, content=told)
        await store.apply([Insert(UPLOAD_CHUNKS, chunk)])
        number += 1
    if not size:
        raise Invalid("The file is empty.")
    upload = described(upload_id, size, digest.hexdigest(), number)
    of_spider = Equal("spider_id", spider_id)
    operations: list[Operation] = [
        Expect(UPLOAD_CHUNKS, chunk_key(upload_id, 0), 1),  # gone when another upload came to its end meanwhile
        Put(UPLOADS, upload),
        DeleteWhere(UPLOAD_CHUNKS, (of_spider, Range("upload_id", below=upload_id))),
        DeleteWhere(UPLOAD_CHUNKS, (of_spider, Range("upload_id", above=upload_id))),
        *noted(upload),
    ]
    try:
        await store.apply(operations)
    except VersionConflict as error:
        raise Conflict("Another file was uploaded for this spider at the same time: look which one it was.") from error
    return upload


async def _chunks(content: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    waiting = bytearray()
    async for part in content:
        waiting += part
        while len(waiting) >= CHUNK:
            yield bytes(waiting[:CHUNK])
            del waiting[:CHUNK]
    if waiting:
        yield bytes(waiting)


async def read_upload(store: DocumentReader, spider_id: str) -> tuple[KeptUpload, bytes] | None:
    """The newest file, whole; None where there is none. `Unavailable` where it changes faster than it can be read."""
    for _ in range(_TRIES):
        stored = await store.get(UPLOADS, spider_id)
        if stored is None:
            return None
        content = await _content(store, stored.value)
        if content is not None:
            return stored.value, content
    raise Unavailable("The uploaded file is being replaced: try again in a moment.")


async def _content(store: DocumentReader, upload: KeptUpload) -> bytes | None:
    found = bytearray()
    for number in range(upload.chunks):
        chunk = await store.get(UPLOAD_CHUNKS, chunk_key(upload.upload_id, number))
        if chunk is None:
            return None
        found += base64.b64decode(chunk.value.content)
    return bytes(found)

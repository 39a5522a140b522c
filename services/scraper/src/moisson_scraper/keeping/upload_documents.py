"""Files that partners upload."""

from typing import Any

from moisson_shared.contracts.model import Contract, Count, Slug
from moisson_shared.contracts.upload import Upload
from moisson_shared.ports.documents import Collection


class KeptUpload(Upload):
    """An uploaded file; what is in it is kept in chunks."""

    spider_id: Slug
    partner: Slug
    upload_id: str
    chunks: Count

    def shown(self) -> Upload:
        """As everybody reads it."""
        return Upload.model_construct(**{name: getattr(self, name) for name in Upload.model_fields})


class UploadChunk(Contract):
    """A part of an uploaded file. Those of a file that is not the spider's are left from an upload that broke off."""

    spider_id: Slug
    upload_id: str
    number: Count
    content: str
    """In base64."""


def chunk_key(upload_id: str, number: int) -> str:
    """The document key of one chunk."""
    return f"{upload_id}/{number:06d}"


UPLOADS = Collection("uploads", KeptUpload, key=lambda upload: upload.spider_id)
UPLOAD_CHUNKS = Collection(
    "upload_chunks",
    UploadChunk,
    key=lambda chunk: chunk_key(chunk.upload_id, chunk.number),
    indexed=("spider_id", "upload_id"),
)

UPLOAD_COLLECTIONS: tuple[Collection[Any], ...] = (UPLOADS, UPLOAD_CHUNKS)

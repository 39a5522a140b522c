"""Files that partners upload: one per spider, for a spider that reads one."""

from collections.abc import AsyncIterable, Callable
from datetime import datetime

from moisson_scraper.keeping.audit_trail import Audited, audited
from moisson_scraper.keeping.collections import SPIDERS
from moisson_scraper.keeping.upload_documents import UPLOADS, KeptUpload
from moisson_scraper.keeping.uploaded_content import write_upload
from moisson_scraper.rights import require_manager, require_reader
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import Fault, Invalid, NotFound
from moisson_shared.contracts.sources import FileSource
from moisson_shared.contracts.upload import Upload
from moisson_shared.ports.documents import DocumentStore, Operation

_WHAT = "spider of that id"


class UploadShelf:
    """The use cases of uploads. `most_bytes` is what one file may have."""

    def __init__(self, store: DocumentStore, most_bytes: int, now: Callable[[], datetime]) -> None:
        self._store = store
        self._most_bytes = most_bytes
        self._now = now

    async def read(self, caller: Caller, spider_id: str) -> Upload:
        """What is there. Raises `NotFound`."""
        spider = await self._store.get(SPIDERS, spider_id)
        require_reader(caller, spider.value.partner if spider else None, _WHAT)
        stored = await self._store.get(UPLOADS, spider_id)
        if stored is None:
            raise NotFound(f"No file has been uploaded for the spider {spider_id}.")
        return stored.value.shown()

    async def replace(
        self, caller: Caller, spider_id: str, name: str, content_type: str, content: AsyncIterable[bytes]
    ) -> Upload:
        """The file becomes the spider's. Nothing of it is read before the caller is known to be allowed to send it."""
        spider = await self._store.get(SPIDERS, spider_id)
        require_manager(caller, spider.value.partner if spider else None, _WHAT)
        if spider is None or not isinstance(spider.value.source, FileSource) or spider.value.source.url is not None:
            message = "it must be of the kind `file`, and without `url`"
            raise Invalid("This spider reads no uploaded file.", (Fault("/source", message),))
        partner = spider.value.partner

        def described(upload_id: str, size: int, sha256: str, chunks: int) -> KeptUpload:
            return KeptUpload(
                name=name,
                content_type=content_type,
                bytes=size,
                sha256=sha256,
                uploaded_at=self._now(),
                uploaded_by=caller.subject,
                spider_id=spider_id,
                partner=partner,
                upload_id=upload_id,
                chunks=chunks,
            )

        earlier = await self._store.get(UPLOADS, spider_id)
        before = earlier.value.shown() if earlier is not None else None
        subject = Audited("upload", spider_id, partner, spider_id)

        def noted(upload: KeptUpload) -> list[Operation]:
            return [audited(caller, "uploaded", before, upload.shown(), self._now(), of=subject)]

        upload = await write_upload(self._store, described, spider_id, content, self._most_bytes, noted)
        return upload.shown()

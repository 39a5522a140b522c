"""The file that was uploaded for a spider, fetched as if it were a page: same limits, same validators."""

import time
from collections.abc import Callable
from urllib.parse import quote

from moisson_scraper.fetching.page_failure import PageFailed
from moisson_scraper.fetching.run_budget import RunBudget
from moisson_scraper.keeping.upload_documents import UPLOADS
from moisson_scraper.keeping.uploaded_content import read_upload
from moisson_scraper.reading.file_source import UPLOADED
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest
from moisson_shared.ports.documents import DocumentReader


class UploadedFile:
    """`Fetches` the newest upload of one spider, if it is of that partner."""

    def __init__(
        self,
        store: DocumentReader,
        spider_id: str,
        partner: str,
        budget: RunBudget,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._spider_id = spider_id
        self._partner = partner
        self._budget = budget
        self._clock = clock

    async def fetch(self, request: PageRequest) -> FetchedPage:
        """The file, with its hash as ETag; 304 without it where the request has that one. Raises `PageLost`."""
        self._budget.take_page(self._clock())
        stored = await self._store.get(UPLOADS, self._spider_id)
        if stored is None or stored.value.partner != self._partner:
            raise PageFailed("nothing-uploaded", "No file has been uploaded for this spider.")
        upload = stored.value
        address = UPLOADED + quote(upload.name)
        if _etag(upload.sha256) in {value for name, value in request.headers if name == "if-none-match"}:
            return FetchedPage(address, 304, upload.content_type, b"", (("etag", _etag(upload.sha256)),))
        if upload.bytes > self._budget.limits.bytes_per_page:
            most = self._budget.limits.bytes_per_page
            message = f"The uploaded file has more than {most:,} bytes, the limit of the spider for one page."
            raise PageFailed("page-too-large", message)
        read = await read_upload(self._store, self._spider_id)
        if read is None or read[0].partner != self._partner:
            raise PageFailed("nothing-uploaded", "No file has been uploaded for this spider.")
        upload, content = read
        self._budget.bytes += len(content)
        headers = (("etag", _etag(upload.sha256)),)
        return FetchedPage(UPLOADED + quote(upload.name), 200, upload.content_type, content, headers, len(content))


def _etag(sha256: str) -> str:
    return f'"{sha256}"'

"""The log of a run, and why pages of it failed, with the first page of each class."""

from moisson_scraper.keeping.collections import RUNS, KeptRun
from moisson_scraper.keeping.error_pages import RUN_ERRORS, ErrorPage, error_page_key
from moisson_scraper.keeping.run_log import read_log
from moisson_scraper.rights import require_reader
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import NotFound
from moisson_shared.contracts.run_log import ErrorSample, LoggedRun, RunError, RunErrors
from moisson_shared.ports.documents import DocumentReader

_RUN = "run of that id"


class RunEvidenceShelf:
    """The use cases of logs and errors."""

    def __init__(self, store: DocumentReader) -> None:
        self._store = store

    async def log(self, caller: Caller, run: str) -> LoggedRun:
        """What happened."""
        await self._readable(caller, run)
        return await read_log(self._store, run)

    async def errors(self, caller: Caller, run: str) -> RunErrors:
        """Why pages failed."""
        kept = await self._readable(caller, run)
        failed = [reason for reason in kept.reasons if reason.fate == "failed"]
        keys = [error_page_key(run, reason.code) for reason in failed]
        pages = await self._store.get_many(RUN_ERRORS, keys)
        return RunErrors(
            run_id=run,
            errors=tuple(
                RunError(reason=reason, page=_sample(pages[key].value) if key in pages else None)
                for reason, key in zip(failed, keys, strict=True)
            ),
        )

    async def error_page(self, caller: Caller, run: str, code: str) -> ErrorPage:
        """The first page of one class. Raises `NotFound`, also where the site had not answered at all."""
        await self._readable(caller, run)
        stored = await self._store.get(RUN_ERRORS, error_page_key(run, code))
        if stored is None or stored.value.status is None:
            raise NotFound("Of this class of errors there is no page: none was answered, or it is not kept any more.")
        return stored.value

    async def _readable(self, caller: Caller, run: str) -> KeptRun:
        stored = await self._store.get(RUNS, run)
        require_reader(caller, stored.value.partner if stored else None, _RUN)
        if stored is None:
            raise NotFound(f"There is no {_RUN}.")
        return stored.value


def _sample(page: ErrorPage) -> ErrorSample:
    return ErrorSample.model_validate({name: getattr(page, name) for name in ErrorSample.model_fields})

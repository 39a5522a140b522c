"""Export and import of spiders as files: what is exported can be edited, versioned by its owner, and brought back."""

from collections.abc import Sequence
from typing import Literal

from moisson_scraper.fixtures.check_fixtures import FixturePolicy
from moisson_scraper.keep_spiders import SpiderChange, SpiderShelf
from moisson_scraper.keeping.collections import SPIDERS
from moisson_scraper.spider_files.read_spider_files import SpiderRead
from moisson_scraper.spider_files.spider_file import SpiderFile
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import Fault, Invalid, MoissonError, TooLarge, Unavailable, error_name
from moisson_shared.contracts.model import Contract
from moisson_shared.contracts.spider import SpiderConfig, SpiderDraft
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.web.conditional import etag

MOST_EXPORTED = 1000
_AT_ONCE = 200

Outcome = Literal["created", "replaced", "unchanged", "refused", "left"]


class FileFault(Contract):
    """A fault, into the file that was sent."""

    pointer: str
    message: str


class SpiderImported(Contract):
    """What became of one spider of the file, or would have in a dry run.

    `unchanged`: it is like that already, whatever its version; `refused`: `problem` and `faults` say why; `left`: it is
    sound, and was not saved because another one of the file is not.
    """

    pointer: str
    id: str | None
    outcome: Outcome
    version: int | None = None
    """The one it has now, or would have."""
    problem: str | None = None
    """The kind of the problem, as in `/problems/<kind>`."""
    message: str | None = None
    """The problem in one sentence, and what can be done about it."""
    faults: tuple[FileFault, ...] = ()


class FilesImported(Contract):
    """The answer to an import."""

    dry_run: bool
    refused: int
    spiders: tuple[SpiderImported, ...]


class SpiderExchange:
    """The use cases."""

    def __init__(self, store: DocumentStore, shelf: SpiderShelf) -> None:
        self._store = store
        self._shelf = shelf

    async def exported(self, caller: Caller, partner: str | None) -> list[SpiderConfig]:
        """All spiders that the caller may read, by id; of one partner, or of all. Raises `TooLarge`."""
        found: list[SpiderConfig] = []
        after: str | None = None
        while True:
            page = await self._shelf.listed(caller, partner, _AT_ONCE, after)
            found += (stored.value for stored in page.items)
            if len(found) > MOST_EXPORTED:
                raise TooLarge(f"There are more than {MOST_EXPORTED} spiders: export them partner by partner.")
            after = page.next
            if after is None:
                return found

    async def bring(
        self,
        caller: Caller,
        files: Sequence[SpiderRead],
        *,
        dry_run: bool,
        all_or_none: bool,
        overwrite: bool,
        fixtures: FixturePolicy = "refuse",
    ) -> FilesImported:
        """Creates and replaces, each by the rules for one; with `all_or_none` in one batch, or not at all.

        `overwrite` replaces whatever version is there, as `If-Match: *` does; `fixtures` are dealt with as where a
        spider is replaced. Raises `VersionConflict` or
        `AlreadyExists` when somebody else wrote in the middle of an `all_or_none`.
        """
        results: list[SpiderImported] = []
        changes: list[SpiderChange] = []
        seen: set[str] = set()
        for read in files:
            result, change = await self._planned(caller, read, seen, "*" if overwrite else None, fixtures)
            if change is not None and not dry_run and not all_or_none:
                result = await self._saved(result, change)
            elif change is not None:
                changes.append(change)
            results.append(result)
        refused = sum(result.outcome == "refused" for result in results)
        if all_or_none and refused:
            results = [_left(result) for result in results]
        elif all_or_none and not dry_run:
            await self._store.apply([operation for change in changes for operation in change.operations])
        return FilesImported(dry_run=dry_run, refused=refused, spiders=tuple(results))

    async def _planned(
        self, caller: Caller, read: SpiderRead, seen: set[str], any_version: str | None, fixtures: FixturePolicy
    ) -> tuple[SpiderImported, SpiderChange | None]:
        if read.file is None:
            return _refused(read, Invalid("The spider does not have its form.", read.faults)), None
        if read.file.id in seen:
            return _refused(
                read, Invalid("Twice in one file.", (Fault("/id", "the file has this spider twice"),))
            ), None
        seen.add(read.file.id)
        try:
            return await self._change(caller, read, read.file, any_version, fixtures)
        except Unavailable:
            raise
        except MoissonError as error:
            return _refused(read, error), None

    async def _change(
        self,
        caller: Caller,
        read: SpiderRead,
        file: SpiderFile,
        any_version: str | None,
        fixtures: FixturePolicy,
    ) -> tuple[SpiderImported, SpiderChange | None]:
        draft = file.draft()
        stored = await self._store.get(SPIDERS, draft.id)
        if stored is None:
            change = await self._shelf.planned_creation(caller, draft)
            return _done(read, "created", change.config), change
        current = await self._shelf.read(caller, draft.id)
        if draft == SpiderDraft(**{name: getattr(current, name) for name in SpiderDraft.model_fields}):
            return _done(read, "unchanged", current), None
        stated = etag(file.version) if file.version is not None else None
        change = await self._shelf.planned_replacement(caller, draft.id, draft, any_version or stated, fixtures)
        return _done(read, "replaced", change.config), change

    async def _saved(self, result: SpiderImported, change: SpiderChange) -> SpiderImported:
        try:
            await self._store.apply(change.operations)
        except Unavailable:
            raise
        except MoissonError as error:
            return result.model_copy(update={"outcome": "refused", "version": None, **_told(result.pointer, error)})
        return result


def _done(read: SpiderRead, outcome: Outcome, spider: SpiderConfig) -> SpiderImported:
    return SpiderImported(pointer=read.pointer, id=spider.id, outcome=outcome, version=spider.version)


def _refused(read: SpiderRead, error: MoissonError) -> SpiderImported:
    return SpiderImported.model_validate(
        {"pointer": read.pointer, "id": read.id, "outcome": "refused", **_told(read.pointer, error)}
    )


def _told(pointer: str, error: MoissonError) -> dict[str, object]:
    faults = error.faults if isinstance(error, Invalid) else ()
    if not faults:
        faults = (Fault("", str(error)),)
    shown = tuple(FileFault(pointer=pointer + fault.pointer, message=fault.message) for fault in faults)
    return {"problem": error_name(type(error)), "message": str(error), "faults": shown}


def _left(result: SpiderImported) -> SpiderImported:
    if result.outcome not in {"created", "replaced"}:
        return result
    return result.model_copy(update={"outcome": "left", "version": None})

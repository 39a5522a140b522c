"""The import of an OpenScraper export: what becomes of each spider, and, if wanted, the new ones saved."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from moisson_scraper.keep_spiders import SpiderShelf
from moisson_scraper.keeping.collections import PARTNERS, SPIDERS
from moisson_scraper.openscraper.convert_spider import Conversion, convert_spider
from moisson_scraper.openscraper.data_model import DataModel, read_data_model
from moisson_scraper.openscraper.findings import Findings, Note
from moisson_scraper.openscraper.keep_data_models import keep_data_model
from moisson_scraper.rights import require_manager
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.errors import AlreadyExists, Fault, Forbidden, Invalid, NotNow
from moisson_shared.contracts.model import Contract
from moisson_shared.contracts.spider import SpiderDraft
from moisson_shared.ports.documents import DocumentStore

MOST_SPIDERS = 500
MOST_FIELDS = 1000


class OpenScraperExport(Contract):
    """What is sent. Spiders and fields are as OpenScraper wrote them, in either version of its documents."""

    source: str | None = None
    """Where it came from; for people."""
    datamodel: Annotated[list[Any], Field(max_length=MOST_FIELDS)] = []
    spiders: Annotated[list[Any], Field(max_length=MOST_SPIDERS)]


class ShownFault(Contract):
    """A fault, into what was sent."""

    pointer: str
    message: str


Outcome = Literal["sound", "created", "exists", "faults", "refused"]


class ImportedSpider(Contract):
    """What became of one spider.

    `sound`: it could be saved; `created`: it was; `exists`: there is a spider of that id, which stays as it is;
    `faults`: this is missing; `refused`: it could not be saved, `faults` say why.
    """

    pointer: str
    name: str
    outcome: Outcome
    draft: SpiderDraft | None = None
    faults: tuple[ShownFault, ...] = ()
    notes: tuple[Note, ...] = ()


class SpidersImported(Contract):
    """The answer to an import."""

    partner: str
    created: int
    faults: tuple[ShownFault, ...] = ()
    """Of the data model."""
    notes: tuple[Note, ...] = ()
    spiders: tuple[ImportedSpider, ...]


class OpenScraperImports:
    """The use case."""

    def __init__(self, store: DocumentStore, shelf: SpiderShelf, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._shelf = shelf

    async def bring(self, caller: Caller, partner: str, export: OpenScraperExport, *, save: bool) -> SpidersImported:
        """Each spider converted; with `save` those that are sound are created, and none that is there is touched."""
        there = await self._store.get(PARTNERS, partner)
        require_manager(caller, partner if there else None, "partner of that id")
        findings = Findings()
        model = read_data_model(export.datamodel, ("datamodel",), findings)
        notes = tuple(findings.notes)
        if save and export.datamodel:
            notes += await keep_data_model(self._store, caller, partner, model, self._now)
        spiders = [
            await self._settled(caller, f"/spiders/{number}", conversion, save=save)
            for number, conversion in enumerate(convert_all(export.spiders, model, partner))
        ]
        created = sum(spider.outcome == "created" for spider in spiders)
        return SpidersImported(
            partner=partner, created=created, faults=shown(findings.faults), notes=notes, spiders=tuple(spiders)
        )

    async def _settled(self, caller: Caller, pointer: str, made: Conversion, *, save: bool) -> ImportedSpider:
        outcome: Outcome = "faults"
        faults = shown(made.faults)
        if made.draft is not None:
            outcome = "exists" if await self._store.get(SPIDERS, made.draft.id) else "sound"
            if save and outcome == "sound":
                outcome, faults = await self._create(caller, pointer, made.draft)
        return ImportedSpider(
            pointer=pointer, name=made.name, outcome=outcome, draft=made.draft, faults=faults, notes=made.notes
        )

    async def _create(self, caller: Caller, pointer: str, draft: SpiderDraft) -> tuple[Outcome, tuple[ShownFault, ...]]:
        try:
            await self._shelf.create(caller, draft)
        except AlreadyExists:
            return "exists", ()
        except (Invalid, NotNow, Forbidden) as error:
            return "refused", (ShownFault(pointer=pointer, message=str(error)),)
        return "created", ()


def convert_all(spiders: list[Any], model: DataModel, partner: str) -> list[Conversion]:
    """Each spider of an export, each under an id of its own. Pure."""
    made: list[Conversion] = []
    taken: set[str] = set()
    for number, old in enumerate(spiders):
        conversion = convert_spider(old, model, partner, taken, ("spiders", number))
        if conversion.draft is not None:
            taken.add(conversion.draft.id)
        made.append(conversion)
    return made


def shown(faults: Sequence[Fault]) -> tuple[ShownFault, ...]:
    """Faults as they are answered."""
    return tuple(ShownFault(pointer=fault.pointer, message=fault.message) for fault in faults)

"""The data models that partners brought along: the data API minds their types and levels."""

from collections.abc import Callable
from datetime import datetime

from moisson_scraper.keeping.audit_trail import Audited, audited
from moisson_scraper.openscraper.data_model import DataModel, ImportedDataModel, OldField
from moisson_scraper.openscraper.findings import Note
from moisson_scraper.rights import reads_all
from moisson_shared.contracts.access import Caller, most_restrictive
from moisson_shared.contracts.errors import Fault, Invalid
from moisson_shared.ports.documents import Collection, DocumentStore, Insert, Operation, Replace

MOST_KEPT = 3000
"""Fields of one partner, of all that it imported: each reader of the data API waits for them."""
DATA_MODELS = Collection("openscraper_data_models", ImportedDataModel, key=lambda model: model.partner)


async def keep_data_model(
    store: DocumentStore, caller: Caller, partner: str, model: DataModel, now: Callable[[], datetime]
) -> tuple[Note, ...]:
    """Keeps the model beside what the partner brought before.

    A level is only made stricter, unless the caller is a steward or an admin; notes say where it stayed. Raises
    `VersionConflict` when two imports meet, and `Invalid` where there are too many fields.
    """
    stored = await store.get(DATA_MODELS, partner)
    fields = {field.name: field for field in stored.value.fields} if stored is not None else {}
    notes: list[Note] = []
    for field in model.fields:
        kept = fields.get(field.name)
        if kept is not None and kept.level > field.level and not reads_all(caller):
            notes.append(_stricter(kept))
            field = field.model_copy(update={"level": most_restrictive(kept.level, field.level)})
        fields[field.name] = field
    if len(fields) > MOST_KEPT:
        message = f"with those that were imported before, these are {len(fields)} fields; at most {MOST_KEPT} are kept"
        raise Invalid("This data model cannot be kept.", (Fault("/datamodel", message),))
    merged = ImportedDataModel(partner=partner, fields=tuple(fields.values()))
    keep: Operation = Insert(DATA_MODELS, merged)
    if stored is not None:
        keep = Replace(DATA_MODELS, merged, stored.version)
    if stored is None or stored.value != merged:
        before, version = (stored.value, stored.version) if stored is not None else (None, None)
        of = Audited("data-model", partner, partner)
        verb = "created" if stored is None else "replaced"
        await store.apply([keep, audited(caller, verb, before, merged, now(), version=version, of=of)])
    return tuple(notes)


def _stricter(kept: OldField) -> Note:
    message = f"The field {kept.name!r} stays {kept.level.value}, as it was imported before: only stewards open it."
    return Note(code="level-kept", pointer="/datamodel", message=message)

"""What differs between two states of a record, field by field. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from moisson_scraper.fingerprint import canonical_json
from moisson_shared.contracts.faults import json_pointer
from moisson_shared.contracts.raw_record import FieldChange, RawRecord, RecordState


def differences(before: RawRecord, after: RawRecord) -> tuple[FieldChange, ...]:
    """The page's address, whether it is gone, and each field of its values; those that were there first come first."""
    return (*_between(_whole(before), _whole(after), ()), *_between(before.values, after.values, ("values",)))


def changed_state(before: RawRecord, after: RawRecord) -> RecordState:
    """An earlier state, with what the one after it made different."""
    known = {name: getattr(before, name) for name in RawRecord.model_fields}
    return RecordState(**known, changes=differences(before, after))


def _whole(record: RawRecord) -> dict[str, Any]:
    return {"url": record.url, "deleted": record.deleted}


def _between(before: Mapping[str, Any], after: Mapping[str, Any], inside: tuple[str, ...]) -> Iterator[FieldChange]:
    for name in (*before, *(name for name in after if name not in before)):
        pointer = json_pointer((*inside, name))
        if name not in after:
            yield FieldChange(pointer=pointer, kind="removed", before=before[name])
        elif name not in before:
            yield FieldChange(pointer=pointer, kind="added", after=after[name])
        elif canonical_json(before[name]) != canonical_json(after[name]):  # 1 is not true, nor 1.0
            yield FieldChange(pointer=pointer, kind="changed", before=before[name], after=after[name])

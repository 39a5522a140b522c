"""The audit trail: an entry for each change, to be part of the batch that makes the change. Pure but for its number.

Values that may hold secrets are left out: the places where a source names what it sends, and sealed texts.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moisson_scraper.keeping.collections import KeptRun
from moisson_scraper.keeping.tenancy import AUDIT, KeptQuota, KeptSecret
from moisson_shared.contracts.access import Caller
from moisson_shared.contracts.audit import MOST_CHANGES, MOST_CHARACTERS, AuditChange, AuditEntry, Scalar, entry_id
from moisson_shared.contracts.faults import json_pointer
from moisson_shared.contracts.model import Contract
from moisson_shared.contracts.partner import Partner
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import Insert, Operation

_HIDDEN = re.compile(r"/source/(?:headers|query|body)(?:/|$)|/sealed$")
_ABSENT = object()
Place = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Audited:
    """What a change was about: a kind of document, its key, and whose it is."""

    kind: str
    document: str
    partner: str
    spider: str | None = None


def audited(
    caller: Caller,
    verb: str,
    before: Contract | None,
    after: Contract | None,
    now: datetime,
    *,
    version: int | None = None,
    of: Audited | None = None,
) -> Operation:
    """The entry of one change; `before` is None for what was made, `after` for what was deleted.

    `version` is the store's version of `before`, for documents that do not carry one of their own; `of` says what the
    change was about, for kinds that are not known here.
    """
    subject = after if after is not None else before
    thing = of or _thing(subject)
    versions = _versions(before, after, version)
    changes = [] if before is None or after is None else list(_between(_dumped(before), _dumped(after), ()))
    return Insert(
        AUDIT,
        AuditEntry(
            id=entry_id(now, secrets.token_hex(6)),
            at=now,
            who=caller.subject,
            verb=verb,
            kind=thing.kind,
            document=thing.document,
            partner=thing.partner,
            spider=thing.spider,
            version_before=versions[0],
            version_after=versions[1],
            changes=tuple(changes[:MOST_CHANGES]),
            more=max(0, len(changes) - MOST_CHANGES),
        ),
    )


def _thing(document: Contract | None) -> Audited:
    match document:
        case Partner():
            return Audited("partner", document.id, document.id)
        case SpiderConfig():
            return Audited("spider", document.id, document.partner, document.id)
        case KeptRun():
            return Audited("run", document.id, document.partner, document.spider_id)
        case KeptSecret():
            return Audited("secret", document.name, document.partner, document.spider_id)
        case KeptQuota():
            return Audited("quota", document.partner, document.partner)
        case _:
            raise TypeError(f"say what a change of a {type(document).__name__} is about")


def _versions(before: Contract | None, after: Contract | None, version: int | None) -> tuple[int | None, int | None]:
    """Of a spider its own; of others the store's, where it is known."""
    if isinstance(before, SpiderConfig) or isinstance(after, SpiderConfig):
        return getattr(before, "version", None), getattr(after, "version", None)
    if before is None:
        return None, 1
    if version is None:
        return None, None
    return version, None if after is None else version + 1


def _dumped(document: Contract) -> Any:
    return document.model_dump(mode="json")


def _between(before: Any, after: Any, place: Place) -> Iterator[AuditChange]:
    """Every place where the two differ, as deep as it can be said."""
    if before == after and type(before) is type(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in (*before, *(name for name in after if name not in before)):
            yield from _between(before.get(name, _ABSENT), after.get(name, _ABSENT), (*place, name))
    elif isinstance(before, list) and isinstance(after, list):
        for number in range(max(len(before), len(after))):
            yield from _between(_at(before, number), _at(after, number), (*place, number))
    else:
        pointer = json_pointer(place)
        hidden = _HIDDEN.match(pointer) is not None
        shown = (None, None) if hidden else (_scalar(before), _scalar(after))
        yield AuditChange(pointer=pointer, before=shown[0], after=shown[1], hidden=hidden)


def _at(values: list[Any], number: int) -> Any:
    return values[number] if number < len(values) else _ABSENT


def _scalar(value: Any) -> Scalar:
    if isinstance(value, str):
        return value if len(value) <= MOST_CHARACTERS else value[: MOST_CHARACTERS - 1] + "…"
    return value if isinstance(value, bool | int | float) else None

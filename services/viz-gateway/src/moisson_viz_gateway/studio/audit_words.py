"""Who changed what, in plain words. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from moisson_shared.contracts.audit import AuditChange, AuditEntry
from moisson_viz_gateway.wording.catalogue import Wording


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One entry: who, a sentence, what it is about, and where that leads; `href` is None for what is gone or has no
    screen."""

    entry: AuditEntry
    who: str
    sentence: str
    about: str
    href: str | None


def change_lines(entries: Iterable[AuditEntry], names: Mapping[str, str], words: Wording) -> list[ChangeLine]:
    """Lines of entries, the newest first; what is older than the end of its spider leads nowhere."""
    there: dict[str, bool] = {}
    lines = []
    for entry in entries:
        spider = entry.document if entry.kind == "spider" else entry.spider
        if entry.kind == "spider" and entry.verb in {"created", "deleted"}:
            there.setdefault(entry.document, entry.verb == "created")
        line = change_line(entry, names, words)
        lines.append(line if spider is None or there.get(spider, True) else replace(line, href=None))
    return lines


def change_line(entry: AuditEntry, names: Mapping[str, str], words: Wording) -> ChangeLine:
    """`names` are those of members, by account; of others the account itself stands."""
    what = words(f"audit.kind.{entry.kind}") if words.has(f"audit.kind.{entry.kind}") else entry.kind
    verb = words(f"audit.verb.{entry.verb}") if words.has(f"audit.verb.{entry.verb}") else entry.verb
    sentence = words("audit.sentence", what=what, verb=verb)
    about = names.get(entry.document, entry.document) if entry.kind == "member" else entry.document
    return ChangeLine(entry, names.get(entry.who, entry.who), sentence, about, _href(entry))


def _href(entry: AuditEntry) -> str | None:
    if entry.verb == "deleted" and entry.kind != "secret":
        return None
    match entry.kind:
        case "spider":
            return f"/studio/spiders/{entry.document}"
        case "run":
            return f"/studio/runs/{entry.document}"
        case "secret" if entry.spider is not None:
            return f"/studio/spiders/{entry.spider}/secrets"
        case "partner" | "quota":
            return f"/studio/partners/{entry.partner}"
    return None


def changed_value(change: AuditChange, words: Wording, *, after: bool) -> str:
    """One side of a change; what is not shown is said not to be."""
    if change.hidden:
        return words("audit.hidden")
    value = change.after if after else change.before
    if change.pointer == "/role" and words.has(f"member.role.{value}"):
        return words(f"member.role.{value}")
    if isinstance(value, bool):
        return words("value.yes") if value else words("value.no")
    return "–" if value is None else words.number(value) if isinstance(value, int | float) else value

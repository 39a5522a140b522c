"""A suggested spider as people look at it, and the draft that is left of it with the fields they chose. Pure."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Literal

from moisson_shared.contracts.detail import levels_of
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.sources import FileSource, HtmlSource, JsonSource, SitemapSource
from moisson_shared.contracts.spider import KeyByFields, KeyByUrl, SpiderDraft
from moisson_shared.contracts.spider_suggestion import SuggestedField

Sureness = Literal["sure", "likely", "unsure"]
_SURE, _LIKELY = 0.75, 0.5


def sureness(confidence: float) -> Sureness:
    """A confidence as one of three words: nobody decides by two digits."""
    if confidence >= _SURE:
        return "sure"
    return "likely" if confidence >= _LIKELY else "unsure"


@dataclass(frozen=True, slots=True)
class ProposedChoice:
    """One proposed field: `fixed` is one that the spider cannot do without."""

    field: SuggestedField
    sureness: Sureness
    fixed: bool


def proposed_choices(draft: SpiderDraft, fields: tuple[SuggestedField, ...]) -> list[ProposedChoice]:
    """The fields as choices, in the order in which they were proposed."""
    fixed = fixed_fields(draft)
    return [ProposedChoice(field, sureness(field.confidence), field.name in fixed) for field in fields]


def may_choose(draft: SpiderDraft) -> bool:
    """Whether fields can be left out: tables and feeds give all they have."""
    match draft.source:
        case FileSource(fields=fields):
            return bool(fields)
        case HtmlSource() | JsonSource() | SitemapSource():
            return True
    return False


def fixed_fields(draft: SpiderDraft) -> frozenset[str]:
    """Fields that stay whatever is chosen: those that make the key, one of the detail where its page does, else one."""
    source = draft.source
    if isinstance(draft.identity, KeyByFields):
        return frozenset(draft.identity.fields)
    levels = levels_of(getattr(source, "detail", None))
    if isinstance(source, HtmlSource) and isinstance(draft.identity, KeyByUrl) and levels:
        return frozenset(list(levels[0].fields)[:1])
    return frozenset(list(getattr(source, "fields", {}))[:1])


def with_chosen_fields(draft: SpiderDraft, chosen: AbstractSet[str]) -> JsonObject:
    """The draft with these fields and the fixed ones only; a page behind an item that gives nothing is not opened."""
    document = draft.model_dump(mode="json", exclude_defaults=False)
    if may_choose(draft):
        _keep(document["source"], chosen | fixed_fields(draft))
    return document


def _keep(holder: dict[str, Any], chosen: AbstractSet[str]) -> None:
    """Without `fields` of its own a JSON page gives all it has, and goes on doing so."""
    if holder.get("fields"):
        holder["fields"] = {name: field for name, field in holder["fields"].items() if name in chosen}
    detail = holder.get("detail")
    if detail is None:
        return
    stated = bool(detail.get("fields"))
    _keep(detail, chosen)
    if stated and not detail["fields"] and detail.get("detail") is None:
        holder["detail"] = None


def next_ids(spider_id: str, count: int = 9) -> list[str]:
    """The id, and others to take where it is taken."""
    return [spider_id, *(f"{spider_id[:60].rstrip('-')}-{number}" for number in range(2, count + 1))]

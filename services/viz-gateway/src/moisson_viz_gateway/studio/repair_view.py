"""What a run lost, each field beside the pages it was and is in, and the spider with another selector. Pure."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.run_repair import ComparedPages, LostField, Proposal, RunRepair
from moisson_viz_gateway.studio.source_snippet import Snippet, SourceText, snippet_around, snippet_of
from moisson_viz_gateway.studio.suggestion_view import Sureness, sureness

MOST_PROPOSALS = 3


@dataclass(frozen=True, slots=True)
class ShownProposal:
    """One proposal."""

    proposal: Proposal
    expression: str
    sureness: Sureness
    today: Snippet | None
    applied: bool
    """The spider has it by now."""


@dataclass(frozen=True, slots=True)
class ShownLoss:
    """One lost field: the element in the last good page, and what is proposed for today's."""

    lost: LostField
    pages: ComparedPages | None
    good: Snippet | None
    proposals: tuple[ShownProposal, ...]


def shown_losses(repair: RunRepair, draft: JsonObject, sources: Mapping[str, SourceText]) -> list[ShownLoss]:
    """`draft` is the spider as it is now; `sources` are the texts of kept pages by their ids, and a page that is not
    among them gives no pieces."""
    return [_shown(lost, draft, _pages_of(lost, repair), sources) for lost in repair.lost]


def expression_of(proposal: Proposal) -> str:
    """The selector or path itself."""
    return proposal.selector.expression if proposal.selector is not None else proposal.path or ""


def _pages_of(lost: LostField, repair: RunRepair) -> ComparedPages | None:
    level = max(0, lost.pointer.split("/").count("detail") - 1) if lost.kind == "detail" else 0
    return next((pages for pages in repair.pages if (pages.kind, pages.level) == (lost.kind, level)), None)


def _shown(
    lost: LostField, draft: JsonObject, pages: ComparedPages | None, sources: Mapping[str, SourceText]
) -> ShownLoss:
    good = sources.get(pages.good or "") if pages is not None else None
    today = sources.get(pages.today or "") if pages is not None else None
    return ShownLoss(
        lost,
        pages,
        snippet_of(good, lost.was.place, lost.was.value) if good is not None else None,
        tuple(_proposal(one, today, draft, lost.pointer) for one in lost.proposals[:MOST_PROPOSALS]),
    )


def _proposal(proposal: Proposal, today: SourceText | None, draft: JsonObject, pointer: str) -> ShownProposal:
    piece = snippet_around(today, proposal.samples[0]) if today is not None and proposal.samples else None
    applied = with_proposal(draft, pointer, proposal) == draft
    return ShownProposal(proposal, expression_of(proposal), sureness(proposal.confidence), piece, applied)


def with_proposal(draft: JsonObject, pointer: str, proposal: Proposal) -> JsonObject | None:
    """The spider with this selector or path at the place; None where it has no such place any more.

    Of a selector that is there its own other members stay, as what is taken of an element.
    """
    changed = copy.deepcopy(draft)
    *steps, last = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    holder: Any = changed
    for step in steps:
        holder = holder.get(step) if isinstance(holder, dict) else None
    if not isinstance(holder, dict) or holder.get(last) is None:
        return None
    if proposal.path is not None:
        holder[last] = proposal.path
    elif proposal.selector is not None and isinstance(holder[last], dict):
        found = proposal.selector.model_dump(mode="json")
        holder[last] = holder[last] | {name: found[name] for name in holder[last]}
    else:
        return None
    return changed

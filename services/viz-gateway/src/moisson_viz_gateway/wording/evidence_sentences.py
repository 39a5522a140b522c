"""What speaks for a proposed spider, in the reader's language: by code and figures."""

from collections.abc import Iterable
from typing import NamedTuple

from moisson_shared.contracts.spider_suggestion import Evidence
from moisson_viz_gateway.wording.catalogue import Wording


class EvidenceSentence(NamedTuple):
    """A sentence; `own`: the scraper's, in English, because we do not know its code."""

    text: str
    own: bool = False


def evidence_sentences(given: Iterable[Evidence], words: Wording) -> list[EvidenceSentence]:
    """One for each, in their order."""
    return [_sentence(one, words) for one in given]


def _sentence(one: Evidence, words: Wording) -> EvidenceSentence:
    figures = {
        name: words.share(figure) if isinstance(figure, float) else figure for name, figure in one.figures.items()
    }
    try:
        return EvidenceSentence(words(f"evidence.{one.code}", **figures))
    except KeyError:  # no such sentence, or a figure is missing: another version of the scraper
        return EvidenceSentence(one.message, own=True)

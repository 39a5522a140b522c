"""The pages behind an item in plain words, the nearest first. Pure."""

from moisson_shared.contracts.detail import Detail, HtmlDetail, JsonDetail, levels_of
from moisson_viz_gateway.studio.name_words import listed_names
from moisson_viz_gateway.wording.catalogue import Wording


def detail_sentences(detail: Detail | None, words: Wording, *, behind: bool = False) -> list[str]:
    """What is opened for each item, and what is taken there; `behind` where an item is a page of its own already."""
    sentences: list[str] = []
    for number, level in enumerate(levels_of(detail), int(behind)):
        names = listed_names(level.fields, words)
        if number == 0 and isinstance(level, HtmlDetail) and level.fields:
            sentences.append(words.plural("spider.html.detail", len(level.fields), names=names))
            continue
        sentences.append(_opening(level, words, behind=number > 0))
        if level.fields:
            sentences.append(words.plural("spider.html.fields", len(level.fields), names=names))
        elif isinstance(level, JsonDetail):
            sentences.append(words("spider.json.all_fields"))
    return sentences


def _opening(level: HtmlDetail | JsonDetail, words: Wording, *, behind: bool) -> str:
    if behind:
        return words(f"spider.detail.behind.{level.kind}")
    if isinstance(level, JsonDetail) and level.address is not None:
        return words("spider.json.detail", address=level.address)
    return words(f"spider.detail.{level.kind}")

"""What the text of a place is: its own, prose of several paragraphs, a frame around other parts, or nothing new."""

from collections.abc import Sequence

from moisson_scraper.suggesting.item_slots import Slot, as_inner_xpath
from moisson_scraper.suggesting.page_outline import Part, own_text
from moisson_scraper.suggesting.taken_parts import TakenParts
from moisson_scraper.suggesting.vocabulary import says_read_on
from moisson_shared.contracts.selecting import Selector, Syntax

_MOSTLY = 0.8


def is_frame(slot: Slot) -> bool:
    """Whether it only holds other parts, whatever it is called: these go first."""
    parts = [part for own in slot.parts for part in own]
    return all(part.own == 0 and len(part.children) > 1 and not is_prose(part) for part in parts)


def is_prose(part: Part) -> bool:
    """Paragraphs that belong together: they are one text, not many fields."""
    inner = part.children
    return (
        part.tag not in {"p", "li", "ul"}
        and any(child.tag == "p" for child in inner)
        and all(child.tag in {"p", "ul", "ol", "blockquote", "br"} and not child.tokens for child in inner)
    )


def text_beside(slot: Slot, filled: Sequence[Sequence[Part]]) -> Selector | None:
    """Its own text, where that is in one piece beside parts that were taken, as in `<div><h4>…</h4>Un lieu</div>`;
    None where inner parts stand within a text, which they belong to."""
    pieces = [_pieces(part) for own in filled for part in own]
    if slot.many or sum(count == 1 for count in pieces) < _MOSTLY * len(pieces):
        return None
    css = slot.selector.syntax is Syntax.CSS
    path = as_inner_xpath(slot.selector.expression) if css else slot.selector.expression
    if path is None:
        return None
    expression = f"{'.' if css else ''}{path}/text()[normalize-space()]"
    return Selector(syntax=Syntax.XPATH, expression=expression)


def _pieces(part: Part) -> int:
    """How many pieces of text stand in it directly."""
    element = part.element
    return sum(bool((text or "").strip()) for text in (element.text, *(child.tail for child in element)))


def says_no_more(filled: Sequence[Sequence[Part]], taken: TakenParts) -> bool:
    """Where something in them was taken: whether the rest is no text of their own, or the same one (`Publié le`)."""
    if all(part.own == 0 for own in filled for part in own):
        return True
    if any(taken.left(child) > 0 for own in filled for part in own for child in part.children):
        return False
    rests = {" ".join(map(own_text, own)) for own in filled}
    return len(rests) == 1 and len(filled) > 1


def repeats_title(filled: Sequence[Sequence[Part]]) -> bool:
    """Whether it stands in a link that only leads on, as in `Lire la suite<span> de La Cantine</span>`."""
    above = [own[0].parent for own in filled]
    return all(part is not None and part.tag == "a" and says_read_on(part.words()) for part in above)


def holds_text(filled: Sequence[Sequence[Part]]) -> bool:
    """Whether it has text of its own, or paragraphs of plain text: not a mere frame around other parts."""
    parts = [part for own in filled for part in own]
    plain = sum(_is_plain(part) for part in parts)
    return plain * 2 >= len(parts)


def _is_plain(part: Part) -> bool:
    if part.own * 3 >= part.text:
        return part.own > 0
    if len(part.children) == 1 and part.own == 0:
        return _is_plain(part.children[0])
    return all(child.tag in {"p", "br", "strong", "em", "b", "i", "a", "ul", "li", "span"} for child in part.children)

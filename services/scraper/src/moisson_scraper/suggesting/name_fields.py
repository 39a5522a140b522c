"""What the items of a listing, or pages of one kind, have in them: fields with names, each part of an item taken once.

Labels go first, then properties and class names that say what they hold, then headings, dates and images, then what is
left with text of its own. What a better field has taken already is not taken again by what stands around it.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from moisson_scraper.suggesting.confidence import HEADING, KNOWN_NAME, LABELLED, OWN_NAME, POSITION, PROPERTY, SHAPE
from moisson_scraper.suggesting.headed_runs import HEADINGS, labels_in, runs_behind
from moisson_scraper.suggesting.item_attributes import attribute_fields
from moisson_scraper.suggesting.item_slots import Slot, SlotFinder
from moisson_scraper.suggesting.labelled_values import OWN_LINES, Labelled, labelled_values, sections
from moisson_scraper.suggesting.page_outline import Part, own_text
from moisson_scraper.suggesting.proposed_field import FieldList, ProposedField
from moisson_scraper.suggesting.slot_texts import (
    holds_text,
    is_frame,
    is_prose,
    repeats_title,
    says_no_more,
    text_beside,
)
from moisson_scraper.suggesting.slots_behind import slots_behind
from moisson_scraper.suggesting.table_heads import heads_columns
from moisson_scraper.suggesting.taken_parts import TakenParts
from moisson_scraper.suggesting.value_shapes import name_by_shape
from moisson_scraper.suggesting.vocabulary import is_known, is_title, name_of_label, says_read_on
from moisson_shared.contracts.selecting import HtmlField, Selector, Syntax, Take

MOST_FIELDS = 40
_HEADINGS = ("h1", *HEADINGS)
_BY_TAG = {
    **dict.fromkeys(_HEADINGS, "titre"),
    "summary": "titre",
    "time": "date",
    "address": "adresse",
    "img": "image",
}
_LAZY = ("data-src", "data-lazy-src", "data-original")
_SITE = re.compile(r"^\s*(?:https?://|www\.)\S+\s*$|^\s*[\w-]+(?:\.[\w-]+)*\.[a-z]{2,10}(?:/\S*)?\s*$", re.IGNORECASE)
_CARD = "fn"
"""What hCard calls the name of its person or organisation; in an article it is the author's."""
_SHORT = 40
LONG_PARAGRAPH = 60
"""Characters from which a paragraph may be a description."""


def name_fields(items: Sequence[Part], *, whole: bool = False) -> list[ProposedField]:
    """The fields of like items; of the main parts of like pages where `whole`."""
    fields = FieldList()
    taken = TakenParts(items)
    _take_labelled(items, fields, taken, whole=whole)
    slots = SlotFinder(items, whole=whole).slots()
    if not whole:
        slots.extend(slots_behind(items))
    for slot in sorted(slots, key=_rank):
        if len(fields.found) >= MOST_FIELDS:
            break
        proposed = _proposed(slot, items, taken, whole=whole)
        if proposed is not None:
            if proposed.name == "titre" and proposed.evidence == SHAPE and "titre" in fields.names:
                proposed = replace(proposed, name="texte", evidence=POSITION)
            fields.add(proposed)
            taken.take(slot.parts)
    titled = any(map(is_title, fields.names))
    if whole:
        _take_long_paragraph(items, fields, taken)
    else:
        _take_own_text(items, fields, taken)
        for proposed in attribute_fields(items):
            fields.add(proposed)
    named = [replace(one, name="titre") if one.name == _CARD and not titled else one for one in fields.found]
    return sorted(named, key=lambda one: one.name != "titre")


def _take_long_paragraph(items: Sequence[Part], fields: FieldList, taken: TakenParts) -> None:
    """Where no description has been found: the first paragraph that is long enough to be one."""
    if "description" in fields.names:
        return
    long = [[part for part in item.within() if part.tag == "p" and part.text > LONG_PARAGRAPH] for item in items]
    if any(own and not taken.has(own[0]) for own in long):
        expression = f"//p[string-length(normalize-space()) > {LONG_PARAGRAPH}]"
        field = HtmlField(syntax=Syntax.XPATH, expression=expression)
        fields.add(ProposedField("description", field, SHAPE, "It is the first long paragraph."))


def _take_labelled(items: Sequence[Part], fields: FieldList, taken: TakenParts, *, whole: bool) -> None:
    prefix = "//" if whole else ".//"
    behind = runs_behind(items) if not whole and items[0].tag in HEADINGS else []
    found: dict[str, list[tuple[int, Labelled]]] = {}
    for number, item in enumerate(items):
        labelled = [*labelled_values(item, prefix), *(labels_in(behind[number]) if behind else ())]
        for one in (*labelled, *(sections(item, prefix) if whole else ())):
            found.setdefault(one.expression, []).append((number, one))
    holders: set[int] = set()
    for expression, places in found.items():
        first = places[0][1]
        enough = 1 if len(items) == 1 or (first.firm and whole) else 2
        if len({number for number, _ in places}) < min(enough, len(items)) or first.name in fields.names:
            continue
        parts_of_all = [part for _, one in places for part in one.parts]
        if any(map(taken.has, parts_of_all)) or any(taken.left(part) * 2 < part.text for part in parts_of_all):
            continue
        if not holders.isdisjoint(map(id, parts_of_all)):
            continue
        holders.update(id(one.around) for _, one in places if one.around is not None)
        many = any(one.many for _, one in places)
        selector = HtmlField(syntax=Syntax.XPATH, expression=expression, many=many)
        fields.add(ProposedField(first.name, selector, LABELLED if first.firm else KNOWN_NAME, first.why))
        parts: list[list[Part]] = [[] for _ in items]
        for number, one in places:
            parts[number].extend(one.parts)
        taken.take(parts)
    around = [
        [one.around for places in found.values() for at, one in places if at == number and one.around is not None]
        for number in range(len(items))
    ]
    taken.take(around)


def _rank(slot: Slot) -> tuple[int, int]:
    """The surest first, and of these what lies deepest."""
    if slot.stated or (slot.tag == "td" and _column_header(slot) is not None):
        rank = 0
    elif slot.name is not None and is_known(slot.name):
        rank = 1
    elif slot.tag in _HEADINGS:
        rank = 2
    elif slot.tag in _BY_TAG:
        rank = 3
    elif is_frame(slot):
        rank = 6
    else:
        rank = 4 if slot.name is not None else 5
    prose = sum(map(is_prose, (part for own in slot.parts for part in own)))
    return rank, -slot.depth - (10 if prose else 0)


def _proposed(slot: Slot, items: Sequence[Part], taken: TakenParts, *, whole: bool) -> ProposedField | None:
    """The field of one place; None where it says nothing, or nothing new."""
    filled = [own for own in slot.parts if own]
    if len(filled) < min(2, len(items)) and not (whole and slot.name is not None and is_known(slot.name)):
        return None
    if not slot.holds(items, whole=whole) and not (whole and _narrowed(slot, items)):
        return None
    if slot.tag == "img":
        return _image(slot, filled)
    if not taken.leaves(slot.parts) or not holds_text(filled):
        return None
    if whole and slot.many and any(taken.has(part) for own in filled for part in own):
        return None
    if taken.partly(slot.parts) and says_no_more(filled, taken):
        return None
    texts = [part.words() for own in filled for part in own]
    if all(map(says_read_on, texts)) or repeats_title(filled):
        return None
    values = {tuple(part.words() for part in own) for own in filled}
    alike = len(values) == 1 and len(filled) > 1
    if alike and (whole or (len(filled) > 2 and not (slot.name is not None and is_known(slot.name)))):
        return None
    beside = text_beside(slot, filled) if taken.partly(slot.parts) else None
    if beside is not None:
        slot.selector, texts = beside, [own_text(part) for own in filled for part in own]
    return _taken_as(slot, items, texts)


def _narrowed(slot: Slot, mains: Sequence[Part]) -> bool:
    """Whether the selector is the place's when it begins with the main part, which it then does."""
    tag = mains[0].tag
    if tag not in {"main", "article"} or slot.selector.syntax is not Syntax.CSS:
        return False
    slot.selector = Selector(expression=f"{tag} {slot.selector.expression}")
    return slot.holds(mains, whole=True)


def _image(slot: Slot, filled: Sequence[Sequence[Part]]) -> ProposedField | None:
    elements = [own[0].element for own in filled]
    sources = {element.get("src") for element in elements}
    if len(sources) == 1 and len(filled) > 2 and not any(element.get(name) for element in elements for name in _LAZY):
        return None
    for name in _LAZY:
        if all(element.get(name) for element in elements):
            if slot.selector.syntax is not Syntax.CSS:
                continue
            field = HtmlField(expression=f"{slot.selector.expression}::attr({name})", take=Take.LINK)
            return ProposedField("image", field, KNOWN_NAME, f"Its images are loaded late, from {name}.")
    field = _field(_selector(slot), take=Take.LINK)
    return ProposedField("image", field, KNOWN_NAME, "It is an image.")


def _taken_as(slot: Slot, items: Sequence[Part], texts: list[str]) -> ProposedField:
    elements = [part.element for own in slot.parts for part in own]
    chosen = _selector(slot)
    if slot.tag in {"ul", "ol"} and not slot.many:
        step = " > li" if slot.selector.syntax is Syntax.CSS else "/li"
        field = _field(chosen, expression=f"{slot.selector.expression}{step}", many=True)
        return ProposedField(slot.name or "mots-clés", field, OWN_NAME, "It is a list of several values.")
    if _holds_time(slot):
        step = " time" if slot.selector.syntax is Syntax.CSS else "//time"
        expression = f"{slot.selector.expression}{step}"
        field = _field(chosen, expression=expression, take=Take.ATTRIBUTE, attribute="datetime")
        return ProposedField(slot.name or "date", field, HEADING, "It holds a time that the page states for machines.")
    if slot.tag == "time" and all(element.get("datetime") for element in elements):
        field = _field(chosen, take=Take.ATTRIBUTE, attribute="datetime")
        return ProposedField(slot.name or "date", field, HEADING, "It is a time that the page states for machines.")
    if slot.tag == "a":
        hrefs = [element.get("href") or "" for element in elements]
        if all(href.startswith("mailto:") for href in hrefs):
            field = _field(chosen) if all("@" in text for text in texts) else _field(chosen, take=Take.LINK)
            return ProposedField("courriel", field, KNOWN_NAME, "It is a link to write a mail.")
        if all(href.startswith("tel:") for href in hrefs):
            return ProposedField("téléphone", _field(chosen), KNOWN_NAME, "It is a link to a telephone number.")
        if slot.name in {"site", "lien"}:
            return ProposedField(slot.name, _field(chosen, take=Take.LINK), KNOWN_NAME, "It is a link by its name.")
        if all("tag" in (element.get("rel") or "").split() for element in elements):
            # HTML standard, 4.6.7.22
            name = "mots-clés" if slot.many else "catégorie"
            return ProposedField(name, _field(chosen, many=slot.many), KNOWN_NAME, "It is a link marked rel=tag.")
        if all(_SITE.match(text) for text in texts):
            return ProposedField("site", _field(chosen, take=Take.LINK), SHAPE, "The text of the link is an address.")
    many = slot.many
    field = _field(chosen, many=many)
    if slot.name is not None and (slot.tag not in _HEADINGS or is_known(slot.name) or slot.stated):
        known = is_known(slot.name)
        evidence = PROPERTY if slot.stated else KNOWN_NAME if known else OWN_NAME
        word = "property" if slot.stated else "class"
        return ProposedField(slot.name, field, evidence, f"Its {word} says {slot.selector.expression!r}.")
    return _named_otherwise(slot, field, items, texts)


def _holds_time(slot: Slot) -> bool:
    """Whether it is called a date and is a frame around one time."""
    inner = [[one for one in part.within(10) if one.tag == "time"] for own in slot.parts for part in own]
    frames = all(len(times) == 1 and times[0].element.get("datetime") for times in inner)
    return slot.name == "date" and not slot.many and frames


def _named_otherwise(slot: Slot, field: HtmlField, items: Sequence[Part], texts: list[str]) -> ProposedField:
    if slot.tag in _BY_TAG:
        return ProposedField(_BY_TAG[slot.tag], field, HEADING, f"It is the item's {slot.tag} element.")
    if slot.tag == "td" and (header := _column_header(slot)) is not None:
        return ProposedField(header, field, LABELLED, f"Its column is headed {header!r}.")
    if (shape := name_by_shape(texts)) is not None:
        return ProposedField(shape, field, SHAPE, f"Its values look like {shape}.")
    if slot.tag == "a" and not slot.many:
        return ProposedField("titre", field, SHAPE, "It is the text of the item's link.")
    if slot.tag in {"b", "strong"} and not slot.many:
        return ProposedField("titre", field, SHAPE, "It stands out in the item.")
    if field.many and sum(map(len, texts)) < _SHORT * len(texts):
        return ProposedField("mots-clés", field, POSITION, "An item has several short ones.")
    return ProposedField("texte", field, POSITION, "It has text of its own, and nothing says what it is.")


def _column_header(slot: Slot) -> str | None:
    """What heads a column of a table, where every column is headed."""
    cell = next(part for own in slot.parts for part in own)
    row = cell.parent
    table = row.parent if row is not None else None
    while table is not None and table.tag != "table":
        table = table.parent
    if table is None or row is None:
        return None
    heads = [part for part in table.within(60) if part.tag == "tr"][:1]
    cells = heads[0].children if heads else []
    if len(cells) != len(row.children) or not heads_columns(heads[0]):
        return None
    return name_of_label(cells[row.children.index(cell)].words()) or None


def _take_own_text(items: Sequence[Part], fields: FieldList, taken: TakenParts) -> None:
    """Text that stands in the item itself, beside its parts or alone."""
    if items[0].tag == "dt":
        behind = HtmlField(syntax=Syntax.XPATH, expression="./following-sibling::dd[1]")
        fields.add(ProposedField("description", behind, KNOWN_NAME, "It is the definition behind the term."))
    if any(map(taken.has, items)):
        return
    alone = not fields.found or all(item.own * 10 >= 9 * item.text for item in items)
    if items[0].tag == "dt" or alone:
        if "titre" not in fields.names:
            whole = HtmlField(syntax=Syntax.XPATH, expression=".")
            fields.add(ProposedField("titre", whole, SHAPE, "It is the whole text of the item."))
        return
    if any(OWN_LINES in one.field.expression for one in fields.found):
        return
    if Counter(item.own >= 3 for item in items)[True] * 2 > len(items):
        beside = HtmlField(syntax=Syntax.XPATH, expression="./text()[normalize-space()]")
        fields.add(ProposedField("texte", beside, POSITION, "It is the text beside the item's elements."))


def _selector(slot: Slot) -> dict[str, object]:
    return {"syntax": slot.selector.syntax, "expression": slot.selector.expression}


def _field(chosen: dict[str, object], **said: object) -> HtmlField:
    return HtmlField.model_validate({**chosen, **said})

"""A listing in HTML proposed from its page and, where items have pages of their own, from a few of these. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from moisson_scraper.reading.html_fields import compile_fields, read_fields
from moisson_scraper.reading.html_page import HtmlPage, parse_html, text_of
from moisson_scraper.reading.json_paths import PathRefused
from moisson_scraper.reading.selectors import Scope, SelectorRefused, compile_selector
from moisson_scraper.reading.source_reader import FetchedPage
from moisson_scraper.reading.value_room import ValueRoom
from moisson_scraper.suggesting.confidence import HEADING, KNOWN_NAME, SHAPE
from moisson_scraper.suggesting.detail_links import DetailLink, find_detail_link
from moisson_scraper.suggesting.evidence import evidence
from moisson_scraper.suggesting.find_paging import FoundPaging, find_paging
from moisson_scraper.suggesting.item_attributes import position_fields
from moisson_scraper.suggesting.labelled_values import labelled_values
from moisson_scraper.suggesting.name_fields import name_fields
from moisson_scraper.suggesting.page_outline import Outline, Part, outline_of
from moisson_scraper.suggesting.proposed_field import FieldList, ProposedField
from moisson_scraper.suggesting.repeated_items import Region, find_regions
from moisson_scraper.suggesting.simple_selectors import selects
from moisson_scraper.suggesting.structured_candidates import structured_fields
from moisson_scraper.suggesting.vocabulary import is_title, says_read_on
from moisson_shared.contracts.detail import HtmlDetail
from moisson_shared.contracts.selecting import HtmlField, Selector, Syntax, Take
from moisson_shared.contracts.sources import HtmlSource
from moisson_shared.contracts.spider_suggestion import Evidence

MOST_SAMPLED = 25
"""Items whose parts are looked at."""
MOST_DETAILS = 2
_LITTLE_TEXT = 150
_ALONE_SHARE = 0.35
_TELLING = 6


@dataclass(frozen=True, slots=True)
class HtmlLook:
    """What a page shows at first sight."""

    outline: Outline
    regions: tuple[Region, ...]
    paging: tuple[FoundPaging, ...]
    alone: bool
    """Whether the page rather describes one thing."""

    @property
    def empty(self) -> bool:
        """Whether there is next to no text: its content is made by scripts."""
        body = self.outline.by_tag.get("body")
        return not body or body[0].text < _LITTLE_TEXT


@dataclass(frozen=True, slots=True)
class ListingProposal:
    """A source without its details and paging, and the evidence for it."""

    start: str
    item: Selector
    fields: tuple[ProposedField, ...]
    link: DetailLink | None
    score: float
    why: Evidence

    def source(self, detail: HtmlDetail | None = None, paging: FoundPaging | None = None) -> HtmlSource:
        """As a source that can be read."""
        return HtmlSource(
            start_urls=(self.start,),
            item=self.item,
            fields={proposed.name: proposed.field for proposed in self.fields},
            paging=paging.paging if paging is not None else None,
            detail=detail,
        )

    def with_link_as_field(self) -> "ListingProposal":
        """Where nothing is taken of the items' pages, their address is still worth a field."""
        if self.link is None or (not self.link.local and any(one.name == "site" for one in self.fields)):
            return self
        fields = FieldList(list(self.fields))
        fields.add(ProposedField("lien", self.link.field, HEADING, "Each item has a link that no other one has."))
        return replace(self, fields=tuple(fields.found))


def look_at(page: FetchedPage) -> HtmlLook:
    """The regions and ways on of a page. Raises `Unreadable`."""
    outline = outline_of(parse_html(page))
    regions = tuple(find_regions(outline))
    return HtmlLook(outline, regions, tuple(find_paging(outline)), _is_alone(outline, regions))


def _is_alone(outline: Outline, regions: Sequence[Region]) -> bool:
    """A page of one thing labels what it says of it, beside a short list of others at most."""
    main = outline.main()
    if main is None:
        return False
    inside = {id(part) for region in regions[:1] for part in region.whole}
    inside |= {id(part) for region in regions[:1] for whole in region.whole for part in whole.within(200)}
    labels = [one for one in labelled_values(main, ".//") if not any(id(part) in inside for part in one.parts)]
    covered = sum(part.text for region in regions[:1] for part in region.whole) / max(1, outline.main_text)
    return len({one.name for one in labels}) >= 2 and covered < _ALONE_SHARE


def propose_listing(look: HtmlLook, region: Region, start: str) -> ListingProposal:
    """The fields and the detail link of one region."""
    sample = region.parts[:MOST_SAMPLED]
    fields = FieldList(list(_usable(name_fields(sample), Scope.ITEM)))
    link = find_detail_link(look.outline.page, sample)
    if link is not None:
        fields.found = [one for one in fields.found if one.field != link.field]
    if (
        link is not None
        and link.local
        and not any(map(is_title, fields.names))
        and _says_new(look, link.field, fields.found, sample)
    ):
        titled = link.field.model_copy(update={"take": Take.TEXT})
        fields.found.insert(0, ProposedField("titre", titled, SHAPE, "It is the text of the item's own link."))
    return ListingProposal(start, region.selector, tuple(fields.found), link, region.score, region.why)


def _says_new(look: HtmlLook, link: HtmlField, known: Sequence[ProposedField], sample: Sequence[Part]) -> bool:
    """Whether the links of most items have a text that names the item: no field has it or a part of it already."""
    selector = compile_selector(link, Scope.ITEM)
    fields = compile_fields({one.name: one.field for one in known}, Scope.ITEM)
    new = 0
    for part in sample:
        found = selector.select(part.element)
        text = same_text(text_of(found[0])) if found else ""
        values, _ = read_fields(fields, look.outline.page, part.element, "", ValueRoom())
        said = [same_text(value) for value in values.values()]
        new += bool(text) and not says_read_on(text) and not any(_holds(text, value) for value in said)
    return new * 2 > len(sample)


def _holds(text: str, value: str) -> bool:
    """Whether a text is a value, or has one that is more than a number or a short word in it."""
    return text == value or (len(value) >= _TELLING and value in text)


def propose_alone(look: HtmlLook, start: str) -> ListingProposal | None:
    """A page of one thing as a listing of one item; None where it says too little."""
    main = look.outline.main()
    if main is None:
        return None
    fields = list(_usable(name_fields([main]), Scope.ITEM))
    if len(fields) < 2 or not any(one.evidence >= KNOWN_NAME for one in fields):
        return None
    return ListingProposal(start, Selector(expression=main.tag), tuple(fields), None, 0.35, evidence("one-thing"))


def propose_detail(pages: Sequence[FetchedPage]) -> tuple[ProposedField, ...]:
    """What can be taken of the items' pages that the listing has not. Raises `Unreadable`."""
    outlines = [outline_of(parse_html(page)) for page in pages[:MOST_DETAILS]]
    mains = [main for outline in outlines if (main := outline.main()) is not None]
    if not mains:
        return ()
    fields = FieldList()
    for proposed in _usable(name_fields(mains, whole=True), Scope.PAGE):
        within = _within_main(proposed, outlines, mains)
        if within is not None:
            fields.add(within)
    if "titre" not in fields.names and all(len(outline.by_tag.get("h1", ())) == 1 for outline in outlines):
        fields.add(ProposedField("titre", HtmlField(expression="h1"), HEADING, "It is the page's h1 element."))
    for proposed in position_fields(mains):
        fields.add(proposed)
    if "description" not in fields.names:
        meta = HtmlField(expression="meta[name=description]", take=Take.ATTRIBUTE, attribute="content")
        fields.add(ProposedField("description", meta, KNOWN_NAME, "The page describes itself for search engines."))
    pages_read = [outline.page for outline in outlines]
    rows = [_values(fields.found, page) for page in pages_read]
    kept = FieldList([one for one in fields.found if _says_something(one, rows)])
    for proposed in _usable(structured_fields(pages_read), Scope.PAGE):
        told = [_values([proposed], page).get(proposed.name, "") for page in pages_read]
        if not all(text in row.values() for text, row in zip(told, rows, strict=True)):
            kept.add(proposed)
    return tuple(kept.found)


def _usable(fields: Iterable[ProposedField], scope: Scope) -> Iterator[ProposedField]:
    """Those that a spider may have: what could take too long is refused there."""
    for one in fields:
        try:
            compile_fields({one.name: one.field}, scope)
        except (SelectorRefused, PathRefused):
            continue
        yield one


def _within_main(field: ProposedField, outlines: Sequence[Outline], mains: Sequence[Part]) -> ProposedField | None:
    """Narrowed to the main part, where the same selector finds something before it."""
    selector = Selector(syntax=field.field.syntax, expression=field.field.expression)
    for outline, main in zip(outlines, mains, strict=False):
        inside = {id(part.element) for part in main.within(2000)}
        found = selects(outline, selector)
        if all(id(one) in inside for one in found):
            continue
        if main.tag not in {"main", "article"} or field.field.syntax is not Syntax.CSS:
            return None
        expression = f"{main.tag} {selector.expression}"
        return replace(field, field=field.field.model_copy(update={"expression": expression}))
    return field


def _values(fields: Sequence[ProposedField], page: HtmlPage) -> dict[str, str]:
    compiled = compile_fields({one.name: one.field for one in fields}, Scope.PAGE)
    values, _ = read_fields(compiled, page, page.root, "", ValueRoom())
    return {name: same_text(value) for name, value in values.items()}


def same_text(value: object) -> str:
    """A value as it is compared: with single blanks."""
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return " ".join(text.split())


def _says_something(field: ProposedField, rows: Sequence[dict[str, str]]) -> bool:
    """Whether it is filled, and not the same on every page."""
    values = [row.get(field.name, "") for row in rows]
    filled = [value for value in values if value]
    return bool(filled) and (len(rows) == 1 or len(set(filled)) > 1 or len(filled) < len(rows) or _is_label(field))


def _is_label(field: ProposedField) -> bool:
    return field.why.startswith("The page labels it")


def told_apart(
    listing: ListingProposal, details: Sequence[ProposedField], values: Sequence[tuple[dict[str, str], dict[str, str]]]
) -> tuple[ListingProposal, tuple[ProposedField, ...]]:
    """The fields of listing and details without those that say the same twice, under names of their own.

    `values` are those of some items in the listing, each with those of its page.
    """
    kept: list[ProposedField] = []
    listed = list(listing.fields)
    for one in details:
        pairs = [(known, detail[one.name]) for known, detail in values if detail.get(one.name)]
        if pairs and all(text in known.values() for known, text in pairs):
            continue
        names = [proposed.name for proposed in listed]
        if one.name not in names:
            kept.append(one)
        elif one.name == "description" and "résumé" not in names:
            listed[names.index(one.name)] = replace(listed[names.index(one.name)], name="résumé")
            kept.append(one)
        else:
            kept.append(replace(one, name=f"{one.name} de la fiche"))
    return replace(listing, fields=tuple(listed)), tuple(kept)

"""Which of a spider's old selectors belong to the listing and which to the page behind an item.

OpenScraper ran every selector in both places and threw the values together. Here a field is taken in one place:

- from the top of the page (`//h1`): in the page behind the item, where there is one; else inside the item;
- step by step from the item (`./h2`), or of the element that links to the page: in the listing;
- at any depth (`.//p`), with a page behind: it may have been meant for either, so it is taken in both, as two fields.
"""

from dataclasses import dataclass, field
from typing import Any

from moisson_scraper.openscraper.bounded_xpath import bounded
from moisson_scraper.openscraper.data_model import DataModel, FieldType, OldField
from moisson_scraper.openscraper.findings import Findings, Place
from moisson_scraper.openscraper.old_json_path import as_query
from moisson_scraper.openscraper.old_xpath import (
    Start,
    attribute_of,
    branches,
    element_of,
    finds_several,
    inside_item,
    looks_like_xpath,
    names_a_link,
    same_element,
    start_of,
)
from moisson_scraper.reading.selectors import Scope
from moisson_shared.contracts.model import JsonObject

_LINKS = frozenset({FieldType.URL, FieldType.IMAGE})
_MANY = frozenset({FieldType.TAGS, FieldType.LIST})
_PROSE = frozenset({FieldType.TEXT, FieldType.ADRESS})
WORTH_KEEPING = r"(?s)(?:[,-][\s\p{Z}]*[^\s\p{Z}]|[^\s\p{Z},-])(?:.*[^\s\p{Z}])?"
"""OpenScraper passed over texts that are blank, a comma or a hyphen, and kept the others without the blanks around
them. Between the elements of a page there are many of these, and the first one of a field would be one."""
IN_LISTING = " (list)"
"""What the listing's half of a doubled field is called after its name."""


@dataclass(frozen=True, slots=True)
class OldSelector:
    """A field's expression, and where it stood."""

    field: OldField
    expression: str
    place: Place


@dataclass(frozen=True, slots=True)
class Taken:
    """A field as the new spider has it; `where` it came from."""

    value: Any
    where: Place


@dataclass
class SplitFields:
    """The fields of both places, by name."""

    listing: dict[str, Taken] = field(default_factory=dict)
    detail: dict[str, Taken] = field(default_factory=dict)


def read_selectors(spider: JsonObject, model: DataModel, place: Place, findings: Findings) -> list[OldSelector]:
    """The selectors of a spider, keyed by field name (`xpaths`) or by field id (`scraper_config_xpaths`)."""
    found: list[OldSelector] = []
    for section in ("xpaths", "scraper_config_xpaths"):
        given = spider.get(section) or {}
        if not isinstance(given, dict):
            findings.fault((*place, section), "an object of selectors by field is expected here")
            continue
        for key, expression in given.items():
            at = (*place, section, str(key))
            if key == "next_contrib_page":
                findings.note(
                    "not-a-selector", at, "OpenScraper's form left this among the selectors; it was left out."
                )
            elif not isinstance(expression, str):
                findings.fault(at, "a selector is a text")
            elif expression.strip():
                known = model.named(str(key))
                if known is None:
                    message = f"The data model has no field {key!r}; it was taken as a text of that name."
                    findings.note("field-unknown", at, message)
                named = known or OldField(name=str(key))
                if any(old.field.name == named.name for old in found):
                    findings.fault(at, f"the field {named.name!r} has two selectors")
                found.append(OldSelector(named, expression.strip(), at))
    return found


def _name_in_listing(name: str, selectors: list[OldSelector]) -> str:
    """The name and `(list)`, more than once where a field is called that already."""
    taken = {old.field.name for old in selectors}
    name += IN_LISTING
    while name in taken:
        name += IN_LISTING
    return name


def split_html(selectors: list[OldSelector], follow: str | None, findings: Findings) -> SplitFields:
    """The fields of an HTML listing; `follow` is the expression of the link to the page behind an item, if any."""
    split = SplitFields()
    for old in selectors:
        name = old.field.name
        if follow is None:
            split.listing[name] = _in_listing(old, findings)
            continue
        starts = [start_of(branch) for branch in branches(old.expression)]
        if all(start is Start.NEAR for start in starts) or same_element(old.expression, follow):
            split.listing[name] = _in_listing(old, findings)
        elif all(start is Start.PAGE for start in starts):
            split.detail[name] = _behind(old, old.expression, findings)
        else:
            _take_in_both(old, _name_in_listing(name, selectors), split, findings)
    return split


def _take_in_both(old: OldSelector, listed: str, split: SplitFields, findings: Findings) -> None:
    parts = [(start_of(branch), branch) for branch in branches(old.expression)]
    near = " | ".join(branch for start, branch in parts if start is not Start.PAGE)
    behind = " | ".join(branch for start, branch in parts if start is not Start.NEAR)
    name = old.field.name
    split.listing[listed] = Taken(html_field(old, bounded(near, Scope.ITEM, old.place, findings)), old.place)
    split.detail[name] = _behind(old, behind, findings)
    findings.note(
        "taken-in-both",
        old.place,
        f"OpenScraper looked for {name!r} in the listing and in the page behind it, and mixed what it found. It is two "
        f"fields now, {name!r} of the page and {listed!r} of the listing: see in a preview which one is "
        "filled, and take the other out.",
    )


def _behind(old: OldSelector, expression: str, findings: Findings) -> Taken:
    return Taken(html_field(old, bounded(expression, Scope.PAGE, old.place, findings)), old.place)


def _in_listing(old: OldSelector, findings: Findings) -> Taken:
    expression = inside_item(old.expression)
    if expression != old.expression:
        findings.note(
            "kept-inside-item",
            old.place,
            f"{old.expression!r} started at the top of the page, so every item got the same; it is {expression!r} now.",
        )
    return Taken(html_field(old, bounded(expression, Scope.ITEM, old.place, findings)), old.place)


def html_field(old: OldSelector, expression: str) -> JsonObject:
    """The selector as a field: addresses are made absolute, attributes named, several values kept."""
    kind = old.field.type
    several = kind in _MANY or (kind in _PROSE and finds_several(expression))
    made: JsonObject = {"syntax": "xpath", "expression": expression, "take": "text", "many": several}
    attribute = attribute_of(expression)
    if kind in _LINKS:
        made["take"] = "link"
        if names_a_link(expression):
            made["expression"] = element_of(expression)
    elif attribute is not None:
        made |= {"take": "attribute", "attribute": attribute, "expression": element_of(expression)}
    if kind not in _LINKS:
        made["pattern"] = WORTH_KEEPING
    return made


def note_values(split: SplitFields, place: Place, findings: Findings) -> None:
    """One note of the fields that keep their first value only, and one of the values that are passed over."""
    fields = [*split.listing.items(), *split.detail.items()]
    names = [name for name, taken in fields if isinstance(taken.value, dict) and not taken.value["many"]]
    if any(isinstance(taken.value, dict) and "pattern" in taken.value for _, taken in fields):
        message = (
            "As before, texts that are blank, a comma or a hyphen are passed over: the `pattern` of fields says so."
        )
        findings.note("blank-texts", place, message)
    if names:
        message = (
            "OpenScraper kept every value it found. Of these fields the first is kept; set `many` where there are "
        )
        findings.note("one-value", place, f"{message}several: {', '.join(names)}.")


def split_json(selectors: list[OldSelector], detail: str | None, findings: Findings) -> SplitFields:
    """The fields of a JSON listing; `detail` is the kind of page behind an item (`html`, `json`), if any."""
    split = SplitFields()
    for old in selectors:
        name = old.field.name
        if not looks_like_xpath(old.expression):
            taken = Taken(as_query(old.expression), old.place)
            if detail != "json":
                split.listing[name] = taken
                continue
            listed = _name_in_listing(name, selectors)
            split.listing[listed] = split.detail[name] = taken
            message = f"{name!r} is looked for in the listing, as {listed!r}, and in the page behind it."
            findings.note("taken-in-both", old.place, message)
        elif detail == "html":
            split.detail[name] = _behind(old, old.expression, findings)
        else:
            message = f"{old.expression!r} is XPath, and what is read here is JSON: write the path of its keys, /a/b"
            findings.fault(old.place, message)
    return split


def split_html_with_json_detail(selectors: list[OldSelector], findings: Findings) -> SplitFields:
    """XPath is of the HTML listing, paths of keys are of the JSON behind an item."""
    split = SplitFields()
    for old in selectors:
        if looks_like_xpath(old.expression):
            split.listing[old.field.name] = _in_listing(old, findings)
        else:
            split.detail[old.field.name] = Taken(as_query(old.expression), old.place)
    return split

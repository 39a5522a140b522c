"""An OpenScraper spider of HTML pages, read plainly or by a browser, as a source."""

from moisson_scraper.openscraper.bounded_xpath import bounded
from moisson_scraper.openscraper.data_model import FieldType
from moisson_scraper.openscraper.findings import Findings
from moisson_scraper.openscraper.new_source import NewSource
from moisson_scraper.openscraper.old_fields import (
    OldSelector,
    SplitFields,
    Taken,
    note_values,
    split_html,
    split_html_with_json_detail,
)
from moisson_scraper.openscraper.old_section import OldSection
from moisson_scraper.openscraper.old_settings import OldSettings
from moisson_scraper.openscraper.old_xpath import element_of, inside_item, names_a_link
from moisson_scraper.reading.selectors import Scope
from moisson_shared.contracts.model import JsonObject

MOST_CLICKS = 500
LINK_DATA = "link_data"
"""OpenScraper's own name for the address behind an item."""


def convert_html(
    config: OldSection, settings: OldSettings, selectors: list[OldSelector], findings: Findings
) -> NewSource:
    """The source as far as it can be made; what is missing is among the findings."""
    made = NewSource({"kind": "html"})
    item = bounded(config.text("item_xpath"), Scope.PAGE, config.place("item_xpath"), findings)
    if item:
        made.put(("item",), _xpath(item), config.place("item_xpath"))
    else:
        message = "it is not said where an item is: give the XPath of the block that is repeated for each"
        findings.fault(config.place("item_xpath"), message)
    follow = _follow(config, findings)
    is_json = config.flag("follow_is_api")
    if is_json and follow is not None:
        findings.note("detail-json", config.place("follow_is_api"), "The pages behind items are read as JSON now.")
        split = split_html_with_json_detail(selectors, findings)
    else:
        split = split_html(selectors, follow, findings)
    if config.flag("parse_reactive"):
        _take_dates_as_a_browser_did(split, selectors)
    _put_detail(made, config, split, follow, "json" if is_json else "html", findings)
    note_values(split, config.place("parse_follow")[:-2], findings)
    made.put_fields(("fields",), split.listing)
    _put_paging(made, config, settings, item, findings)
    for name in ("api_pagination_root", "api_follow_root"):
        if config.text(name):
            message = "Links are made absolute against the page they stand in (HTML standard, 2.4.3), not against this."
            findings.note("root-dropped", config.place(name), message)
    return made


def _take_dates_as_a_browser_did(split: SplitFields, selectors: list[OldSelector]) -> None:
    """Of the listing, which alone was read in a browser: there a date was what its element has as `datetime`."""
    dates = {old.place for old in selectors if old.field.type is FieldType.DATE}
    for taken in split.listing.values():
        if taken.where in dates and taken.value["take"] == "text":
            element = element_of(taken.value["expression"])
            taken.value.update(take="attribute", attribute="datetime", expression=element)


def _xpath(expression: str) -> JsonObject:
    return {"syntax": "xpath", "expression": expression}


def _follow(config: OldSection, findings: Findings) -> str | None:
    """The expression of the link to the page behind an item, begun at the item."""
    expression, place = config.text("follow_xpath"), config.place("follow_xpath")
    if not config.flag("parse_follow"):
        if expression:
            findings.note("follow-off", place, "The page behind an item was not asked for; this was left out.")
        return None
    if not expression:
        findings.fault(place, "a page is behind each item, and it is not said where its link is")
        return None
    inside = inside_item(expression)
    if inside != expression:
        message = (
            f"{expression!r} started at the top of the page, so every item had the same link; it is {inside!r} now."
        )
        findings.note("kept-inside-item", place, message)
    return inside


def _put_detail(
    made: NewSource, config: OldSection, split: SplitFields, follow: str | None, kind: str, findings: Findings
) -> None:
    if follow is None:
        return
    place = config.place("follow_xpath")
    link = _xpath(element_of(follow) if names_a_link(follow) else follow) | {"take": "link"}
    if not split.detail:
        split.listing[LINK_DATA] = Taken({**link, "many": False}, place)
        message = (
            f"Nothing is taken of the page behind an item: it is not read, and its address is the field {LINK_DATA!r}."
        )
        findings.note("detail-not-read", place, message)
        return
    made.put(("detail", "link"), link, place)
    made.put(("detail", "kind"), kind, place)
    made.put_fields(("detail", "fields"), split.detail)


def _put_paging(made: NewSource, config: OldSection, settings: OldSettings, item: str, findings: Findings) -> None:
    expression, place = config.text("next_page"), config.place("next_page")
    if expression and settings.most_pages == 1:
        message = "OpenScraper read the start pages only, by a limit of one page: the way to further ones was left out."
        findings.note("one-page", place, message)
        expression = ""
    element = bounded(element_of(expression) if names_a_link(expression) else expression, Scope.PAGE, place, findings)
    if not _needs_browser(config, findings):
        if config.flag("scroll_down"):
            message = "Scrolling was for pages in a browser only; it was left out."
            findings.note("scroll-dropped", config.place("scroll_down"), message)
        if expression:
            made.put(("paging",), {"kind": "next_link", "selector": _xpath(element)}, place)
        return
    rendering: JsonObject = {"scrolls": settings.scrolls if config.flag("scroll_down") else 0}
    made.put(("rendering",), rendering, config.place("parse_reactive"))
    if item:
        made.put(("rendering", "wait_for"), _xpath(item), config.place("item_xpath"))
    if expression:
        made.put(("rendering", "click_next"), _xpath(element), place)
        rendering["most_clicks"] = min((settings.most_pages or MOST_CLICKS + 1) - 1, MOST_CLICKS)
        if settings.most_pages is None or settings.most_pages > MOST_CLICKS + 1:
            findings.note("most-clicks", place, f"At most {MOST_CLICKS} clicks are made from a start page.")
    message = (
        "Pages of the listing are opened in a browser; those behind items are not, as before (`rendering.details`)."
    )
    findings.note("rendering", config.place("parse_reactive"), message)


def _needs_browser(config: OldSection, findings: Findings) -> bool:
    splash = config.flag("page_needs_splash")
    if splash:
        message = "Splash was asked for; a browser stands for it."
        findings.note("splash", config.place("page_needs_splash"), message)
    return config.flag("parse_reactive") or splash

"""An OpenScraper spider of a JSON API as a source."""

from urllib.parse import parse_qsl, urlsplit, urlunsplit

from moisson_scraper.openscraper.convert_html import LINK_DATA
from moisson_scraper.openscraper.findings import Findings
from moisson_scraper.openscraper.new_source import NewSource
from moisson_scraper.openscraper.old_fields import OldSelector, Taken, note_values, split_json
from moisson_scraper.openscraper.old_json_path import as_query
from moisson_scraper.openscraper.old_section import OldSection
from moisson_scraper.openscraper.old_settings import OldSettings
from moisson_scraper.reading.addresses import page_address


def convert_api(
    config: OldSection, settings: OldSettings, selectors: list[OldSelector], starts: list[str], findings: Findings
) -> NewSource:
    """The source as far as it can be made; what is missing is among the findings."""
    made = NewSource({"kind": "json"})
    made.put(("items",), f"{as_query(config.text('item_xpath'))}[*]", config.place("item_xpath"))
    _put_detail(made, config, selectors, findings)
    if config.flag("parse_reactive") or config.flag("scroll_down"):
        findings.note(
            "api-not-rendered", config.place("parse_reactive"), "An API needs no browser; as before, none is used."
        )
    if config.text("next_page"):
        message = "A next link was never looked for in JSON; it was left out."
        findings.note("next-dropped", config.place("next_page"), message)
    if starts:
        _put_address(made, config, settings, starts[0], findings, alone=len(starts) == 1)
    if starts[1:]:
        made.put(("further_urls",), starts[1:], config.place("start_urls"))
    return made


def _put_detail(made: NewSource, config: OldSection, selectors: list[OldSelector], findings: Findings) -> None:
    path, place = config.text("follow_xpath"), config.place("follow_xpath")
    follows, root = config.flag("parse_follow"), config.text("api_follow_root")
    if follows and not path:
        findings.fault(place, "a page is behind each item, and it is not said where its link is")
    kind = ("json" if config.flag("follow_is_api") else "html") if follows else None
    split = split_json(selectors, kind, findings)
    note_values(split, config.place("parse_follow")[:-2], findings)
    if follows and path and not split.detail:
        split.listing[LINK_DATA] = Taken(as_query(path), place)
        message = (
            f"Nothing is taken of the page behind an item: it is not read, and its address is the field {LINK_DATA!r}."
        )
        findings.note("detail-not-read", place, message)
    elif follows and path:
        made.put(("detail", "kind"), kind, place)
        made.put(("detail", "value"), as_query(path), place)
        if root:
            made.put(("detail", "address"), root + "{value}", config.place("api_follow_root"))
            message = "What fills the address is percent-encoded: a value with slashes is one part of a path."
            findings.note("follow-encoded", config.place("api_follow_root"), message)
        made.put_fields(("detail", "fields"), split.detail)
    elif path or root:
        findings.note("follow-off", place, "The page behind an item was not asked for; this was left out.")
    made.put_fields(("fields",), split.listing)


def _put_address(
    made: NewSource, config: OldSection, settings: OldSettings, start: str, findings: Findings, *, alone: bool
) -> None:
    """OpenScraper asked for the start page, then for a root with 2, 3, … behind it."""
    place = (*config.place("start_urls"), 0)
    root, at = config.text("api_pagination_root"), config.place("api_pagination_root")
    if not root or settings.most_pages == 1:
        made.put(("url",), start, place)
        if root:
            message = (
                "OpenScraper read the start pages only, by a limit of one page: the way to further ones was left out."
            )
            findings.note("one-page", at, message)
        elif settings.most_pages != 1:
            findings.note("one-page", at, "It is not said how further pages are asked for; the first one is read.")
        return
    here, there = urlsplit(start), urlsplit(root if page_address(root) is not None else "")
    parameter = there.query.rpartition("&")[2].removesuffix("=")
    named = there.query.endswith("=") and bool(parameter) and "=" not in parameter
    if not named or (here.scheme, here.netloc, here.path) != (there.scheme, there.netloc, there.path):
        made.put(("url",), start, place)
        numbered = {"kind": "page_number", "address": root + "{page}", "first": settings.first_page + 1}
        made.put(("paging",), numbered, at)
        return
    parameters = parse_qsl(here.query, keep_blank_values=True)
    given = dict(parameters)
    apart = alone and len(given) == len(parameters)
    first = given.pop(parameter, str(settings.first_page))
    further = dict(parse_qsl(there.query, keep_blank_values=True))
    further.pop(parameter, None)
    if not first.isdecimal() or not first.isascii() or len(first) > 9:
        findings.fault(place, f"the parameter {parameter!r} of the first page is no number")
        return
    if given != further:
        message = "Further pages were asked for with other parameters than the first one; now with those of the first."
        findings.note("paging-parameters", at, message)
    made.put(("url",), urlunsplit(here._replace(query="")) if apart else start, place)
    if apart:
        made.put(("query",), given, place)  # each of several addresses keeps its own, and so does one that has doubles
    made.put(("paging",), {"kind": "page", "parameter": parameter, "first": int(first)}, at)

"""OpenScraper's advanced settings of a spider, as politeness and limits. The rest is noted, with what stands for it."""

from dataclasses import dataclass

from moisson_scraper.openscraper.findings import Findings
from moisson_scraper.openscraper.old_section import OldSection
from moisson_shared.contracts.model import JsonObject

_MOST_DELAY = 60
_MOST_RETRIES = 10
_OURS = {
    "CONCURRENT_ITEMS": "pages are asked for under one budget per host, shared by all spiders",
    "CONCURRENT_REQUESTS": "pages are asked for under one budget per host, shared by all spiders",
    "HTTPCACHE_ENABLED": "pages are asked for anew, with the validators of the last answer; none is stale",
    "AUTOTHROTTLE_ENABLED": "a host that slows down is always asked less often",
    "BOT_NAME": "this installation names itself, with an address to reach it",
    "USER_AGENT": "this installation names itself, with an address to reach it",
    "wait_driver": "`source.rendering.seconds` is the most one page may take",
    "wait_page": "a page is waited for until its first item is there",
    "wait_implicit": "a page is waited for until its first item is there",
    "scroll_pause_time": "after a scroll the page is waited for as long as it grows",
}


@dataclass(frozen=True, slots=True)
class OldSettings:
    """What of the settings goes on to matter. 0 stood for no limit, which is None here."""

    politeness: JsonObject
    most_pages: int | None
    most_items: int | None
    first_page: int
    scrolls: int


def read_settings(section: OldSection, findings: Findings) -> OldSettings:
    """The settings; two versions of the document are known, `LIMIT` became `LIMIT_PAGES`."""
    politeness: JsonObject = {}
    delay = section.number("download_delay")
    if delay is not None:
        politeness["delay"] = min(max(delay, 0.0), _MOST_DELAY)
        if politeness["delay"] != delay:
            findings.note("delay", section.place("download_delay"), f"A delay is 0 to {_MOST_DELAY} seconds.")
    retries = section.number("RETRY_TIMES")
    if retries is not None:
        politeness["retries"] = int(min(max(retries, 0), _MOST_RETRIES))
    if section.flag("RANDOMIZE_DOWNLOAD_DELAY"):
        message = "Delays are not varied by chance: a host's budget keeps them apart."
        findings.note("setting-dropped", section.place("RANDOMIZE_DOWNLOAD_DELAY"), message)
    if section.has("ROBOTSTXT_OBEY") and not section.flag("ROBOTSTXT_OBEY"):
        message = (
            "robots.txt was not obeyed; it is here. Where its owner agrees, set `politeness.obey_robots` to false."
        )
        findings.note("robots-obeyed", section.place("ROBOTSTXT_OBEY"), message)
    for name, message in _OURS.items():
        if section.has(name):
            findings.note("setting-dropped", section.place(name), f"{name} is not asked for here: {message}.")
    pages = section.number("LIMIT_PAGES") if section.has("LIMIT_PAGES") else section.number("LIMIT")
    first, scrolls = section.number("page_count"), section.number("scroll_loops")
    return OldSettings(
        politeness,
        _limit(pages),
        _limit(section.number("LIMIT_ITEMS")),
        first_page=int(first) if first is not None and first >= 0 else 1,
        scrolls=int(min(max(scrolls if scrolls is not None else 3, 0), 200)),
    )


def _limit(given: float | None) -> int | None:
    return int(given) if given is not None and given >= 1 else None


def limits_of(settings: OldSettings, place: OldSection, findings: Findings, *, starts: int, behind: bool) -> JsonObject:
    """The limits of a run. OpenScraper read every one of the start pages, and counted them as one page. `behind`:
    whether items have pages of their own, which it did not count."""
    limits: JsonObject = {}
    if settings.most_items is not None:
        limits["records"] = min(settings.most_items, 10_000_000)
        message = (
            f"A run that meets its limit of {settings.most_items} records is not complete: nothing is marked as gone."
        )
        findings.note("limit-items", place.place("LIMIT_ITEMS"), message)
    if settings.most_pages is None:
        return limits
    where = place.place("LIMIT_PAGES" if place.has("LIMIT_PAGES") else "LIMIT")
    if behind:
        findings.note(
            "limit-pages",
            where,
            f"OpenScraper read at most {settings.most_pages} pages of the listing. The limit of a run counts all pages "
            "here, those of the items too, so it was left out: set `limits.pages` if you need one.",
        )
        return limits
    limits["pages"] = min(settings.most_pages + max(starts, 1) - 1, 1_000_000)
    message = f"A run that meets its limit of {limits['pages']} pages is not complete: nothing is marked as gone."
    findings.note("limit-pages", where, message)
    return limits

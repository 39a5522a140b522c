"""An OpenScraper spider and its data model to a spider of this format, or to what is missing for one. Pure.

What OpenScraper did is in two versions of its documents: of 2018 (`page_needs_splash`, `LIMIT`) and of 2019
(`parse_reactive`, `parse_api`, `LIMIT_PAGES`). Whatever is not as it was is noted.
"""

from collections.abc import Collection
from dataclasses import dataclass

from pydantic import ValidationError

from moisson_scraper.check_configuration import faults_in
from moisson_scraper.openscraper.convert_api import convert_api
from moisson_scraper.openscraper.convert_html import LINK_DATA, convert_html
from moisson_scraper.openscraper.data_model import DataModel
from moisson_scraper.openscraper.findings import Findings, Note, Place
from moisson_scraper.openscraper.new_source import NewSource
from moisson_scraper.openscraper.old_fields import read_selectors
from moisson_scraper.openscraper.old_section import OldSection
from moisson_scraper.openscraper.old_settings import limits_of, read_settings
from moisson_scraper.reading.addresses import page_address
from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.faults import faults_of, limited
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.spider import SpiderDraft
from moisson_shared.querying.analysis import sort_key

_LONGEST_ID = 63
_SECTIONS = frozenset(
    (
        *("infos", "scraper_config", "scraper_settings", "xpaths", "scraper_config_xpaths"),
        *("_id", "status", "scraper_log"),  # whose it was, and how its last run went
    )
)


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of one spider: a draft, or faults; and notes in either case. Pointers go into what was sent."""

    name: str
    draft: SpiderDraft | None
    faults: tuple[Fault, ...]
    notes: tuple[Note, ...]


def convert_spider(
    old: object, model: DataModel, partner: str, taken: Collection[str] = (), place: Place = ()
) -> Conversion:
    """The spider. `taken`: ids that it must not have; `place`: where it stands in what was sent."""
    findings = Findings()
    spider = old if isinstance(old, dict) else {}
    whole = OldSection(old, place, findings)
    infos, config = whole.section("infos"), whole.section("scraper_config")
    spidername = config.text("spidername")
    name = infos.text("name") or spidername or "OpenScraper"
    made, document = _converted(spider, whole, infos, config, model, findings)
    said = {"name": name[:200], "notes": _notes(infos)}
    draft_document = document | {"id": spider_id(partner, name, taken), "partner": partner, **said}
    for section in (infos, config):
        section.note_the_rest()
    draft = None
    if not findings.faults:
        draft = _sound(draft_document, made, findings, place)
    return Conversion(name, draft, limited(findings.faults), tuple(findings.notes))


def _converted(
    spider: JsonObject,
    whole: OldSection,
    infos: OldSection,
    config: OldSection,
    model: DataModel,
    findings: Findings,
) -> tuple[NewSource, JsonObject]:
    place = whole.place("xpaths")[:-1]
    for key in spider:
        if key not in _SECTIONS:
            findings.note("unknown-key", (*place, str(key)), "OpenScraper has no such part; it was left out.")
    settings_section = whole.section("scraper_settings")
    settings = read_settings(settings_section, findings)
    settings_section.note_the_rest()
    _read_infos(infos, findings)
    selectors = read_selectors(spider, model, place, findings)
    starts = _start_addresses(config, findings)
    if not selectors:
        message = "nothing is taken: give at least one field a selector"
        findings.fault((*place, "xpaths" if "xpaths" in spider else "scraper_config_xpaths"), message)
    if config.flag("parse_api"):
        made = convert_api(config, settings, selectors, [address for _, address in starts], findings)
    else:
        made = convert_html(config, settings, selectors, findings)
        made.put(("start_urls",), [address for _, address in starts], config.place("start_urls"))
    for dropped in ("item_list_xpath", "deploy_list", "deploy_list_xpath"):
        if config.has(dropped) and (config.flag(dropped) if dropped == "deploy_list" else config.text(dropped)):
            message = "OpenScraper stored this and never used it; for a button that loads more see `load_more`."
            findings.note("never-used", config.place(dropped), message)
    behind = "detail" in made.document
    document: JsonObject = {
        "source": made.document,
        "identity": _identity(made, config, findings),
        "politeness": settings.politeness,
        "limits": limits_of(settings, settings_section, findings, starts=len(starts), behind=behind),
    }
    return made, document


def _notes(infos: OldSection) -> str:
    """What stood there for people. A mere full stop was the way to leave the field empty."""
    notes, contact = infos.text("notes"), infos.text("contact")
    said = [notes if notes.strip(".") else "", f"Contact: {contact}" if contact else ""]
    return "\n".join(filter(None, said))[:5000]


def _read_infos(infos: OldSection, findings: Findings) -> None:
    for name in ("licence", "logo_url"):
        if infos.text(name):
            message = f"{infos.text(name)[:200]!r} belongs to the partner's card."
            findings.note("partner-card", infos.place(name), message)
    site = infos.text("page_url")
    if site and "/" in site.partition("://")[2].rstrip("/"):
        message = f"Links were put behind {site!r}; now they are relative to the page they stand in, as browsers do."
        findings.note("base-address", infos.place("page_url"), message)


def _start_addresses(config: OldSection, findings: Findings) -> list[tuple[Place, str]]:
    """The start pages, each once; faults for what is no address."""
    found: list[tuple[Place, str]] = []
    given = config.texts("start_urls")
    if not given:
        findings.fault(config.place("start_urls"), "no start page is given")
    for place, address in given:
        if page_address(address) is None:
            message = f"{address!r} is no address; OpenScraper cut addresses at commas, so it may be the rest of one"
            findings.fault(place, message)
        elif any(address == other for _, other in found):
            findings.note("start-twice", place, "This start page is named twice; it is read once.")
        else:
            found.append((place, address))
    return found


def _identity(made: NewSource, config: OldSection, findings: Findings) -> JsonObject:
    """OpenScraper gave each record a new identity in each run."""
    if "detail" in made.document:
        return {"kind": "url"}
    if LINK_DATA in made.document.get("fields", {}):
        return {"kind": "fields", "fields": [LINK_DATA]}
    message = (
        "Records had no identity. It is their content now, so one that changes counts as gone and as new: name the "
        "fields that tell records apart in `identity`."
    )
    findings.note("identity", config.place("item_xpath")[:-1], message)
    return {"kind": "content"}


def _sound(document: JsonObject, made: NewSource, findings: Findings, place: Place) -> SpiderDraft | None:
    """The draft, if it can work; else its faults at their old places."""
    try:
        draft = SpiderDraft.model_validate(document)
    except ValidationError as error:
        faults = faults_of(error, document)
    else:
        faults = faults_in(draft)
        if not faults:
            return draft
    for fault in faults:
        made.tell(fault, findings, place)
    return None


def spider_id(partner: str, name: str, taken: Collection[str] = ()) -> str:
    """An id made from partner and name; numbered where it is taken already."""
    words = "".join(c if c.isascii() and c.isalnum() else "-" for c in sort_key(name)).split("-")
    wanted = "-".join([partner, *filter(None, words)])[:_LONGEST_ID].rstrip("-")
    made, number = wanted, 1
    while made in taken:
        number += 1
        made = f"{wanted[: _LONGEST_ID - len(str(number)) - 1].rstrip('-')}-{number}"
    return made

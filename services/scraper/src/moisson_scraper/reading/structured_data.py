"""The structured data that a page carries, as JSON: JSON-LD, microdata (HTML standard, 5), OpenGraph.

Of a whole page, or of one item of a listing: then only what stands inside its element. Everything is bounded: a page
may refer to the same part from a thousand places.
"""

import json
import re
from typing import Any

from lxml import etree

from moisson_scraper.reading.html_page import HtmlPage
from moisson_scraper.reading.json_document import finite, refuse_constant
from moisson_scraper.reading.microdata import read_microdata
from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.selectors import Node
from moisson_scraper.reading.standing_data import StandingData, numbered
from moisson_scraper.reading.text_cleaning import TooDeep, clean_value
from moisson_shared.contracts.selecting import Syntax

MOST_CHARACTERS = 5_000_000
"""Of the JSON-LD of one page: items within each other all have the script of the innermost."""
MOST_OBJECTS = 10_000
_DEEPEST_GRAPH = 5
_BEFORE = re.compile(
    r"(?:\s|<!--|//<!--|(?://|/\*)?\s*<!\[CDATA\[(?:\s*\*/)?|/\*(?:(?!\*/).){0,2000}\*/|;)*", re.DOTALL
)
_AFTER = re.compile(r"(?:\s|-->|//|\]\]>|/\*|\*/|;)*")
_scripts: Any = etree.XPath("descendant-or-self::script[@type]")
_metas: Any = etree.XPath("descendant-or-self::meta[@content]")


def read_structured(
    html: HtmlPage, syntax: Syntax, node: Node | None, notices: list[Notice] | None = None
) -> list[object] | dict[str, object]:
    """What the page, or the part below `node`, says in one syntax; see `Syntax` for the shapes. What was tolerated or
    left out is added to `notices`."""
    return read_standing(html, syntax, node, notices).data


def read_standing(
    html: HtmlPage, syntax: Syntax, node: Node | None, notices: list[Notice] | None = None
) -> StandingData:
    """The same with the elements that say it."""
    told = notices if notices is not None else []
    place = node if node is not None else html.root
    match syntax:
        case Syntax.JSON_LD:
            return _json_ld(html, place, told)
        case Syntax.MICRODATA:
            return read_microdata(html, node, told)
        case Syntax.OPENGRAPH:
            return _opengraph(place)
        case _:
            raise ValueError(f"{syntax} does not look into structured data")


# JSON-LD.


def _json_ld(html: HtmlPage, place: Node, told: list[Notice]) -> StandingData:
    """All objects in their order; of one with `@graph`, what else it says, and then its members. Each stands in its
    script."""
    found: list[object] = []
    scripts: list[Node] = []
    left = MOST_CHARACTERS if html.looks.characters is None else html.looks.characters
    for script in _scripts(place):
        if script.get("type").partition(";")[0].strip().lower() != "application/ld+json":
            continue
        text = script.text or ""
        left -= len(text)
        html.looks.characters = max(0, left)
        if left < 0:
            told.append(
                Notice("json-ld-too-large", f"JSON-LD after the first {MOST_CHARACTERS:,} characters was left.")
            )
            break
        for value in _values(text, told):
            try:
                cleaned, _ = clean_value(value)
            except TooDeep:
                told.append(Notice("json-ld-broken", "JSON-LD that is nested too deeply was left out."))
            else:
                _flatten(cleaned, found, 0)
        scripts += [script] * (len(found) - len(scripts))
    if len(found) > MOST_OBJECTS:
        message = f"Objects of JSON-LD after the first {MOST_OBJECTS:,} were left out."
        told.append(Notice("json-ld-too-large", message, count=len(found) - MOST_OBJECTS))
    return StandingData(found[:MOST_OBJECTS], lambda steps: numbered(scripts, steps[0]) if steps else None)


def _values(text: str, told: list[Notice]) -> list[object]:
    """The JSON values of one script. Comments and CDATA around them are usual; anything else behind one is counted."""
    decoder = json.JSONDecoder(strict=False, parse_float=finite, parse_constant=refuse_constant)
    found: list[object] = []
    position = _end(_BEFORE.match(text, 0))
    while position < len(text):
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            code, message = "json-ld-broken", "JSON-LD that is not JSON was left out."
            if found:
                code, message = "json-ld-trailing", "JSON-LD has something behind its end, which was left out."
            told.append(Notice(code, message))
            break
        found.append(value)
        position = _end(_AFTER.match(text, position))
    return found


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match is not None else 0


def _flatten(value: object, found: list[object], depth: int) -> None:
    if isinstance(value, list):
        for part in value:
            _flatten(part, found, depth)
    elif isinstance(value, dict):
        graph = value.get("@graph")
        if not isinstance(graph, list | dict) or depth >= _DEEPEST_GRAPH:
            found.append(value)
            return
        rest = {name: part for name, part in value.items() if name != "@graph"}
        if rest.keys() - {"@context"}:
            found.append(rest)
        _flatten(graph, found, depth + 1)


# OpenGraph.


def _opengraph(place: Node) -> StandingData:
    """Each `<meta property>` (ogp.me, RDFa's others), every value in order; Twitter's have names only, and many a page
    has OpenGraph's under `name` as well."""
    metas: dict[int | str, list[Node]] = {}
    for meta in _metas(place):
        names = (meta.get("property") or "").split()
        if not names and (meta.get("name") or "").startswith(("twitter:", "og:")):
            names = [meta.get("name").strip()]
        for name in names:
            metas.setdefault(name, []).append(meta)
    found: dict[str, object] = {str(name): [meta.get("content") for meta in each] for name, each in metas.items()}
    return StandingData(
        found, lambda steps: numbered(metas.get(steps[0], ()), steps[1] if len(steps) > 1 else 0) if steps else None
    )

"""The examples of the reference page: a small site written in its blocks, spiders, and what a run of each must find.

A block whose language is followed by a path is a page of the site: `html /projets`, and behind the path `in ENCODING`,
`as xlsx`, `with Name: value` (a header), `to {…}` (only for a POST of this JSON). `csv uploaded` is a file to upload. A
`yaml` block is a spider, or what is different in it from the first one; the `json` blocks named `records`, `keys`,
`reasons` and `run` that follow it say what must come of it.
"""

import csv
import io
import re
from dataclasses import dataclass, field
from typing import Any

import orjson
import yaml
from openpyxl import Workbook

from tests.docs.fenced_blocks import Block, blocks
from tests.scraper.sample_files import ods, ods_sheet
from tests.scraper.sample_site import Answer, Asked, SampleSite, answer, missing

SITE = "https://projets.example"
RESULTS = frozenset({"records", "keys", "reasons", "run"})
_SERVED = re.compile(r"(/\S*)(?: in (\S+))?(?: as (\S+))?(?: with (\S+): (.+?))?(?: to (.+))?")
_TYPES = {"html": "text/html", "json": "application/json", "xml": "application/xml", "csv": "text/csv"}


@dataclass
class Example:
    """A spider, and what its run must give, by what it is about."""

    title: str
    spider: dict[str, Any]
    stated: dict[str, Any]
    """The block alone, without what the first one adds."""
    results: dict[str, Any] = field(default_factory=dict)

    def at(self, site: str) -> dict[str, Any]:
        """The spider for a site at this address, without a wait between two requests."""
        given: dict[str, Any] = orjson.loads(orjson.dumps(self.spider).decode().replace(SITE, site))
        return {**given, "politeness": {**given["politeness"], "delay": 0}}

    def results_at(self, site: str) -> dict[str, Any]:
        """What the page says, with the addresses of this site."""
        found: dict[str, Any] = orjson.loads(orjson.dumps(self.results).decode().replace(SITE, site))
        return found


@dataclass(frozen=True)
class ServedPage:
    """One page of the site."""

    target: str
    language: str
    encoding: str
    packed: str
    header: tuple[str, str] | None
    body: object
    text: str

    def answer(self, site: str) -> bytes:
        """As it goes over the wire."""
        headers = {self.header[0]: self.header[1]} if self.header else {}
        kind = _TYPES.get(self.language, "text/plain")
        return answer(self._bytes(site), content_type=kind, **headers)

    def _bytes(self, site: str) -> bytes:
        if self.packed:
            rows = list(csv.reader(io.StringIO(self.text)))
            return ods(ods_sheet(rows, "Projets")) if self.packed == "ods" else _xlsx(rows)
        return self.text.replace(SITE, site).encode(self.encoding)


@dataclass
class Examples:
    """All that the page holds."""

    pages: list[ServedPage]
    uploaded: bytes
    spiders: list[Example]

    def serve_on(self, site: SampleSite) -> None:
        """Lets the site answer with these pages."""
        site.fallback = lambda asked: self._answer(asked, site.url)

    def _answer(self, asked: Asked, site: str) -> Answer:
        for page in self.pages:
            asks_for_it = page.body is None or (asked.body and orjson.loads(asked.body) == page.body)
            if page.target == asked.target and asks_for_it:
                return page.answer(site)
        return missing()


def read_examples(text: str) -> Examples:
    """Raises `AssertionError` where a block is of no kind."""
    pages: list[ServedPage] = []
    spiders: list[Example] = []
    uploaded = b""
    for block in blocks(text):
        if block.language == "yaml":
            stated = yaml.safe_load(block.text)
            first = spiders[0].spider if spiders else {}
            spiders.append(Example(f"{block.heading} (line {block.line})", {**first, **stated}, stated))
        elif block.said in RESULTS:
            spiders[-1].results[block.said] = orjson.loads(block.text)
        elif block.said == "uploaded":
            uploaded = block.text.encode()
        else:
            pages.append(_served(block))
    return Examples(pages, uploaded, spiders)


def _served(block: Block) -> ServedPage:
    said = _SERVED.fullmatch(block.said)
    assert said is not None, f"line {block.line}: what is ```{block.language} {block.said}?"
    target, encoding, packed, name, value, body = said.groups()
    return ServedPage(
        target=target,
        language=block.language,
        encoding=encoding or "utf-8",
        packed=packed or "",
        header=(name, value) if name else None,
        body=orjson.loads(body) if body else None,
        text=block.text,
    )


def _xlsx(rows: list[list[str]]) -> bytes:
    """A workbook with an empty sheet before the one of these rows."""
    book = Workbook()
    sheet = book.create_sheet("Projets")
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()

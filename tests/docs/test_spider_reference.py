"""The reference page of spiders: its tables say what the models say, and its examples give what it says they give."""

import os
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from moisson_scraper.check_configuration import faults_in
from moisson_scraper.spider_files.write_spider_files import REFERENCE
from moisson_shared.contracts.spider import SpiderDraft
from tests.docs import field_words
from tests.docs.fenced_blocks import DOCS, read_page, tables
from tests.docs.page_examples import Example, read_examples
from tests.scraper.running_scraper import Scraper, codes, running_scraper
from tests.scraper.sample_site import SampleSite, sample_site

PAGE = read_page("spider-reference.md")
EXAMPLES = read_examples(PAGE)
TABLES = {name.group(1): rows for heading, rows in tables(PAGE) if (name := re.match(r"`(\w+)`", heading))}
RENDERED = [example for example in EXAMPLES.spiders if "rendering" in example.spider["source"]]
EVERY, JITTER, MORE = "at least 15 minutes apart", "/schedule/jitter_seconds", {"kind": "load_more"}
RUN = [example for example in EXAMPLES.spiders if example.results and example not in RENDERED]
URL = "https://projets.example/api"
API: dict[str, Any] = {"kind": "json", "url": URL}
HTML: dict[str, Any] = {"kind": "html", "start_urls": [URL], "item": {"expression": "li"}}
TITLE = {"titre": {"expression": "a"}}
RULES = [
    ({"schedule": {"kind": "cron", "expression": "*/10 * * * *", "jitter_seconds": 0}}, "/schedule/expression", EVERY),
    ({"schedule": {"kind": "cron", "expression": "0 0 1 * 1"}}, "/schedule/expression", "of the week, not both."),
    ({"schedule": {"kind": "cron", "expression": "0 * * * *", "jitter_seconds": 1801}}, JITTER, "half of the time"),
    ({"schedule": {"kind": "cron", "expression": "0 3 * * 1", "time_zone": "Paris"}}, "/schedule/time_zone", "IANA"),
    ({"source": {**HTML, "fields": TITLE, "start_urls": [URL, URL]}}, "/source/start_urls/1", "listing, each once."),
    (
        {"source": {**HTML, "fields": TITLE, "paging": {**MORE, "selector": {"expression": "a"}}, "rendering": {}}},
        "/source/rendering",
        "Not together with `load_more`.",
    ),
    (
        {"source": {**HTML, "fields": {"titre": {"syntax": "xpath", "expression": "//a"}}}},
        "/source/fields/titre/expression",
        "begins with `./` or `.//`.",
    ),
    ({"source": {**API, "headers": {"Host": "x"}}}, "/source/headers/Host", "(`Host`, `User-Agent`, …) are refused."),
    ({"source": {**API, "headers": {"X-Nom": "é"}}}, "/source/headers/X-Nom", "in printable ASCII."),
    ({"source": {**API, "query": {"page": "1"}, "paging": {"kind": "page"}}}, "/source/query/page", "of paging aside."),
    ({"source": {**API, "paging": {"kind": "page", "size_parameter": "n"}}}, "/source/paging/size", "is needed then."),
    ({"source": {**API, "url": f"{URL}?k={{secret:key}}"}}, "/source/url", "behind the `?` of a detail's `address`."),
    ({"source": {**API, "items": "$..a..b..c..d"}}, "/source/items", "all levels (`..`) three times."),
    ({"source": API, "identity": {"kind": "url"}}, "/identity/kind", "Refused where items have neither."),
    ({"source": {"kind": "file", "format": "csv", "records": "$[*]"}}, "/source/records", "are the records already."),
]
"""What is refused beyond types and limits, where, and the words that say it before."""


def parts(value: object) -> Iterator[BaseModel | StrEnum]:
    """Every model and every word of a list of choices in a spider."""
    if isinstance(value, BaseModel):
        yield value
        for _, inside in value:
            yield from parts(inside)
    elif isinstance(value, StrEnum):
        yield value
    elif isinstance(value, dict | tuple):
        for inside in value.values() if isinstance(value, dict) else value:
            yield from parts(inside)


def test_exported_files_point_to_this_page() -> None:
    assert (DOCS.parent / REFERENCE).read_text(encoding="utf-8") == PAGE


def test_there_is_one_table_for_each_model_and_each_list_of_choices() -> None:
    assert sorted(TABLES) == sorted({*field_words.models(), *field_words.choices()})
    assert len(TABLES) == len(list(tables(PAGE)))


@pytest.mark.parametrize("model", field_words.models())
def test_a_table_names_each_field_with_its_type_default_and_limits(model: str) -> None:
    assert [row[:4] for row in TABLES[model]] == field_words.rows(model)
    assert all(row[4] for row in TABLES[model])


@pytest.mark.parametrize("name", field_words.choices())
def test_a_table_names_each_choice(name: str) -> None:
    assert [row[0] for row in TABLES[name]] == [f"`{value}`" for value in field_words.choices()[name]]
    assert all(row[1] for row in TABLES[name])


@pytest.mark.parametrize("example", EXAMPLES.spiders, ids=lambda example: example.title)
def test_an_example_is_a_spider_that_can_be_saved(example: Example) -> None:
    assert faults_in(SpiderDraft.model_validate(example.spider)) == ()


def test_every_field_and_every_choice_stands_in_an_example() -> None:
    used: dict[str, set[str]] = {name: set() for name in (*field_words.models(), *field_words.choices())}
    for example in EXAMPLES.spiders:
        for part in parts(SpiderDraft.model_validate(example.spider)):
            used[type(part).__name__] |= {str(part)} if isinstance(part, StrEnum) else part.model_fields_set
    wanted = {name: set(schema["properties"]) for name, schema in field_words.models().items()}
    wanted |= {name: set(values) for name, values in field_words.choices().items()}
    assert {name: left for name, fields in wanted.items() if (left := fields - used[name])} == {}


def test_an_example_about_reading_says_what_comes_of_it() -> None:
    reading = [example for example in EXAMPLES.spiders if "source" in example.stated]
    assert [example.title for example in reading if not example.results] == []


@pytest.mark.parametrize(("stated", "pointer", "told"), RULES)
def test_what_no_column_can_hold_is_refused_and_said(stated: dict[str, Any], pointer: str, told: str) -> None:
    spider = {**EXAMPLES.spiders[0].spider, "identity": {"kind": "content"}, **stated}
    assert [fault.pointer for fault in faults_in(SpiderDraft.model_validate(spider))] == [pointer]
    assert told in PAGE.replace("\n", " ")


async def test_the_examples_give_what_the_page_says(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        sites = [await stack.enter_async_context(sample_site()) for _ in RUN]
        scraper = await stack.enter_async_context(running_scraper(tmp_path, *sites, runs_at_once=8))
        pairs = list(zip(RUN, sites, strict=True))
        begun = [await started(scraper, *pair) for pair in pairs]
        # They go on side by side; only one is looked at, so that the scraper has time for them.
        found = [await outcome(scraper, *pair, run) for pair, run in zip(pairs, begun, strict=True)]
    told = dict(zip((example.title for example in RUN), found, strict=True))
    assert told == {example.title: example.results_at(site.url) for example, site in zip(RUN, sites, strict=True)}


@pytest.mark.browser
async def test_what_needs_a_browser_gives_what_the_page_says(tmp_path: Path) -> None:
    assert RENDERED
    settings: dict[str, Any] = {"rendering": "on", "chromium_sandbox": os.geteuid() != 0}
    async with sample_site() as site, running_scraper(tmp_path, site, **settings) as scraper:
        for example in RENDERED:
            found = await outcome(scraper, example, site, await started(scraper, example, site))
            assert found == example.results_at(site.url)


async def started(scraper: Scraper, example: Example, site: SampleSite) -> str:
    """A run of the example over a site of its own."""
    EXAMPLES.serve_on(site)
    spider = {**example.at(site.url), "id": f"example-{site.port}"}
    await scraper.save(spider)
    if spider["source"]["kind"] == "file" and "url" not in spider["source"]:
        path = f"/v1/spiders/{spider['id']}/upload"
        sent = await scraper.send("PUT", path, scraper.people.admin, content=EXAMPLES.uploaded)
        assert sent.status_code == 200, sent.text
    return (await scraper.start(spider["id"])).id


async def outcome(scraper: Scraper, example: Example, site: SampleSite, run_id: str) -> dict[str, Any]:
    """What the run gives, by the names of what the page says of it."""
    run = await scraper.ended(run_id, seconds=90)
    for name, value in example.spider["source"].get("headers", {}).items():
        assert {asked.header(name.lower()) for asked in site.asked if asked.path != "/robots.txt"} == {value}
    records = await scraper.records(run.spider_id)
    everything = {
        "records": [record.values for record in records],
        "keys": [record.key for record in records],
        "reasons": codes(run),
        "run": {name: run.model_dump(mode="json")[name] for name in example.results.get("run", {})},
    }
    return {name: everything[name] for name in example.results}

"""The page for operators: its settings, commands and codes are those of the scraper."""

import fnmatch
import json
import re

import pytest

from moisson_scraper.__main__ import main
from moisson_scraper.settings import ScraperSettings
from moisson_shared.adapters.open_backends import open_documents, open_host_budget, open_queue
from tests.docs.fenced_blocks import DOCS, blocks, read_page, tables
from tests.docs.setting_words import setting_rows

PAGE = read_page("run-the-scraper.md")
TABLES = dict(tables(PAGE))
CODES = DOCS.parent / "services/viz-gateway/src/moisson_viz_gateway/wording/codes.json"
PREFIX = ScraperSettings.variable("")
OPENED = {"DOCUMENTS_URL": open_documents, "QUEUE_URL": open_queue, "HOST_BUDGET_URL": open_host_budget}


def test_the_table_of_settings_is_that_of_the_scraper() -> None:
    told = TABLES["Settings"]
    rows = [list(pair) for pair in zip(told, setting_rows(ScraperSettings), strict=False)]
    assert [row[0] for row in told] == [row[0] for row in setting_rows(ScraperSettings)]
    for stated, (setting, default, meaning) in rows:
        assert stated == [setting, default, meaning or stated[2]]
        assert stated[2]


def test_every_setting_in_the_text_is_one() -> None:
    known = {name.upper() for name in ScraperSettings.model_fields} | {"CLIENT_SECRET_FILE"}
    assert {name.removeprefix(PREFIX) for name in re.findall(rf"{PREFIX}[A-Z_]+", PAGE)} - {*known, ""} == set()
    assert set(re.findall(r"`(?!MOISSON_)([A-Z]{2,}(?:_[A-Z]+)*)(?:=\w+)?`", PAGE)) - known == set()


def test_the_commands_are_those_of_the_scraper(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    offered = set(re.findall(r"^    ([a-z][a-z-]*)", capsys.readouterr().out, re.MULTILINE))
    named = set(re.findall(r"moisson-scraper ([a-z][a-z-]*)", PAGE))
    assert named == offered


def test_the_addresses_of_engines_are_understood() -> None:
    script = "".join(block.text for block in blocks(PAGE) if block.language == "sh")
    stated = dict(re.findall(rf"^export {PREFIX}(\w+)='(.+)'$", script, re.MULTILINE))
    assert stated.keys() == OPENED.keys()
    for name, address in stated.items():
        OPENED[name](address)


def test_the_codes_are_those_that_the_studio_has_sentences_for() -> None:
    known = json.loads(CODES.read_text(encoding="utf-8"))
    patterns = {*known["reason"], *known["failure"]}
    named = {code for row in TABLES["Reasons"] for code in re.findall(r"`([a-z0-9*-]+)`", row[0])}
    assert len(named) > 30
    assert {code for code in named if not any(fnmatch.fnmatch(code, pattern) for pattern in patterns)} == set()

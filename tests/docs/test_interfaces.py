"""The page of interfaces and the services say the same: what is promised answers, and what answers is promised."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.api.running_api import running_api
from tests.normalizer.running_normalizer import running_normalizer
from tests.scraper.running_scraper import running_scraper

PAGE = (Path(__file__).parents[2] / "docs" / "interfaces.md").read_text(encoding="utf-8")
CALL = re.compile(r"((?:GET|POST|PUT|DELETE)(?: (?:GET|POST|PUT|DELETE))*) (/[^\s?]+)(?:\?\S+)?")
BODY = re.compile(r"\{.+\}|[a-z_]+(=\S+)?")
"""What may stand beside a call: a JSON body, a form's field."""


def first_cells(service: str) -> list[str]:
    """The first column of the tables in a service's section, without the head."""
    section = re.search(rf"^## {service}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None, f"docs/interfaces.md has no section {service}"
    return re.findall(r"^\| ([^|]*`[^|]*) \|", section.group(1), re.MULTILINE)


def without_names(path: str) -> str:
    """What a part of a path is called is nobody's promise."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def promised(service: str) -> list[str]:
    """Each method and path of the tables."""
    calls: list[str] = []
    for cell in first_cells(service):
        for span in re.findall(r"`([^`]+)`", cell):
            if (call := CALL.match(span)) is not None:
                calls += (f"{method} {without_names(call.group(2))}" for method in call.group(1).split())
            else:
                assert BODY.fullmatch(span), f"`{span}` is neither a call in full nor a body"
    return calls


@asynccontextmanager
async def client_of(service: str, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    if service == "api":
        async with running_api(folder) as api:
            yield api.client
    elif service == "scraper":
        async with running_scraper(folder) as scraper:
            yield scraper.client
    else:
        async with running_normalizer(folder) as normalizer:
            yield normalizer.client


@pytest.mark.parametrize("service", ["api", "scraper", "normalizer"])
async def test_the_tables_of_calls_are_those_of_the_openapi_document(service: str, tmp_path: Path) -> None:
    async with client_of(service, tmp_path) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    offered = {f"{method.upper()} {without_names(path)}" for path, operations in paths.items() for method in operations}
    calls = promised(service)
    assert len(calls) > 10
    assert sorted({call for call in calls if calls.count(call) > 1}) == [], "said twice in docs/interfaces.md"
    assert sorted(set(calls) - offered) == [], "in docs/interfaces.md only"
    assert sorted(offered - set(calls)) == [], "in the service only"

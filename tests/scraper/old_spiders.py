"""OpenScraper's documents as builders: what matters in a test is what it changes."""

from typing import Any

from moisson_scraper.openscraper.convert_spider import Conversion, convert_spider
from moisson_scraper.openscraper.data_model import read_data_model
from moisson_scraper.openscraper.findings import Findings

MODEL: list[dict[str, Any]] = [
    {"_id": "f1", "field_name": "titre", "field_type": "text", "field_open": "opendata", "field_class": "custom"},
    {"_id": "f2", "field_name": "mots", "field_type": "tags", "field_open": "opendata", "field_class": "custom"},
    {"_id": "f3", "field_name": "site", "field_type": "url", "field_open": "opendata", "field_class": "custom"},
    {"_id": {"$oid": "f4"}, "field_name": "mail", "field_type": "email", "field_open": "commons"},
    {"_id": "f5", "field_name": "adresse", "field_type": "adress", "field_open": "private"},
    {"field_name": "le", "field_type": "date", "field_open": "opendata"},
    {"field_name": "link_data", "field_type": "url", "field_open": "opendata", "field_class": "core"},
]

DETAIL: dict[str, Any] = {"parse_follow": True, "follow_xpath": ".//h2/a/@href"}
ROOT = "http://tilleul.example/api?page="


def an_old_spider(
    xpaths: dict[str, str] | None = None, settings: dict[str, Any] | None = None, **config: Any
) -> dict[str, Any]:
    """A plain HTML spider of 2019."""
    return {
        "infos": {"name": "Le Tilleul", "page_url": "http://tilleul.example"},
        "scraper_config": {
            "start_urls": ["http://tilleul.example/projets"],
            "item_xpath": "//li[@class='projet']",
            **config,
        },
        "xpaths": {"titre": ".//h2/text()"} if xpaths is None else xpaths,
        "scraper_settings": settings or {},
    }


def an_old_api(xpaths: dict[str, str] | None = None, **config: Any) -> dict[str, Any]:
    """A JSON one."""
    api: dict[str, Any] = {
        "parse_api": True,
        "item_xpath": "/data/projets",
        "start_urls": ["http://tilleul.example/api?q=x&page=1"],
    }
    return an_old_spider({"titre": "/titre"} if xpaths is None else xpaths, **(api | config))


def converted(old: object) -> Conversion:
    """What becomes of it, with the data model above."""
    findings = Findings()
    return convert_spider(old, read_data_model(MODEL, ("datamodel",), findings), "essor", (), ("spiders", 0))


def source_of(old: object) -> dict[str, Any]:
    """The source of the spider that it becomes."""
    made = converted(old)
    assert made.draft is not None, made.faults
    return made.draft.source.model_dump(mode="json")

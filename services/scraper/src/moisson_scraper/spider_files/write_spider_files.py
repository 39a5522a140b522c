"""Spiders as the text of a file. Pure."""

import json
from collections.abc import Sequence

import yaml

from moisson_scraper.spider_files.spider_file import file_of
from moisson_scraper.spider_files.yaml_scalars import SpiderDumper
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.spider import SpiderConfig

REFERENCE = "docs/spider-reference.md"
"""Where each field is explained, in the repository."""


def as_yaml(spiders: Sequence[SpiderConfig], schema_url: str, *, listed: bool) -> str:
    """YAML that editors check against the schema. `listed`: as a list, even of one."""
    head = f"# yaml-language-server: $schema={schema_url}\n# Each field is explained in {REFERENCE}, with an example.\n"
    if listed:
        return head + ("\n".join(dumped([file_of(spider)]) for spider in spiders) if spiders else "[]\n")
    return head + "".join(dumped(file_of(spider)) for spider in spiders)


def dumped(value: JsonObject | list[JsonObject]) -> str:
    """The value as block YAML, keys in their order."""
    text: str = yaml.dump(value, Dumper=SpiderDumper, sort_keys=False, allow_unicode=True, width=1000)
    return text


def as_json(spiders: Sequence[SpiderConfig], *, listed: bool) -> bytes:
    """Indented JSON. `listed`: as a list, even of one. A body may hold integers of any size, which orjson refuses."""
    files = [file_of(spider) for spider in spiders]
    return (json.dumps(files if listed else files[0], ensure_ascii=False, indent=2) + "\n").encode()

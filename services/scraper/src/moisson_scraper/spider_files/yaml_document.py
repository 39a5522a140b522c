"""A YAML document of somebody else's as JSON values: bounded, and with the line and column of whatever is wrong.

Anchors are followed, and what they stand for counts each time it is used, so a few lines cannot grow to billions. Tags
make no objects.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import yaml

from moisson_scraper.spider_files.yaml_scalars import FLOAT, INTEGER, NULL, TEXT, TRUTH, SpiderLoader
from moisson_shared.contracts.errors import Fault, Invalid, TooLarge

MOST_BYTES = 1_000_000
MOST_VALUES = 50_000
DEEPEST = 40

Path = tuple[str | int, ...]


@dataclass
class YamlDocument:
    """The value, and what stood in the file for each value that was no text: `012` may have been meant as it is."""

    value: object
    written: dict[Path, str] = field(default_factory=dict)


class _Refused(Exception):
    def __init__(self, at: "yaml.Node | yaml.Event", message: str) -> None:
        super().__init__(_at(at.start_mark) + message)


def _at(mark: Any) -> str:
    """Line and column as people count them."""
    return f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""


def read_yaml(body: bytes) -> YamlDocument:
    """The one document in the body. Raises `TooLarge`, and `Invalid` with the line and column."""
    if len(body) > MOST_BYTES:
        raise TooLarge(f"The file has {len(body):,} bytes; at most {MOST_BYTES:,} are read.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid(f"it is not UTF-8 (byte {error.start})") from error
    reader = _Reader()
    try:
        _require_shallow(text)
        node = yaml.compose(text, Loader=SpiderLoader)
        value = reader.value(node, ()) if node is not None else None
    except _Refused as error:
        raise _invalid(str(error)) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _invalid(f"{_at(mark)}{error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise _invalid(str(error).partition("\n")[0]) from error
    if node is None:
        raise _invalid("there is nothing in it")
    return YamlDocument(value, reader.written)


def _invalid(message: str) -> Invalid:
    return Invalid("This is no YAML that can be read.", (Fault("", message),))


def _require_shallow(text: str) -> None:
    """Raises `_Refused`. Nodes are made by recursion in C, which a deep document would end with the whole process."""
    depth = values = 0
    for event in yaml.parse(text, Loader=SpiderLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        values += isinstance(event, yaml.NodeEvent)
        if depth > DEEPEST:
            raise _Refused(event, f"it is nested more than {DEEPEST} levels deep")
        if values > 2 * MOST_VALUES:
            raise _Refused(event, f"there are more than {MOST_VALUES:,} values")


class _Reader:
    def __init__(self) -> None:
        self.written: dict[Path, str] = {}
        self._values = 0

    def value(self, node: "yaml.Node", path: Path) -> object:
        """The value of a node. Raises `_Refused`."""
        self._values += 1
        if self._values > MOST_VALUES:
            raise _Refused(node, f"there are more than {MOST_VALUES:,} values, those that aliases repeat among them")
        if len(path) > DEEPEST:
            raise _Refused(node, f"it is nested more than {DEEPEST} levels deep, or holds itself")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
            return [self.value(part, (*path, number)) for number, part in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
            return self._mapping(node, path)
        raise _Refused(node, f"the tag {node.tag} is not known here")

    def _mapping(self, node: "yaml.MappingNode", path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, part in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _Refused(key, "a key must be a text")
            name = str(key.value)
            if name in found:
                raise _Refused(key, f"the key {name!r} is given twice")
            if name == "<<" and key.style not in {"'", '"'}:
                raise _Refused(key, "keys are not merged (<<) here: write them out")
            found[name] = self.value(part, (*path, name))
        return found

    def _scalar(self, node: "yaml.ScalarNode", path: Path) -> object:
        text = str(node.value)
        value: object
        match node.tag:
            case tag if tag == TEXT:
                return text
            case tag if tag == NULL:
                value = None
            case tag if tag == TRUTH:
                value = text.lower() == "true"
            case tag if tag == INTEGER and len(text) < 100:
                value = int(text)
            case tag if tag == FLOAT and math.isfinite(float(text)):
                value = float(text)
            case _:
                raise _Refused(node, f"{text[:40]!r} cannot be read as {node.tag.rpartition(':')[2]}")
        self.written[path] = text
        return value

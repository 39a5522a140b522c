"""Which plain words of a YAML file are not text: those that JSON has (YAML 1.2, 10.2), and nothing else.

`no`, `on`, `012`, `1_000`, `12:30` and `2024-05-01` stay what they are. YAML 1.1, which PyYAML follows, makes truth
values, octals, numbers to the base of 60 and dates of them.
"""

import re
from typing import Any

import yaml

NULL = "tag:yaml.org,2002:null"
TRUTH = "tag:yaml.org,2002:bool"
INTEGER = "tag:yaml.org,2002:int"
FLOAT = "tag:yaml.org,2002:float"
TEXT = "tag:yaml.org,2002:str"
_LINE_ENDS = re.compile("[\r\x85\u2028\u2029\ufeff]")
RESOLVERS: tuple[tuple[str, "re.Pattern[str]", str], ...] = (
    (NULL, re.compile(r"^(?:null|Null|NULL|~|)$"), "nN~"),
    (TRUTH, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF"),
    (INTEGER, re.compile(r"^-?(?:0|[1-9][0-9]*)$"), "-0123456789"),
    (FLOAT, re.compile(r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?$"), "-0123456789"),
)
"""Tag, what is written for it, and how that may begin; the first that fits holds."""


def resolvers_by_start() -> dict[str, list[tuple[str, Any]]]:
    """As PyYAML wants them: by the first character; the empty text under none."""
    found: dict[str, list[tuple[str, Any]]] = {"": [(NULL, RESOLVERS[0][1])]}
    for tag, pattern, starts in RESOLVERS:
        for start in starts:
            found.setdefault(start, []).append((tag, pattern))
    return found


class SpiderLoader(yaml.CSafeLoader):
    """Reads nodes; `yaml_document` makes values of them."""

    yaml_implicit_resolvers = resolvers_by_start()


class SpiderDumper(yaml.SafeDumper):
    """Writes text in quotes wherever any YAML, 1.1 or 1.2, would read something else; no anchors."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        """What some YAML folds or drops as a line end or a mark of order is escaped."""
        style = '"' if _LINE_ENDS.search(data) else None
        return self.represent_scalar(TEXT, data, style=style)

    def ignore_aliases(self, data: object) -> bool:
        """What stands twice is written twice."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Lists are indented below their key."""
        super().increase_indent(flow, indentless=False)


SpiderDumper.add_representer(str, SpiderDumper.represent_str)


def _quote_more() -> None:
    for tag, pattern, starts in (*RESOLVERS, (INTEGER, re.compile(r"^[-+]?(?:0o[0-7]+|[0-9]+)$"), "-+0123456789")):
        SpiderDumper.add_implicit_resolver(tag, pattern, list(starts))


_quote_more()

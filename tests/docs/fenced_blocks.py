"""What the pages of documentation hold for a machine: fenced blocks, and tables, each with the heading above it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
_FENCE = re.compile(r"^```(\S+)(?: (.+))?$")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what stands behind the language, the nearest heading above, and its text."""

    language: str
    said: str
    heading: str
    text: str
    line: int


def read_page(name: str) -> str:
    """A page of `docs/`."""
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(page: str) -> Iterator[Block]:
    """In their order."""
    lines: list[str] = []
    heading, opened, began = "", None, 0
    for number, line in enumerate(page.splitlines(), start=1):
        if opened is not None:
            if line == "```":
                yield Block(opened[1], opened[2] or "", heading, "".join(f"{text}\n" for text in lines), began)
                opened = None
            else:
                lines.append(line)
        elif (opened := _FENCE.match(line)) is not None:
            lines, began = [], number
        elif line.startswith("#"):
            heading = line.lstrip("# ")
    assert opened is None, f"the block that begins in line {began} has no end"


def tables(page: str) -> Iterator[tuple[str, list[list[str]]]]:
    """The heading above each table, and its rows without the head; cells as they are written."""
    heading, rows = "", []
    for line in [*page.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))])
            continue
        if rows:
            yield heading, rows[2:]
            rows = []
        if line.startswith("#"):
            heading = line.lstrip("# ")

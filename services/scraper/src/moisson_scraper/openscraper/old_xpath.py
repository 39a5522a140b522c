"""OpenScraper's XPath expressions as texts: where each branch starts, and the same expression started at an item.

Whether an expression can be used at all is found out when it is compiled (`check_configuration`). Pure.
"""

import re
from enum import StrEnum

_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
_TOP = re.compile(r"(?:^|[(,|=<>+!\s])(?=/)")
_DEEP = re.compile(r"(?:^|[(,|=<>+!\s])\.//")
_ENDS_IN_TEXT = re.compile(r"//?text\(\)$")
_ENDS_IN_ATTRIBUTE = re.compile(r"/@([A-Za-z_][\w.-]*)$")
_LAST_STEP = re.compile(r"([A-Za-z*][\w.-]*)(?:\[[^\[\]]*\])*$")
_WITH_SRC = frozenset({"img", "iframe", "embed", "video", "audio", "source", "script", "track"})
_SIBLINGS = re.compile(r"/(?:following|preceding)-sibling::")
_MARKS_OF_XPATH = re.compile(r"^\.?//|^\./|\[|@|::|\w\(")


class Start(StrEnum):
    """Where a branch of a union looks."""

    PAGE = "page"
    """From the top of the page: `//h1`."""
    ANYWHERE = "anywhere"
    """At any depth below where it stands: `.//h1`."""
    NEAR = "near"
    """Step by step from where it stands: `./h1`, `h1`."""


def _masked(expression: str) -> str:
    """The same length, with literals and predicates blotted out: what is in them starts nowhere."""
    text = list(_LITERAL.sub(lambda literal: "_" * len(literal[0]), expression))
    depth = 0
    for position, character in enumerate(text):
        depth -= character == "]"
        if depth > 0:
            text[position] = "_"
        depth += character == "["
    return "".join(text)


def branches(expression: str) -> list[str]:
    """The parts of a union, at its top level only."""
    masked = _masked(expression)
    parts: list[str] = []
    begun = depth = 0
    for position, character in enumerate(masked):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "|" and depth == 0:
            parts.append(expression[begun:position].strip())
            begun = position + 1
    return [*parts, expression[begun:].strip()]


def start_of(branch: str) -> Start:
    """Where this branch looks."""
    masked = _masked(branch)
    if _TOP.search(masked):
        return Start.PAGE
    return Start.ANYWHERE if _DEEP.search(masked) else Start.NEAR


def inside_item(expression: str) -> str:
    """`//a` is `.//a`. An expression from the root element (`/html/…`) stays: nothing inside an item is meant by it."""
    masked = _masked(expression)
    positions = [found.end() for found in _TOP.finditer(masked) if masked[found.end() :].startswith("//")]
    for position in reversed(positions):
        expression = f"{expression[:position]}.{expression[position:]}"
    return expression


def element_of(expression: str) -> str:
    """The element whose text or attribute is taken: `.//h2/a/@href` is of `.//h2/a`."""
    without = _ENDS_IN_ATTRIBUTE.sub("", _ENDS_IN_TEXT.sub("", expression))
    return without if len(branches(expression)) == 1 else expression


def same_element(one: str, other: str) -> bool:
    """Whether both are of one element, or one is of an element around the other's."""
    first, second = sorted((element_of(inside_item(one)), element_of(inside_item(other))), key=len)
    return second == first or (second.startswith(first) and second[len(first)] == "/" and first not in {".", "./"})


def attribute_of(expression: str) -> str | None:
    """The attribute in which a single path ends."""
    found = _ENDS_IN_ATTRIBUTE.search(expression) if len(branches(expression)) == 1 else None
    return found[1] if found else None


def names_a_link(expression: str) -> bool:
    """Whether it ends in the one attribute by which its element leads somewhere."""
    attribute = attribute_of(expression)
    if attribute == "href":
        return True
    last = _LAST_STEP.search(element_of(expression))
    return attribute == "src" and last is not None and last[1].lower() in _WITH_SRC


def finds_several(expression: str) -> bool:
    """Whether its form says that it may find several: a union, siblings, any depth below its first element."""
    masked = _masked(expression)
    return len(branches(expression)) > 1 or "//" in masked.lstrip("(./") or _SIBLINGS.search(masked) is not None


def from_one_element(expression: str) -> str | None:
    """`a/following-sibling::b` begun at one `a`, the first; None where it has no such step, or more than one way."""
    if len(branches(expression)) > 1 or "(" in _masked(expression).replace("text()", ""):
        return None
    found = _SIBLINGS.search(_masked(expression))
    if found is None or not found.start():
        return None
    return f"({expression[: found.start()]})[1]{expression[found.start() :]}"


def looks_like_xpath(expression: str) -> bool:
    """Or else like one of OpenScraper's JSON paths: `/a/b`."""
    return _MARKS_OF_XPATH.search(expression) is not None

"""CSS and XPath selectors, compiled once per configuration and run by libxml2.

CSS goes through parsel's translator, so `::text` and `::attr(name)` mean here what they mean there; `has-class()` is
parsel's too. Functions that could run for ever (regular expressions) or reach out (`document()`) are not to be had. An
expression that runs is not stopped, so what could run for too long is refused (`selector_cost`).
"""

import re
from enum import StrEnum
from typing import Any

import parsel  # noqa: F401  # importing it gives XPath the function has-class()
from cssselect import SelectorError
from lxml import etree

from moisson_scraper.reading.css_selectors import css_to_xpath
from moisson_scraper.reading.selector_cost import TooCostly, require_bounded
from moisson_shared.contracts.selecting import Selector, Syntax

Node = Any
"""An lxml element; lxml has no public name for it."""

# fmt: off
_FUNCTIONS = frozenset(
    (
        "last", "position", "count", "id", "local-name", "namespace-uri", "name", "string", "concat",
        "starts-with", "contains", "substring-before", "substring-after", "substring", "string-length",
        "normalize-space", "translate", "boolean", "not", "true", "false", "lang", "number", "sum", "floor",
        "ceiling", "round", "has-class", "text", "node", "comment", "processing-instruction",
    )
)
# fmt: on
_OPERATORS = frozenset({"and", "or", "div", "mod"})
_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
_CALL = re.compile(r"([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)\s*\(")
_PREFIX = re.compile(r"(?<![:\w])([A-Za-z_][\w.-]*):(?!:)[A-Za-z_*]")
_FROM_THE_TOP = re.compile(r"(?:^|[(\[,|=<>+!]|\s(?:and|or|div|mod)\s)\s*/")
MOST_STEPS = 60
_INSTEAD = {
    "ends-with": "write substring(@href, string-length(@href) - 3) = '.pdf'",
    "lower-case": "write translate(., 'ABC…', 'abc…')",
    "upper-case": "write translate(., 'abc…', 'ABC…')",
    "matches": "give the field a pattern",
    "replace": "write translate(), or give the field a pattern",
    "tokenize": "give the field a pattern, or split the values in the recipe",
    "string-join": "take many values",
    "re:test": "give the field a pattern",
    "re:match": "give the field a pattern",
    "re:replace": "give the field a pattern",
    "set:distinct": "take many values",
}
"""For what XPath 2.0, EXSLT and other scrapers have, what does the same here."""


class Scope(StrEnum):
    """Where a selector starts: at the whole page, or at one item of a listing."""

    PAGE = "page"
    ITEM = "item"


class SelectorRefused(ValueError):
    """A selector that cannot be used; `str()` says why and what to write instead."""


class SelectorFailed(Exception):
    """A selector that is sound but did not work on this page."""


class CompiledSelector:
    """Gives what it selects in document order: elements and texts."""

    __slots__ = ("_run", "expression", "linear")

    def __init__(self, expression: str, run: Any, *, linear: bool) -> None:
        self.expression = expression
        self._run = run
        self.linear = linear
        """Whether its time surely grows with the page only."""

    def select(self, node: Node) -> list[Any]:
        """Elements and texts. A number or a truth value is given as text; an empty text counts as nothing found.

        Raises `SelectorFailed` where the expression gives something else or does not work here.
        """
        try:
            found = self._run(node)
        except (etree.XPathError, ValueError, TypeError) as error:
            raise SelectorFailed(f"{self.expression!r} does not work on this page: {error}") from error
        if isinstance(found, list):
            for part in found:
                if not isinstance(part, str) and not hasattr(part, "tag"):
                    raise SelectorFailed(f"{self.expression!r} gives {type(part).__name__}, not elements or text.")
            return found
        if isinstance(found, bool):
            return ["true" if found else "false"]
        if isinstance(found, float):
            return [] if found != found else [f"{found:.15g}"]
        return [found] if found else []


def compile_selector(selector: Selector, scope: Scope = Scope.PAGE) -> CompiledSelector:
    """The selector, ready to run. Raises `SelectorRefused`."""
    if selector.syntax is Syntax.CSS:
        expression = _css_to_xpath(selector.expression)
    else:
        expression = selector.expression
        _check_xpath(expression, scope)
    try:
        run = etree.XPath(expression, smart_strings=False, regexp=False)
    except (etree.XPathError, ValueError) as error:
        raise SelectorRefused(f"{selector.expression!r} is not an XPath 1.0 expression: {error}") from error
    try:
        linear = require_bounded(expression, item=scope is Scope.ITEM)
    except TooCostly as error:
        told = repr(selector.expression)
        if selector.syntax is Syntax.CSS:
            told += f" (in XPath: {expression})"
        raise SelectorRefused(f"{told} could take too long on a large page: it {error}.") from error
    compiled = CompiledSelector(selector.expression, run, linear=linear)
    try:
        compiled.select(etree.fromstring("<html><body><p/></body></html>"))
    except SelectorFailed as error:
        raise SelectorRefused(str(error)) from error
    return compiled


_NO_ELEMENT = re.compile(
    r"(?:^|[/:])\s*(?:@[\w*.:-]+|attribute::[\w*.-]+|(?:text|comment|processing-instruction)\(\))$"
)
_PREDICATE_AT_END = re.compile(r"\[[^\[\]]*\]\s*$")


def never_elements(selector: Selector) -> bool:
    """Whether a selector that compiles gives texts, attributes, numbers or truth values on every page there is."""
    expression = _css_to_xpath(selector.expression) if selector.syntax is Syntax.CSS else selector.expression
    if not isinstance(etree.XPath(expression)(etree.fromstring("<html/>")), list):
        return True
    return all(_NO_ELEMENT.search(_last_steps(branch)) for branch in _LITERAL.sub("''", expression).split("|"))


def _last_steps(branch: str) -> str:
    """A path without the brackets at its end."""
    shorter = _PREDICATE_AT_END.sub("", branch.strip())
    while shorter != branch:
        branch, shorter = shorter, _PREDICATE_AT_END.sub("", shorter.strip())
    return branch.strip()


def _css_to_xpath(expression: str) -> str:
    try:
        return css_to_xpath(expression)
    except SelectorError as error:
        raise SelectorRefused(f"{expression!r} is not a CSS selector that can be used: {error}") from error
    except RecursionError as error:
        raise SelectorRefused(f"{expression[:40]!r}… is nested too deeply.") from error


def _check_xpath(expression: str, scope: Scope) -> None:
    bare = _LITERAL.sub("''", expression)
    if "$" in bare:
        raise SelectorRefused(f"{expression!r} has a variable ($…); there are none here: write the value itself.")
    for called in _CALL.findall(bare):
        if called not in _FUNCTIONS | _OPERATORS:
            instead = f"; instead, {_INSTEAD[called]}" if called in _INSTEAD else ""
            raise SelectorRefused(
                f"{expression!r} calls {called}(); there are the functions of XPath 1.0 and has-class(){instead}."
            )
    if prefix := _PREFIX.search(bare):
        raise SelectorRefused(f"{expression!r} has the prefix {prefix[1]}:, and pages have no namespaces here.")
    if bare.count("/") > MOST_STEPS:
        raise SelectorRefused(f"{expression[:40]!r}… has more than {MOST_STEPS} steps.")
    if scope is Scope.ITEM and _FROM_THE_TOP.search(bare):
        raise SelectorRefused(
            f"{expression!r} starts at the top of the page, so each item would get the same; begin with ./ or .//"
        )

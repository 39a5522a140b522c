"""Selectors as a browser can run them: XPath 1.0 of the standard, from the same translator that pages are read with."""

import re

from cssselect import SelectorError

from moisson_scraper.reading.css_selectors import css_to_xpath
from moisson_scraper.reading.selectors import SelectorRefused
from moisson_shared.contracts.selecting import Selector, Syntax

_HAS_CLASS = re.compile(r"has-class\(\s*((?:'[^']*'|\"[^\"]*\")(?:\s*,\s*(?:'[^']*'|\"[^\"]*\"))*)\s*\)")
_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")
_NO_ELEMENT = re.compile(r"(?:/|^)(?:@[^/\]]*|text\(\))$")


def browser_path(selector: Selector) -> str:
    """The XPath. Raises `SelectorRefused` for what a browser does not know, or what gives no element."""
    if selector.syntax.structured:
        raise SelectorRefused("a browser looks for elements: use css or xpath")
    path = selector.expression
    if selector.syntax is Syntax.CSS:
        try:
            path = css_to_xpath(selector.expression)
        except (SelectorError, RecursionError) as error:
            raise SelectorRefused(f"this CSS selector does not work: {error}") from error
    path = _HAS_CLASS.sub(_classes, path).strip()
    if "has-class(" in path:
        raise SelectorRefused("a browser knows has-class() with plain texts only")
    if _NO_ELEMENT.search(path):
        raise SelectorRefused("this gives text; it must give elements")
    return path


def _classes(call: re.Match[str]) -> str:
    found = []
    for text in _TEXT.findall(call[1]):
        quote, name = text[0], text[1:-1]
        found.append(f"contains(concat(' ', normalize-space(@class), ' '), {quote} {name} {quote})")
    return f"({' and '.join(found)})"

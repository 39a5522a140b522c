"""HTML to readable text: blocks become lines, list items lines with a dash, scripts and styles go."""

import html
import re
from typing import Any

from lxml import etree

from moisson_normalizer.rows import CompiledStep, Refusal, Row, mapped
from moisson_shared.contracts.recipe import HtmlToText

# fmt: off
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "center", "dd", "details", "dialog", "dir", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hgroup", "hr", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody",
    "tfoot", "thead", "tr", "ul",
})
# fmt: on
# fmt: off
_SILENT = frozenset({
    "script", "style", "template", "noscript", "head", "title", "iframe", "object", "svg", "math",
})
# fmt: on
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_UNREADABLE = Refusal("unreadable-markup", "this markup cannot be read as HTML")


def compile_html_to_text(step: HtmlToText, index: int) -> CompiledStep:
    """Refuses only what the parser cannot read at all."""
    parts = tuple(mapped(index, column, None, html_to_text).run for column in step.columns)

    def run(row: Row) -> None:
        for part in parts:
            part(row)

    flows = tuple(zip(step.columns, step.columns, strict=True))
    return CompiledStep(run=run, reads=step.columns, writes=step.columns, flows=flows)


def html_to_text(text: str) -> str | Refusal | None:
    """Lines of words; None where only markup was there."""
    if "<" not in text:
        return _tidy(html.unescape(_CONTROL.sub("", text)) if "&" in text else text)
    cleaned = _CONTROL.sub("", text)
    words = _Words()
    target: Any = words  # lxml calls those of a target's methods that are there
    parser = etree.HTMLParser(target=target, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        etree.fromstring(f"<div>{cleaned}</div>", parser)
    except etree.XMLSyntaxError:
        # Nested deeper than the parser goes: the words are kept, the lines are not.
        return _tidy(html.unescape(_TAG.sub(" ", cleaned)))
    except ValueError:
        return _UNREADABLE
    return _tidy("".join(words.pieces))


class _Words:
    """A target of the parser's events, in document order. No tree is built: markup may be nested as deep as it likes,
    and a tag of thousands of attributes, of which a tree takes the square, takes no longer than its text."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._silent = 0
        self._begun = ""
        """The tag that has just begun."""

    def start(self, tag: str, _attributes: object) -> None:
        self._begun = tag
        if tag in _SILENT:
            self._silent += 1
        if self._silent:
            return
        if tag in _BLOCKS:
            self.pieces.append("\n- " if tag == "li" else "\n")
        elif tag == "br":
            self.pieces.append("\n")
        elif tag in {"td", "th"}:
            self.pieces.append(" ")

    def end(self, tag: str) -> None:
        self._begun = ""
        if tag in _SILENT:
            self._silent -= 1
        if not self._silent and tag in _BLOCKS:
            self.pieces.append("\n")

    def data(self, text: str) -> None:
        if not self._silent:
            self.pieces.append(_flowing(text, self._begun))

    def close(self) -> None:
        """Asked for by the parser."""


def _flowing(text: str, tag: str) -> str:
    """Line breaks in the source of HTML are blanks, but for preformatted text."""
    return text if tag == "pre" else re.sub(r"\s+", " ", text)


def _tidy(text: str) -> str | None:
    """Without blank lines and white space around; a dash alone is an empty list item."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return "\n".join([line for line in lines if line and line != "-"]) or None

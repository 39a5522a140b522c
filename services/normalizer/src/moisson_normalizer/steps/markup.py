"""HTML to readable text: blocks become lines, list items lines with a dash, scripts and styles go."""

import html
import re
from typing import Any

import lxml.html
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
    parser = _parser()
    try:
        root = lxml.html.document_fromstring(f"<div>{cleaned}</div>", parser=parser)
    except (etree.ParserError, ValueError):
        return _UNREADABLE
    if any(entry.level_name == "FATAL" for entry in parser.error_log):
        # Nested deeper than the parser goes: the words are kept, the lines are not.
        return _tidy(html.unescape(_TAG.sub(" ", cleaned)))
    pieces: list[str] = []
    _collect(root, pieces)
    return _tidy("".join(pieces))


def _parser() -> Any:
    return lxml.html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)


def _collect(root: Any, pieces: list[str]) -> None:
    """Walks in document order without recursion: markup may be nested as deep as it likes."""
    silent = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        tag = node.tag if isinstance(node.tag, str) else ""
        if event == "start":
            if tag in _SILENT:
                silent += 1
            if silent:
                continue
            if tag in _BLOCKS:
                pieces.append("\n- " if tag == "li" else "\n")
            elif tag == "br":
                pieces.append("\n")
            elif tag in {"td", "th"}:
                pieces.append(" ")
            pieces.append(_flowing(node.text, tag))
        else:
            if tag in _SILENT:
                silent -= 1
            if silent:
                continue
            if tag in _BLOCKS:
                pieces.append("\n")
            pieces.append(_flowing(node.tail, ""))


def _flowing(text: str | None, tag: str) -> str:
    """Line breaks in the source of HTML are blanks, but for preformatted text."""
    if not text:
        return ""
    return text if tag == "pre" else re.sub(r"\s+", " ", text)


def _tidy(text: str) -> str | None:
    """Without blank lines and white space around; a dash alone is an empty list item."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return "\n".join([line for line in lines if line and line != "-"]) or None

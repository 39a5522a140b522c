"""Prose and passages as safe markup: what a partner wrote stays text, only our own tags are added."""

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


def marked(text: str, marks: Iterable[tuple[int, int]]) -> Markup:
    """The text with `<mark>` around each half-open range; ranges that overlap or lie outside are left out."""
    parts: list[Markup] = []
    done = 0
    for start, end in sorted(marks, key=lambda mark: (mark[0], -mark[1])):
        if done <= start < end <= len(text):
            parts += [escape(text[done:start]), Markup("<mark>"), escape(text[start:end]), Markup("</mark>")]
            done = end
    return Markup("").join([*parts, escape(text[done:])])


def paragraphs(text: str) -> Markup:
    """Blank lines part paragraphs, line ends stay line ends."""
    blocks = (block.strip() for block in _BLANK_LINES.split(text.replace("\r\n", "\n").replace("\r", "\n")))
    return Markup("").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in block.split("\n")))
        for block in blocks
        if block
    )

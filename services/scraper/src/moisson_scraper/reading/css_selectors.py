"""CSS selectors as XPath: parsel's translator, with the steps to siblings written so that they cost little."""

import re
from typing import Any

from parsel.csstranslator import HTMLTranslator

_MARKS = re.compile(
    r"""\\.|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\[(?:[^\]"']|"[^"]*"|'[^']*')*\]|:not\(|\(|\)|\s*,\s*""",
    re.IGNORECASE | re.DOTALL,
)
"""What must be told apart to find the commas inside of `:not()`; strings and attributes are passed over as a whole."""


class _Translator(HTMLTranslator):
    """`a + b` looks at one sibling only, and `a ~ b` back from each `b`, where it stands beside its `a` in any case."""

    def xpath_any_link_pseudo(self, xpath: Any) -> Any:
        """`:any-link` (Selectors 4, 8.1): nothing is visited here, so it is what `:link` is."""
        return self.xpath_link_pseudo(xpath)

    def xpath_direct_adjacent_combinator(self, left: Any, right: Any) -> Any:
        return left.join("/following-sibling::*[1]/self::", right)

    def xpath_indirect_adjacent_combinator(self, left: Any, right: Any) -> Any:
        beside = not left.path or left.path.endswith(("/", "descendant::"))
        if left.condition or right.path or not beside:
            return super().xpath_indirect_adjacent_combinator(left, right)
        right.path = left.path
        right.add_condition(f"preceding-sibling::{left.element}")
        return right


def css_to_xpath(expression: str) -> str:
    """The XPath of a CSS selector. Raises `cssselect.SelectorError`, and `RecursionError` for one that is too deep."""
    found: str = _Translator().css_to_xpath(_with_single_negations(expression))
    return found


def _with_single_negations(expression: str) -> str:
    """`:not(a, b)` (Selectors 4, 4.3) as `:not(a):not(b)`, which is the same, and which cssselect reads."""
    found: list[str] = []
    open_at: list[bool] = []
    last = 0
    for mark in _MARKS.finditer(expression):
        if mark[0].endswith("("):
            open_at.append(len(mark[0]) > 1)
        elif mark[0] == ")" and open_at:
            open_at.pop()
        elif mark[0].strip() == "," and open_at and open_at[-1]:
            found.append(expression[last : mark.start()] + "):not(")
            last = mark.end()
    return "".join(found) + expression[last:]

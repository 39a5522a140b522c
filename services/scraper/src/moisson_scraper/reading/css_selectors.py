"""CSS selectors as XPath: parsel's translator, with the steps to siblings written so that they cost little."""

from typing import Any

from parsel.csstranslator import HTMLTranslator


class _Translator(HTMLTranslator):
    """`a + b` looks at one sibling only, and `a ~ b` back from each `b`, where it stands beside its `a` in any case."""

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
    found: str = _Translator().css_to_xpath(expression)
    return found

"""The functions `match` and `search` of RFC 9535 (2.4.6, 2.4.7), by RE2: their time is linear in the text, whatever the
pattern is, and patterns may stand in the document as well."""

from typing import Any

import re2
from jsonpath import JSONPathEnvironment
from jsonpath.exceptions import JSONPathTypeError
from jsonpath.filter import StringLiteral
from jsonpath.function_extensions import ExpressionType, FilterFunction

MOST_CHARACTERS = 1000
"""Of a pattern."""
MOST_KEPT = 100
"""Patterns that one query keeps compiled."""
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 1_000_000


class PatternFunction(FilterFunction):
    """`match` (the whole text) or `search` (a part of it). False for what is no text or no pattern, as the RFC says."""

    arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]  # as the library has it
    return_type = ExpressionType.LOGICAL

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole
        self._known: dict[str, Any] = {}

    def __call__(self, value: object, pattern: object) -> bool:
        if not isinstance(value, str) or not isinstance(pattern, str):
            return False
        compiled = self.compiled(pattern)
        try:
            return compiled is not None and compiled.search(value) is not None
        except UnicodeEncodeError:  # halves of UTF-16 pairs
            return False

    def compiled(self, pattern: str) -> Any:
        """The pattern, ready to run; None for what is none."""
        if pattern not in self._known:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            self._known[pattern] = self._compile(pattern)
        return self._known[pattern]

    def _compile(self, pattern: str) -> Any:
        if len(pattern) > MOST_CHARACTERS:
            return None
        written = _as_re2(pattern)
        try:
            return re2.compile(rf"\A(?:{written})\z" if self._whole else written, _OPTIONS)
        except (re2.error, UnicodeEncodeError):
            return None


class StandardEnvironment(JSONPathEnvironment):
    """RFC 9535 and nothing else. A pattern that is written in the query must be one."""

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        self.function_extensions["match"] = PatternFunction(whole=True)
        self.function_extensions["search"] = PatternFunction(whole=False)

    def check_well_typedness(self, token: Any, func: FilterFunction, args: list[Any]) -> None:
        super().check_well_typedness(token, func, args)
        if isinstance(func, PatternFunction) and isinstance(args[1], StringLiteral):
            pattern = args[1].value
            if func.compiled(pattern) is None:
                message = f"{pattern[:100]!r} is no regular expression that can be used (RE2's syntax)"
                raise JSONPathTypeError(message, token=token)


def _as_re2(pattern: str) -> str:
    """A dot stands for anything but an end of a line (RFC 9485, 5.3); in RE2 it would be a carriage return too."""
    parts: list[str] = []
    escaped = inside = False
    for letter in pattern:
        parts.append(r"[^\n\r]" if letter == "." and not (escaped or inside) else letter)
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter in "[]":
            inside = letter == "["
    return "".join(parts)

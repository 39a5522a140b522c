"""RFC 9535 queries, compiled once."""

import re
from typing import Any

from jsonpath import JSONPath
from jsonpath.exceptions import JSONPathError

from moisson_scraper.reading.json_path_patterns import StandardEnvironment

MOST_DESCENTS = 3
MOST_LISTED = 10
"""Selectors in one pair of brackets, beyond which a value that all of them find is found too often."""
_LITERAL = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")

_SEVERAL = re.compile(r",[^\[\]]*\]")
"""The end of brackets with more than one selector: `[0, 1]`."""
_CALL = re.compile(r"\b(?:match|search)\s*\([^()]*\)")


class PathRefused(ValueError):
    """A query that cannot be used; `str()` says why."""


class PathFailed(Exception):
    """A query that is sound but did not work on this document."""


class CompiledPath:
    """A query ready to run."""

    __slots__ = ("_path", "expression", "linear", "single")

    def __init__(self, expression: str, path: JSONPath) -> None:
        self.expression = expression
        self.linear = _is_linear(expression)
        """Whether its time surely grows with the document only (and its depth, where it descends)."""
        self.single: bool = path.singular_query()
        """Whether it can give one value at most (RFC 9535, 1.1: singular query)."""
        self._path = path

    def all(self, document: Any) -> list[Any]:
        """Every value found, in order. Raises `PathFailed`."""
        try:
            return list(self._path.findall(document))
        except (JSONPathError, RecursionError) as error:
            raise self._failed(error) from error

    def located(self, document: Any) -> list[tuple[str, Any]]:
        """Every value found with its normalised path (RFC 9535, 2.7). Raises `PathFailed`."""
        try:
            return [(match.path, match.value) for match in self._path.finditer(document)]
        except (JSONPathError, RecursionError) as error:
            raise self._failed(error) from error

    def stepped(self, document: Any) -> list[tuple[tuple[int | str, ...], Any]]:
        """Every value found with the names and numbers that lead to it. Raises `PathFailed`."""
        try:
            return [(tuple(match.parts), match.value) for match in self._path.finditer(document)]
        except (JSONPathError, RecursionError) as error:
            raise self._failed(error) from error

    def first(self, document: Any) -> Any:
        """The first value, or None."""
        found = self.all(document)
        return found[0] if found else None

    def _failed(self, error: Exception) -> PathFailed:
        reason = str(error).partition("\n")[0]
        return PathFailed(f"{self.expression!r} does not work on this document: {reason}")


def _is_linear(expression: str) -> bool:
    """A second descent, filter or list of selectors multiplies what the first one finds; so does `$` in a filter."""
    bare = _LITERAL.sub("''", expression)
    plain = _CALL.sub("", bare)
    multiplying = bare.count("..") + bare.count("?") + len(_SEVERAL.findall(plain))
    return multiplying <= 1 and plain.count(",") < MOST_LISTED and bare.count("$") <= 1


def compile_path(expression: str) -> CompiledPath:
    """The query, ready to run. Raises `PathRefused`."""
    if _LITERAL.sub("''", expression).count("..") > MOST_DESCENTS:
        raise PathRefused(f"{expression!r} looks at all levels (..) more than {MOST_DESCENTS} times.")
    environment = StandardEnvironment(strict=True)
    try:
        path = environment.compile(expression)
    except (JSONPathError, RecursionError, ValueError, OverflowError) as error:
        # Not str(error): the library looks for the place in a text that may have none.
        reason = str(error.args[0]).partition("\n")[0] if error.args else "it makes no sense"
        raise PathRefused(f"{expression!r} is not an RFC 9535 query that can be used: {reason}") from error
    if not isinstance(path, JSONPath):
        raise PathRefused(f"{expression!r} combines queries; give one.")
    return CompiledPath(expression, path)

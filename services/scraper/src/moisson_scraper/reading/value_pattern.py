"""The regular expression of a field: RE2's, which takes time linear in the text whatever the expression is."""

import re2

_QUIET = re2.Options()
_QUIET.log_errors = False


class PatternRefused(ValueError):
    """An expression that cannot be used; `str()` says why."""


class ValuePattern:
    """A pattern ready to run."""

    __slots__ = ("_pattern", "expression")

    def __init__(self, expression: str) -> None:
        self.expression = expression
        try:
            self._pattern = re2.compile(expression, _QUIET)
        except (re2.error, UnicodeEncodeError) as error:
            reason = error.args[0] if error.args else error
            told = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
            raise PatternRefused(
                f"{expression!r} is no regular expression that can be used (RE2's syntax): {told}"
            ) from error

    def of(self, text: str) -> str | None:
        """What the first group matches, or the whole match where there is no group; None without a match."""
        found = self._pattern.search(text)
        if found is None:
            return None
        value: str | None = found.group(1 if self._pattern.groups else 0)
        return value

"""Which XPath expressions could take too long, told from the expression alone. Pure.

libxml2 cannot be stopped, so what may grow faster than the square of a page is refused before it is saved. "Wide" are
the steps that may reach a large part of the page from every node: `//`, siblings, ancestors. Whether an expression is
XPath at all is for libxml2 to say; here it is only read as far as its cost depends on it.
"""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<literal>"[^"]*"|'[^']*')
    | (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<axis>[a-z][a-z-]*)\s*::
    | (?P<call>[^\W\d][\w.-]*)\s*(?=\()
    | (?P<name>[^\W\d][\w.-]*)
    | (?P<mark>//|\.\.|!=|<=|>=|[/.@*()\[\]|=<>+,:$-])
    )""",
    re.VERBOSE,
)
_NODE_TESTS = frozenset({"text", "node", "comment", "processing-instruction"})
_COMPARISONS = frozenset({"=", "!=", "<", ">", "<=", ">="})
_ENDS = frozenset({"", ")", "]", ","})
_DOWN = frozenset({"descendant", "descendant-or-self"})
_UP = frozenset({"ancestor", "ancestor-or-self"})
_SIBLINGS = frozenset({"following-sibling", "preceding-sibling"})
_WHOLE_PAGE = frozenset({"following", "preceding"})
_STAYING = frozenset({"self", "attribute", "parent"})
# fmt: off
_READS_TEXT = frozenset(
    (
        "string", "concat", "contains", "starts-with", "normalize-space", "number", "string-length", "substring",
        "substring-before", "substring-after", "sum", "translate",
    )
)
# fmt: on
MOST_DESCENTS = 4
"""Second and further descents of all paths together: each may meet the whole page again."""
MOST_WIDE_TESTS = 8
"""Wide steps within brackets."""
MOST_SIBLING_TESTS = 2
"""Of these, steps to siblings: each may compare every element with every other."""
MOST_PREDICATES = 24
MOST_NESTING = 3
"""Brackets within brackets."""
MOST_UNIONS = 6
MOST_NUMBER = 50
"""In brackets after a step to siblings or beyond: so many nodes are looked at from each one."""
_NUMBER_AFTER = "put a number in brackets right after it ({axis}::p[1]), or begin at one element: (//h2)[1]/{axis}::p"


_TEXT_ABOVE = "reads the text of parents or ancestors in {call}(): test an attribute of theirs, or begin with them"


class TooCostly(ValueError):
    """An expression that could run for too long; `str()` says why and what to write instead."""


@dataclass(slots=True)
class _Path:
    """One location path, as far as it has been read."""

    many: bool = False
    """Whether it may be at several nodes."""
    descents: int = 0
    wide: bool = False
    apart: bool = False
    """Whether no two of its nodes have one parent, so that their siblings are different ones."""
    up: bool = False
    """Whether it has gone to a parent or an ancestor."""
    axis: str = ""
    """Of the last step."""


def require_bounded(expression: str, *, item: bool = False) -> bool:
    """Whether the time surely grows with the page only. Raises `TooCostly`.

    `item`: the expression starts at each item of a listing and not once at the page.
    """
    reader = _Reader(_tokens(expression), item)
    reader.expression(0, "")
    return reader.linear


def _tokens(expression: str) -> list[tuple[str, str]]:
    found = []
    text = expression.rstrip()
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise TooCostly(f"has {text[at:].strip()[0]!r} where it means nothing")
        at = match.end()
        found.append((match.lastgroup, match[match.lastgroup]))
    return found


class _Reader:
    """Reads an expression from left to right and counts. `depth` is the number of brackets around the place."""

    def __init__(self, tokens: list[tuple[str, str]], item: bool) -> None:
        self._tokens = tokens
        self._at = 0
        self._item = item
        self._counts: dict[str, int] = {}
        self._above = 0
        """How many of the brackets around the place test a parent or an ancestor."""
        self.linear = True

    def expression(self, depth: int, call: str) -> _Path:
        """Operands and operators up to the end, or to what closes this part."""
        before = _Path()
        operator = ""
        while True:
            path = self._operand(depth, call)
            if operator in _COMPARISONS:
                _require_comparable(before, path)
            before = path
            kind, token = self._peek()
            if token in _ENDS and kind != "literal":
                return path
            operator = token
            if operator == "|":
                self._count("unions", MOST_UNIONS, "joins too many selections (|)")
            self._at += 1

    def _peek(self, ahead: int = 0) -> tuple[str, str]:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else ("", "")

    def _taken(self, token: str) -> bool:
        kind, found = self._peek()
        if found != token or kind == "literal":
            return False
        self._at += 1
        return True

    def _count(self, what: str, most: int, message: str) -> None:
        self._counts[what] = self._counts.get(what, 0) + 1
        if self._counts[what] > most:
            raise TooCostly(f"{message}; at most {most} are allowed")

    def _operand(self, depth: int, call: str) -> _Path:
        while self._taken("-"):
            pass
        kind, token = self._peek()
        if kind in {"literal", "number"}:
            self._at += 1
            return _Path()
        if (kind, token) == ("mark", "("):
            self._at += 1
            path = self.expression(depth, call)
            self._taken(")")
        elif kind == "call" and token not in _NODE_TESTS:
            path = self._called(token, depth)
        else:
            return self._path(_Path(), depth, call)
        if self._predicates(depth):
            path.many = False
        return self._path(path, depth, call) if self._peek()[1] in {"/", "//"} else path

    def _called(self, name: str, depth: int) -> _Path:
        self._at += 2
        if self._above and name in _READS_TEXT and self._peek()[1] == ")":
            raise TooCostly(_TEXT_ABOVE.format(call=name))
        if depth and name == "id":
            raise TooCostly("calls id() in brackets, which leaves the element they test: begin the selector with id()")
        while not self._taken(")") and self._peek()[1]:
            self.expression(depth, name)
            if not self._taken(",") and self._peek()[1] != ")":
                break
        return _Path(many=name == "id")

    def _path(self, path: _Path, depth: int, call: str) -> _Path:
        begins = path.axis == "" and not path.many
        if depth and begins and self._peek() in {("mark", "/"), ("mark", "//")}:
            raise TooCostly("looks at the whole page again in brackets: begin there with .// or with a name")
        while True:
            if self._taken("//"):
                self._descend(path, depth)
            elif not self._taken("/") and path.axis:
                break
            if not self._step(path, depth):
                break
        above = path.axis in _UP | {"parent"} or (self._above and path.axis != "attribute")
        if depth and call in _READS_TEXT and above:
            raise TooCostly(_TEXT_ABOVE.format(call=call))
        return path

    def _step(self, path: _Path, depth: int) -> bool:
        """Reads one step with its brackets; False where there is none."""
        kind, token = self._peek()
        axis = "child"
        if kind == "axis":
            axis = token
            self._at += 1
        elif (kind, token) == ("mark", "@"):
            axis = "attribute"
            self._at += 1
        elif kind == "mark" and token in {".", ".."}:
            axis = {".": "self", "..": "parent"}[token]
        kind, token = self._peek()
        if kind == "call":
            while not self._taken(")") and self._peek()[1]:
                self._at += 1
        elif kind == "name" or token in {"*", ".", ".."}:
            self._at += 1
        else:
            return False
        kind, number = self._peek(1)
        numbered = kind == "number" and self._peek(2)[1] == "]" and float(number) <= MOST_NUMBER
        bracketed = self._peek() == ("mark", "[")
        self._weigh(path, axis, depth, numbered=bracketed and numbered, bracketed=bracketed)
        self._above += path.up
        self._predicates(depth)
        self._above -= path.up
        return True

    def _predicates(self, depth: int) -> bool:
        """Reads what stands in brackets here; whether a number among it leaves one node of all."""
        single = False
        while self._taken("["):
            single = single or (self._peek()[0] == "number" and self._peek(1)[1] == "]")
            self._count("predicates", MOST_PREDICATES, "has too many brackets")
            if depth + 1 > MOST_NESTING:
                raise TooCostly(f"nests brackets more than {MOST_NESTING} deep")
            self.expression(depth + 1, "")
            self._taken("]")
        return single

    def _weigh(self, path: _Path, axis: str, depth: int, *, numbered: bool, bracketed: bool) -> None:
        """Goes one step on `axis`."""
        if axis in _DOWN:
            self._descend(path, depth)
        elif axis in _SIBLINGS | _WHOLE_PAGE:
            self._aside(path, axis, depth, numbered=numbered, bracketed=bracketed)
        elif axis in _UP:
            self._climb(path, axis, depth, numbered=numbered)
        elif axis == "child" and (path.up or path.axis in _SIBLINGS):
            self._turn(path, depth, numbered=numbered, bracketed=bracketed)
        path.up = (path.up and axis in _STAYING) or axis in _UP or axis == "parent"
        path.many = path.many or (axis not in _STAYING and not (axis in _SIBLINGS and numbered))
        path.apart = axis == "child" and numbered
        path.axis = axis

    def _descend(self, path: _Path, depth: int) -> None:
        path.descents += 1
        if depth:
            self._test_widely(path, depth)
        elif path.up and self._item:
            raise TooCostly("goes up from each item and down again: select the larger part as the item")
        elif path.descents > 1:
            self.linear = False
            self._count(
                "descents", MOST_DESCENTS, "descends too often (// or a blank in CSS): name the steps between (/)"
            )
        path.many = True
        path.apart = False
        path.axis = "descendant"

    def _aside(self, path: _Path, axis: str, depth: int, *, numbered: bool, bracketed: bool) -> None:
        self.linear = False
        if depth:
            if axis in _WHOLE_PAGE:
                raise TooCostly(f"looks at the whole page again in brackets ({axis}::): use siblings or ancestors")
            self._test_widely(path, depth)
            self._count("siblings", MOST_SIBLING_TESTS, "tests siblings too often in brackets")
            if bracketed and not numbered:
                raise TooCostly(f"has brackets after {axis}:: in brackets: put a number first ({axis}::*[1])")
        elif not numbered and not path.apart and (path.many or (self._item and bracketed)):
            raise TooCostly(f"takes {axis}:: of many elements: {_NUMBER_AFTER.format(axis=axis)}")

    def _climb(self, path: _Path, axis: str, depth: int, *, numbered: bool) -> None:
        self.linear = False
        if depth:
            self._test_widely(path, depth)
        elif path.many and not numbered:
            raise TooCostly(f"takes {axis}:: of many elements: {_NUMBER_AFTER.format(axis=axis)}")

    def _turn(self, path: _Path, depth: int, *, numbered: bool, bracketed: bool) -> None:
        """Down again after going up or aside."""
        if depth and (path.up or path.many):
            raise TooCostly("goes up or aside and down again in brackets: test the larger part (//ul[h2]/li)")
        if self._item and not depth and path.up:
            self.linear = False
            if bracketed and not numbered:
                raise TooCostly("goes up from each item and down to many: put a number first (../p[1])")

    def _test_widely(self, path: _Path, depth: int) -> None:
        self.linear = False
        if depth > 1:
            raise TooCostly("looks far (//, siblings, ancestors) in brackets within brackets: one level is allowed")
        if path.wide:
            raise TooCostly("looks far (//, siblings, ancestors) twice on one way in brackets: once is allowed")
        path.wide = True
        self._count("wide", MOST_WIDE_TESTS, "looks far (//, siblings, ancestors) too often in brackets")


def _require_comparable(one: _Path, other: _Path) -> None:
    if one.many and other.many:
        raise TooCostly("compares two sets of elements: compare with a text, or with one element ([1])")
    if any(path.many and path.axis in _SIBLINGS for path in (one, other)):
        raise TooCostly("compares all siblings: put a number first (preceding-sibling::*[1] = 'x')")

"""The stable codes that the services' source can give, read from the source itself.

A code is a word in a place where one belongs: an argument of a notice, a refusal or a failure (or of anything derived
from these), a word before its sentence in a table, the entry `code` of an update beside its `error`, or the `reason` of
a kind of failed fetch. A code that is put together (`f"http-{status}"`) stands for its family: `http-*`.
"""

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (
    "services/scraper/src",
    "services/normalizer/src",
    "shared/src/moisson_shared/adapters",
)
KINDS = {
    "Notice": "reason",
    "PageLost": "reason",
    "Unreadable": "reason",
    "Reason": "reason",
    "_Refused": "reason",
    "Refusal": "reject",
    "Reject": "reject",
    "CrawlFailed": "failure",
    "RunOutcome": "failure",
    "failed": "failure",
    "_fail": "failure",
    "BrokenExpectation": "broken",
    "_broken_count": "broken",
    "_broken_share": "broken",
}
"""By the class or function that takes the code."""
POSITIONS = {"RunOutcome": 1}
"""Of the code among the arguments; else it is the first."""
FETCH_FAILURES = "FetchFailed"
_WORD = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?:-\*)?")


@dataclass(frozen=True, order=True)
class FoundCode:
    """A code, what it is about, and where it stands."""

    kind: str
    code: str
    place: str


def codes_in_source(root: Path = ROOT) -> set[FoundCode]:
    """All of them."""
    paths = sorted(path for source in SOURCES for path in (root / source).rglob("*.py"))
    trees = {path.relative_to(root): ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    kinds = dict(KINDS)
    failures = {FETCH_FAILURES}
    classes = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for _ in range(5):  # classes of classes of classes
        for node in classes:
            for base in node.bases:
                if (name := _name(base)) in kinds:
                    kinds.setdefault(node.name, kinds[name])
                elif name in failures:
                    failures.add(node.name)
    return {found for path, tree in trees.items() for found in _codes_of(path, tree, kinds, failures)}


def _codes_of(path: Path, tree: ast.Module, kinds: dict[str, str], failures: set[str]) -> Iterator[FoundCode]:
    assigned = _assigned(tree)
    for kind, expression in _places(tree, kinds, failures):
        for word in _words(expression, assigned):
            yield FoundCode(kind, word, f"{path}:{expression.lineno}")


def _places(tree: ast.Module, kinds: dict[str, str], failures: set[str]) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (kind := kinds.get(_name(node.func))):
            place = POSITIONS.get(_name(node.func), 0)
            given = [
                *node.args[place : place + 1],
                *(keyword.value for keyword in node.keywords if keyword.arg == "code"),
            ]
            yield from ((kind, value) for value in given)
        elif isinstance(node, ast.Dict):
            entries = {
                key.value: value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant)
            }
            if "code" in entries and "error" in entries:
                yield "failure", entries["code"]
            elif len(entries) > 1 and all(
                _is_sentence(value) and _WORD.fullmatch(str(key)) for key, value in entries.items()
            ):
                yield from (("reason", key) for key in node.keys if key is not None)
        elif isinstance(node, ast.Tuple):
            yield from (("reason", value) for value in _codes_before_sentences(node))
        elif isinstance(node, ast.ClassDef) and node.name in failures:
            yield from (("reason", value) for value in _reasons_of(node))


def _codes_before_sentences(row: ast.Tuple) -> Iterator[ast.expr]:
    """In tables of codes with what is said of each."""
    for one, other in itertools.pairwise(row.elts):
        if isinstance(one, ast.Constant) and "-" in str(one.value) and _is_sentence(other):
            yield one


def _is_sentence(expression: ast.expr) -> bool:
    """Whether it is text for people: several words that end with a full stop, or are put together of words and more."""
    match expression:
        case ast.Constant(value=str(text)):
            return " " in text and text.endswith(".")
        case ast.JoinedStr(values=parts):
            return any(isinstance(part, ast.Constant) and " " in str(part.value) for part in parts)
    return False


def _reasons_of(failure: ast.ClassDef) -> Iterator[ast.expr]:
    for line in failure.body:
        if isinstance(line, ast.Assign | ast.AnnAssign) and line.value is not None:
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            if any(_name(target) == "reason" for target in targets):
                yield line.value


def _words(expression: ast.expr, assigned: dict[str, list[ast.expr]]) -> Iterator[str]:
    match expression:
        case ast.Constant(value=str(text)) if _WORD.fullmatch(text):
            yield text
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), ast.FormattedValue()]) if _WORD.fullmatch(f"{text}*"):
            yield f"{text}*"
        case ast.IfExp(body=body, orelse=orelse):
            yield from _words(body, assigned)
            yield from _words(orelse, assigned)
        case ast.Name(id=name):
            for value in assigned.get(name, []):
                yield from _words(value, {})


def _assigned(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """What stands behind a name anywhere in the file: a code may be chosen a line before it is used."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
    return found


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""

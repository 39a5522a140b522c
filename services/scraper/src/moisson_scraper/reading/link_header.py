"""The Link header (RFC 8288, 3 and appendix B.2), as far as it names the next page. Pure."""

import re
from collections.abc import Iterable, Iterator

_TARGET = re.compile(r"[\s,]*<([^>]*)>")
_PARAMETER = re.compile(
    r"""\s*;\s*(?P<name>[^\s;,="]*)\s*(?:=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s;,"]*)))?""", re.VERBOSE
)
_TO_NEXT = re.compile(r"""(?:[^,"<]|"(?:[^"\\]|\\.)*")*""")
_ESCAPE = re.compile(r"\\(.)")
MOST_CHARACTERS = 100_000


def next_target(headers: Iterable[str]) -> str | None:
    """The target of the first link with `rel="next"`, as it is written; None where there is none.

    A link with an anchor speaks of another page, and does not count. Of a parameter given twice the first one does.
    """
    for header in headers:
        for target, parameters in _links(header[:MOST_CHARACTERS]):
            relations = parameters.get("rel", "").lower().split()
            if "next" in relations and "anchor" not in parameters:
                return target
    return None


def _links(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    at = 0
    while (target := _TARGET.match(header, at)) is not None:
        at = target.end()
        parameters: dict[str, str] = {}
        while (found := _PARAMETER.match(header, at)) is not None:
            at = found.end()
            quoted, plain = found["quoted"], found["plain"]
            value = _ESCAPE.sub(r"\1", quoted) if quoted is not None else plain or ""
            parameters.setdefault(found["name"].lower(), value)
        yield target[1].strip(), parameters
        rest = _TO_NEXT.match(header, at)
        at = rest.end() if rest is not None else at

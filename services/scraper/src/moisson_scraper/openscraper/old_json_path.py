"""OpenScraper's JSON paths (`/a/b`: keys, and nothing else) as RFC 9535 queries. Pure."""

import json
import re

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""A name that may stand after a dot (RFC 9535, 2.5.1.1); those beyond ASCII are quoted, engines differ on them."""


def as_query(path: str) -> str:
    """`/a/b` is `$.a.b`; an empty path is the whole."""
    steps = [step for step in path.strip().split("/") if step]
    return "$" + "".join(
        f".{step}" if _NAME.fullmatch(step) else f"[{json.dumps(step, ensure_ascii=False)}]" for step in steps
    )

"""What values look like, where neither label nor class name says what they are."""

import re
from collections.abc import Sequence

_DATE = re.compile(
    r"^\s*(?:\w+\s+)?(?:\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{1,2}(?:er)?\s+\w{3,9}\.?\s+\d{4})",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"^\s*[^\s@]+@[^\s@]+\.[^\s@]+\s*$")
_PHONE = re.compile(r"^\s*(?:\+\d{2}|0)\s?\d(?:[\s.]?\d{2}){4}\s*$")
_POSTCODE = re.compile(r"^\s*\d{5}\s*$")
_PLACE = re.compile(r"\b\d{5}\s+[A-ZÀ-Ý]")
_LONG = 60


def name_by_shape(values: Sequence[str]) -> str | None:
    """The field that most of the values look like; None where they look like nothing in particular."""
    shapes = [
        ("date", _DATE.match),
        ("courriel", _EMAIL.match),
        ("téléphone", _PHONE.match),
        ("code postal", _POSTCODE.match),
        ("adresse", _PLACE.search),
    ]
    texts = [value for value in values if value.strip()]
    if not texts:
        return None
    for name, fits in shapes:
        if sum(bool(fits(text[:300])) for text in texts) * 10 >= 8 * len(texts):
            return name
    return "description" if sum(map(len, texts)) >= _LONG * len(texts) else None

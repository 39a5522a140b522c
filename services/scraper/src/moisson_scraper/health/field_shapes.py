"""What values look like: numbers, dates, addresses, e-mail addresses, and patterns. Pure."""

from collections.abc import Mapping

import re2

from moisson_scraper.crawling.field_tally import IsOdd
from moisson_scraper.reading.addresses import join_address, page_address
from moisson_shared.contracts.expectations import ExpectedField, Shape

_NUMBER = re2.compile(r"[+-]?\s*\d[\d\s\x{a0}\x{202f}.,']*\s*(?:%|€|k€|M€|euros?)?")
_MONTHS = (
    r"(?:janv|févr|fevr|mars|avr|mai|juin|juil|août|aout|sept|oct|nov|déc|dec|jan|feb|mar|apr|may|jun|jul|aug)\p{L}*\.?"
)
_DATE = re2.compile(
    r"(?i)\d{4}(?:-\d{1,2}(?:-\d{1,2}(?:[T ]\d{1,2}:\d{2}.*)?)?)?"
    r"|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?:\s.*)?"
    r"|(?:\p{L}+\.?,?\s+)?(?:\d{1,2}(?:er)?\s+)?" + _MONTHS + r"(?:\s+\d{1,2},?)?\s+\d{4}(?:\s.*)?"
)
_EMAIL = re2.compile(r"(?:mailto:)?[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")


def has_shape(value: object, shape: Shape) -> bool:
    """Whether one value looks like that."""
    if shape is Shape.NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
        return True
    text = str(value).strip()
    match shape:
        case Shape.NUMBER:
            return _NUMBER.fullmatch(text) is not None
        case Shape.DATE:
            return _DATE.fullmatch(text) is not None
        case Shape.URL:
            return page_address(join_address(text, "")) is not None
        case Shape.EMAIL:
            return _EMAIL.fullmatch(text) is not None


def odd_values(fields: Mapping[str, ExpectedField]) -> dict[str, IsOdd]:
    """For each field with a promise, what tells a value that breaks it."""
    return {
        name: _breaks(expected)
        for name, expected in fields.items()
        if expected.shape is not None or expected.pattern is not None
    }


def _breaks(expected: ExpectedField) -> IsOdd:
    pattern = re2.compile(expected.pattern) if expected.pattern is not None else None

    def is_odd(value: object) -> bool:
        if expected.shape is not None and not has_shape(value, expected.shape):
            return True
        return pattern is not None and pattern.search(str(value)) is None

    return is_odd
